"""The reports: each module renders values as text, sorted, without a clock. User text is escaped where it enters."""

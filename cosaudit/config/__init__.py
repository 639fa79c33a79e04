"""The configuration: read with a position for every value, checked as a whole, turned into an Inventory."""

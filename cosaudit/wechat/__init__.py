"""WeChat's domain lists: the spelling of entries, exact matching, lists that people paste, merging."""

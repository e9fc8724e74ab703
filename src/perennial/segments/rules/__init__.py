"""Pure parts of segments: the rule language and what it means for one customer."""

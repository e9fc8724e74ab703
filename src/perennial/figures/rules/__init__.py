"""Pure parts of figures: which tables are mirrored and how, and what a mirror consists of."""

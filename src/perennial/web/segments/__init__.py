"""Segments in the reader's own words: a rule as a sentence, and the names of the ready-made ones."""

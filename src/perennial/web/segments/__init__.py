"""Segments, lists and care on the pages: read from tables, rules in the reader's own words, forms."""

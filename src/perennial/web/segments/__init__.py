"""Segments, lists and care on the pages: read from tables, words for people."""

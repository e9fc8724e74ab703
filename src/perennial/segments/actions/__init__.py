"""Verbs of segments that write."""

"""Verbs that write facts, one file per verb."""

"""Verbs that write figures, one file per verb."""

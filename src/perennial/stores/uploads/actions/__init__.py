"""Verbs over handed-in files, one file per verb."""

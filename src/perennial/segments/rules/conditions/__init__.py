"""The conditions, one file per family: each knows its schema, its text and how it is read."""

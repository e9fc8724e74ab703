"""Rows to meaning: recognition, exact values, one normalised stage, records and tables; `source.open_source` leads in."""

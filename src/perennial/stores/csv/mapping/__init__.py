"""Rows to meaning: recognition, exact values, one stage, records and tables; `source.open_source` leads in."""

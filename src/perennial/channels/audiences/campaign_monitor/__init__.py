"""Campaign Monitor: its API 3.3."""

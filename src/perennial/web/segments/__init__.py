"""Segments as pages and the API show them: indexed tables alone; the builder's form."""

"""Promises at their full numbers: each run prints its seed and can be replayed; small sizes run in the tests."""

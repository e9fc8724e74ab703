"""Perennial: know every customer of a store, act exactly once, prove what it earned."""

__version__ = "0.1.0"

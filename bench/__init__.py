"""Figures: how fast, in how much memory, beside the bare tools on the same machine in the same run."""

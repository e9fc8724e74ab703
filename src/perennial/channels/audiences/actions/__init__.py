"""Verbs of audiences, one file each: plan, send, forget, test."""

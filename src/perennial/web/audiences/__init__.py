"""Audiences as pages show them: the form, and what states and refusals mean in words."""

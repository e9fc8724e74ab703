"""Mailchimp: its Marketing API 3.0."""

"""A rule judged for one person, in plain Python."""

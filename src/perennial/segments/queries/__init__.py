"""Questions to segments: static lists, labels."""

"""Questions to segments that read: what is known, what stands beside the mirror, who is in."""

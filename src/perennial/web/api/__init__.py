"""The door for machines, /api/v1: keys, endpoints, problems, calls made twice, pages of lists, limits, its docs."""

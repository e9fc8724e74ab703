"""Bytes to rows: containers, encodings, dialects, whole records with their lines; `reader.open_reader` is the way in."""

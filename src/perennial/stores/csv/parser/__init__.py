"""Bytes to rows: containers, encodings, dialects, records with their lines; `reader.open_reader` is the way in."""

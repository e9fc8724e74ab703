"""Files of orders that were handed in at the desk: kept for a while, looked at, recorded, mended."""

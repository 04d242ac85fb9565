"""Pixels are reduced here and nowhere else: exact shares of zones, and the one pass over the rasters."""

"""Measurements: one, many, and the files that hold them."""

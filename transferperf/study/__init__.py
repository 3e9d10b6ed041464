"""Campaigns: what to measure next, and the loop that measures it."""

"""Studies and campaigns: what to measure next, and the loops that measure it."""

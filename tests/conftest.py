"""What holds for every test: the same numbers on every machine and in every run."""

import os

from hypothesis import settings

# Read when numpy and torch are first imported: sums do not depend on the number of cores, and workers share them.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

settings.register_profile("same", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("same")

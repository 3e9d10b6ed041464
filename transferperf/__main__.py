"""`python -m transferperf` is `transferperf`."""

import sys

from transferperf.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""The command line: `transferperf VERB`, one file for each verb."""

from transferperf.cli.app import main

__all__ = ["main"]

"""What tests see of other processes."""

import time
from pathlib import Path

import pytest

visible = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see processes")


def is_running(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be collected."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ("Z", "X")


def ends(pid: int) -> bool:
    """Whether a process ends: a signal takes a moment to arrive."""
    for _ in range(500):
        if not is_running(pid):
            return True
        time.sleep(0.01)
    return False

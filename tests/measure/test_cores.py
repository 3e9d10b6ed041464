"""Commands run on the cores that they are held to."""

import os
import shutil
import sys

import pytest

from transferperf.errors import MeasurementError
from transferperf.measure import pinned, run_process


@pytest.mark.skipif(shutil.which("taskset") is None, reason="needs taskset: apt-get install util-linux")
def test_a_pinned_command_has_so_many_cores() -> None:
    """The process sees one core, whatever the machine has."""
    code = "import os; print(len(os.sched_getaffinity(0)))"
    assert run_process([*pinned(1), sys.executable, "-c", code], timeout_s=30).stdout.strip() == "1"


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """More cores than there are, and a machine without taskset: one line each, with what to do."""
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/taskset")
    n = len(os.sched_getaffinity(0))
    with pytest.raises(MeasurementError, match=f"{n + 1} cores are needed; this machine has {n}. Choose"):
        pinned(n + 1)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(MeasurementError, match="install it: apt-get install util-linux"):
        pinned(1)

"""Commands in processes of their own: none outlives its time, and none its parent."""

import sys

import pytest

from tests.measure.processes import ends, visible
from transferperf.errors import MeasurementError
from transferperf.measure import run_process

pytestmark = visible


def test_a_timeout_ends_the_command_and_its_children() -> None:
    """A shell that waits for its sleeping child is stopped, and the child with it."""
    finished = run_process(["sh", "-c", "sleep 600 & echo $!; wait"], timeout_s=0.3)
    assert finished.is_timeout
    assert "stopped after" in finished.reason
    assert ends(int(finished.stdout))


def test_a_child_left_behind_ends_with_its_command() -> None:
    """A command that succeeds leaves no sleeping child."""
    finished = run_process(["sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"], timeout_s=30)
    assert (finished.returncode, finished.is_timeout, finished.reason) == (0, False, "")
    assert ends(int(finished.stdout))


def test_standard_input_reaches_the_command() -> None:
    """What is given as input comes back from cat."""
    assert run_process(["cat"], stdin="grüße", timeout_s=30).stdout == "grüße"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys; sys.stderr.write('first\\nlast\\n'); sys.exit(3)", "exit status 3: last"),
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL"),
    ],
)
def test_a_failure_has_a_reason_in_one_line(code: str, reason: str) -> None:
    """It says the exit status with the last line of standard error, or the signal."""
    assert run_process([sys.executable, "-c", code], timeout_s=30).reason == reason


def test_a_missing_program_is_named() -> None:
    """The error says which program is missing and what to do."""
    with pytest.raises(MeasurementError, match=r"no-such-program cannot be started.*install"):
        run_process(["no-such-program"], timeout_s=1)

"""What a worker says of its run."""

import sys

import pytest

from transferperf.data.measurement import Status
from transferperf.measure import read_answer, run_process
from transferperf.space import BinaryOption, ConfigurationSpace

SPACE = ConfigurationSpace((BinaryOption(name="fast"),))


def test_an_answer_says_what_really_ran() -> None:
    """Values, the configuration that ran in place of the one asked for, and the release."""
    words = '{"status": "ok", "values": {"time": 2.5}, "configuration": {"fast": 0}, "release": "1.2"}'
    finished = run_process([sys.executable, "-c", f"print({words!r})"], timeout_s=30)
    outcome, release = read_answer(finished, SPACE, {"fast": 1})
    assert (outcome.status, dict(outcome.values), dict(outcome.configuration)) == (
        Status.OK,
        {"time": 2.5},
        {"fast": 0},
    )
    assert (release, outcome.cost_s) == ("1.2", finished.wall_s)


@pytest.mark.parametrize(
    ("code", "timeout_s", "status"),
    [("raise SystemExit(3)", 30.0, Status.FAILED), ("while True: pass", 0.2, Status.TIMEOUT)],
)
def test_a_worker_that_fails_or_hangs_has_a_status_and_a_reason(code: str, timeout_s: float, status: Status) -> None:
    """The configuration is the one asked for, and there is no release."""
    finished = run_process([sys.executable, "-c", code], timeout_s=timeout_s)
    outcome, release = read_answer(finished, SPACE, {"fast": 1})
    assert (outcome.status, dict(outcome.configuration), release) == (status, {"fast": 1}, "")
    assert outcome.reason

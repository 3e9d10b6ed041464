"""What was begun goes on: a tuning run that was interrupted, killed or finished, started with the same command."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.cli.tuned import altered, stored, tuning
from transferperf.data.store import Store

ROOT = Path(__file__).parents[2]

STEADY = ("wobble = 1 + 0.001 * (self.n_runs % 3)", "wobble = 1")
"""What a configuration measures is then the same in each process."""

DEADLY = """
import os
import signal
import sqlalchemy as sa
from transferperf.data.store import Store

STAGE, AT = os.environ.get("KILLED", "never:0").split(":")
inserted = []

def reach(stage):
    if stage == STAGE and len(inserted) == int(AT):
        os.kill(os.getpid(), signal.SIGKILL)

@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def look(connection, cursor, statement, *more):
    if statement.startswith("INSERT INTO campaign_measurement"):
        reach("within the write")
    if statement.startswith("INSERT INTO measurement") and "VALUES" in statement:
        inserted.append(statement)

def add(*words, add=Store.add, **more):
    kept = add(*words, **more)
    reach("after the write")
    return kept

Store.add = add

def run():
    with open("runs.log", "a") as log:
        print("run", file=log)
"""
"""Dies at a stage of the measurement with a number, and keeps a log of all runs."""

N = 7
"""Configurations that are measured."""


def test_an_interrupted_tune_ends_as_if_it_had_not_been(
    call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The measured configurations are the same ones in the same order, and the budget is not spent twice."""
    assert call(*tuning(systems, "--budget", 5, "--store", "sqlite:///whole.db", "--json")).code == 0
    parts = tuning(systems, "--budget", 5, "--store", "sqlite:///parts.db", "-o", "parts.csv")
    monkeypatch.setenv("SUM_RUNS", "4")
    stopped = call(*parts)
    assert stopped.code == 130
    assert "what was measured is in sqlite:///parts.db; the same command goes on from there" in stopped.err
    assert len(pd.read_csv("parts.csv")) == 3
    monkeypatch.delenv("SUM_RUNS")
    resumed = call(*parts, "--json")
    assert "parts.db holds 3 configurations of this campaign" in resumed.err
    document = json.loads(resumed.out)
    assert document["comparison"]["low"] <= document["comparison"]["ratio"] <= document["comparison"]["high"]
    assert stored("parts.db") == stored("whole.db")


def test_a_finished_tune_that_is_started_again_measures_nothing(
    call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same answer, comparison included, though the system could not run once more."""
    first = call(*tuning(systems, "--budget", 5, "--json"))
    before = stored("campaign.db")
    monkeypatch.setenv("SUM_RUNS", "0")
    again = call(*tuning(systems, "--budget", 5, "--json"))
    assert (again.code, again.out) == (0, first.out)
    assert stored("campaign.db") == before


def test_an_interrupted_comparison_is_completed_round_by_round(
    call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounds that are in the store count; half a round does not, so that both sides are measured under alike drift."""
    monkeypatch.setenv("SUM_RUNS", str(1 + 5 + 7))
    assert call(*tuning(systems, "--budget", 5)).code == 130
    assert len(stored("campaign.db", "compare")) == 7
    monkeypatch.delenv("SUM_RUNS")
    document = json.loads(call(*tuning(systems, "--budget", 5, "--json")).out)
    assert [len(document["comparison"][side]) for side in ("default", "best")] == [10, 10]
    assert len(stored("campaign.db", "compare")) == 7 + 2 * (10 - 3)


def test_a_larger_budget_goes_on_as_if_it_had_been_larger(call: Any, systems: Path) -> None:
    """What the comparison measured is not told to the tuner, so that it changes no suggestion."""
    assert call(*tuning(systems, "--budget", 4)).code == 0
    assert call(*tuning(systems, "--budget", 6)).code == 0
    assert call(*tuning(systems, "--budget", 6, "--store", "sqlite:///whole.db")).code == 0
    assert stored("campaign.db", "tune") == stored("whole.db", "tune")


def test_a_tune_that_is_killed_again_and_again_ends_as_if_it_had_not_been(
    call: Any, systems: Path, tmp_path: Path
) -> None:
    """SIGKILL at any moment: what was reported is stored, one run is repeated at most, and the same ones are asked."""
    plain = altered(systems, tmp_path / "plain", *STEADY)
    assert call(*tuning(plain, "--budget", N, "--store", "sqlite:///whole.db")).code == 0
    deadly = altered(plain, tmp_path / "deadly", "self.n_runs += 1", "self.n_runs += 1; run()")
    adapter = deadly / "sum" / "adapter.py"
    adapter.write_text(DEADLY + adapter.read_text())
    chance, n_before = np.random.default_rng(4), 0
    stages = ["within the write", "after the write", "from outside"]
    for stage in chance.permutation(stages):
        n_lines = killed(deadly, stage, int(chance.integers(1, 3)), pause_s=chance.uniform(0, 0.05))
        n_stored = len(stored("campaign.db", "tune"))
        assert n_before + n_lines <= n_stored < N
        n_before = n_stored
    assert started(deadly, "never:0").communicate()[0]
    assert stored("campaign.db") == stored("whole.db")
    n_processes = len(stages) + 1
    n_runs = len(Path("runs.log").read_text().splitlines()) - n_processes  # the warm-ups
    assert n_runs <= len(stored("whole.db")) + len(stages)


def killed(systems: Path, stage: str, at: int, *, pause_s: float) -> int:
    """Start a tuning run that is killed; how many of its measurements it reported before."""
    run = started(systems, f"{stage}:{at}")
    assert run.stdout is not None
    lines = []
    if stage == "from outside":
        lines = [run.stdout.readline() for _ in range(at)]
        time.sleep(pause_s)
        run.kill()
    lines += run.communicate()[0].splitlines()
    assert run.returncode == -signal.SIGKILL
    return len(lines)


def started(systems: Path, when: str) -> subprocess.Popen[str]:
    """A tuning run in a process of its own, which dies when it is told to."""
    words = [sys.executable, "-m", "transferperf", *map(str, tuning(systems, "--budget", N))]
    environment = os.environ | {"KILLED": when, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def test_time_that_was_spent_counts(call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of a second each: a budget of six seconds is six of them, with an interrupt as without."""
    words = tuning(systems, "--budget", "6s")
    monkeypatch.setenv("SUM_RUNS", "4")
    assert call(*words).code == 130
    assert len(stored("campaign.db", "tune")) == 3
    monkeypatch.delenv("SUM_RUNS")
    assert call(*words).code == 0
    cost_s = {"ok": 1.0, "failed": 0.5}
    spent_s = [cost_s[status] for _, _, status in stored("campaign.db", "tune")]
    assert sum(spent_s[:-1]) < 6 <= sum(spent_s)


def test_what_others_store_meanwhile_changes_nothing(
    call: Any, systems: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A campaign goes on with what it began with, though another target was measured in between."""
    steady = altered(systems, tmp_path / "steady", *STEADY)
    assert call(*tuning(steady, "--budget", 6, "--store", "sqlite:///whole.db")).code == 0
    monkeypatch.setenv("SUM_RUNS", "4")
    assert call(*tuning(steady, "--budget", 6)).code == 130
    monkeypatch.delenv("SUM_RUNS")
    assert call(*tuning(steady, "--budget", 6, "--target", "hardware=h1")).code == 0
    assert call(*tuning(steady, "--budget", 6)).code == 0
    with Store.open("sqlite:///campaign.db") as store:
        asked = [asked for asked, m in store.read("sum") if m.environment.as_mapping()["hardware"] == "h2"]
    assert asked == [asked for asked, _, _ in stored("whole.db")]


def test_another_seed_is_another_campaign(call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has its own budget, knows what is stored and does not ask for it again; the first one is still finished."""
    assert call(*tuning(systems, "--budget", 4)).code == 0
    other = call(*tuning(systems, "--budget", 4, "--seed", 1))
    assert other.code == 0
    assert "measurements of hardware=h2,workload=small are known already; they do not count in the budget" in other.err
    asked = [tuple(asked.values()) for asked, _, _ in stored("campaign.db", "tune")]
    assert len(asked) == len(set(asked)) == 2 * 4
    monkeypatch.setenv("SUM_RUNS", "0")
    again = call(*tuning(systems, "--budget", 4))
    assert again.code == 0
    assert "holds 4 configurations of this campaign" in again.err


def test_a_store_of_an_earlier_version_is_known(call: Any, systems: Path) -> None:
    """Measurements of no campaign are not told again, and not made again either."""
    assert call(*tuning(systems, "--budget", 3)).code == 0
    with Store.open("sqlite:///campaign.db") as store, store.engine.begin() as connection:
        for name in ("campaign", "campaign_measurement"):
            connection.exec_driver_sql(f"DROP TABLE {name}")
    assert call(*tuning(systems, "--budget", 3)).code == 0
    asked = [tuple(asked.values()) for asked, _, _ in stored("campaign.db", "tune")]
    assert len(asked) == len(set(asked)) == 2 * 3

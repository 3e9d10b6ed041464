"""Tuning runs that die without notice, again and again, and are started with the same command."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.tuned import MEMORY, PRICES, SIMULATED, STEADY, altered, placed, stored, tuning

ROOT = Path(__file__).parents[2]

DEADLY = """
import os
import signal
import sqlalchemy as sa
from transferperf.data.store import Store

STAGE, AT = os.environ["KILLED"].split(":")
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
"""
"""Dies at a stage of the measurement with a number."""

LOGGED = (
    (
        "import os\n",
        "import os\ndef log(what):\n    with open('runs.log', 'a') as file:\n        print(what, file=file)\n",
    ),
    ("def prepare(self, environment): pass", "def prepare(self, environment): log('prepared')"),
    ("self.n_runs += 1", "self.n_runs += 1; log('run')"),
)
"""Keeps a log of all runs, and of what comes before a warm-up."""

STAGES = ("within the write", "after the write", "from outside")

COURSES = {
    "one metric": ("--budget", "7"),
    "a front": ("--budget", "7", "--metric", "time,memory"),
    "a simulator": (*PRICES, "--source-system", "simulated"),
}


@pytest.mark.parametrize("course", COURSES)
def test_a_tune_that_is_killed_again_and_again_ends_as_if_it_had_not_been(
    call: Any, systems: Path, tmp_path: Path, course: str
) -> None:
    """SIGKILL at any moment: what was reported is stored, one run is repeated at most, and the same ones are asked."""
    more = MEMORY if course == "a front" else ()
    plain, deadly = (tmp_path / name for name in ("plain", "deadly"))
    for folder, texts in ((plain, ()), (deadly, LOGGED)):
        altered(systems, folder, STEADY, *more, *texts)
        altered(systems, folder, STEADY, *texts, *SIMULATED, name="simulated")
    adapter = deadly / "sum" / "adapter.py"
    adapter.write_text(DEADLY + adapter.read_text())
    assert call(*tuning(plain, *COURSES[course], "--store", "sqlite:///whole.db")).code == 0
    n, n_before = len(stored("whole.db", "tune")), 0
    chance = np.random.default_rng([4, n])
    for k, stage in enumerate(chance.permutation(STAGES)):
        at = int(chance.integers(1, max(2, (n - n_before - 1) // (len(STAGES) - k)) + 1))
        n_lines = killed(tuning(deadly, *COURSES[course]), stage, at, pause_s=chance.uniform(0, 0.05))
        n_stored = len(stored("campaign.db", "tune"))
        assert n_before + n_lines <= n_stored < n
        n_before = n_stored
    log = Path("runs.log").read_text().splitlines()
    assert log.count("run") - log.count("prepared") <= n_before + len(STAGES)
    assert call(*tuning(plain, *COURSES[course])).code == 0
    assert (placed("campaign.db"), stored("campaign.db")) == (placed("whole.db"), stored("whole.db"))


def killed(words: tuple[object, ...], stage: str, at: int, *, pause_s: float) -> int:
    """Start a tuning run that is killed; how many of its measurements it reported before."""
    environment = os.environ | {"KILLED": f"{stage}:{at}", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "transferperf", *map(str, words)]
    run = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert run.stdout is not None
    lines = []
    if stage == "from outside":
        lines = [run.stdout.readline() for _ in range(at)]
        time.sleep(pause_s)
        run.kill()
    lines += run.communicate()[0].splitlines()
    assert run.returncode == -signal.SIGKILL
    return len(lines)

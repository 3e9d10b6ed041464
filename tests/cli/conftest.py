"""What the verbs are tried on: a small measurement file, a model of it, and a system without noise."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from transferperf.cli import main

SYSTEM = """
description = "a sum"
[environments]
hardware = ["h1", "h2"]
workload = ["small"]
[[metrics]]
name = "time"
unit = "s"
[[options]]
name = "fast"
type = "binary"
[[options]]
name = "size"
type = "integer"
levels = [1, 2, 4, 8]
default = 4
[[options]]
name = "journal"
type = "choice"
levels = ["delete", "wal", "broken"]
"""

ADAPTER = """
import os
from transferperf.data.measurement import Status
from transferperf.measure import Outcome

class Sum:
    def __init__(self, declaration):
        self.name, self.space, self.factors = declaration.name, declaration.space, declaration.factors
        self.metrics, self.timeout_s = declaration.metrics, declaration.timeout_s
        self.n_runs = 0

    def prepare(self, environment): pass
    def cleanup(self): pass
    def provenance(self): return {}

    def measure(self, configuration, environment):
        self.n_runs += 1
        if self.n_runs > int(os.environ.get("SUM_RUNS", "1000")):
            raise KeyboardInterrupt
        if configuration["journal"] == "broken":
            return Outcome(configuration=configuration, status=Status.FAILED, reason="it broke", cost_s=0.5)
        scale = {"h1": 1.0, "h2": 2.0}[environment.as_mapping()["hardware"]]
        slow = 3 - 2 * configuration["fast"] + configuration["size"] + (configuration["journal"] == "delete")
        wobble = 1 + 0.001 * (self.n_runs % 3)
        return Outcome(configuration=configuration, values={"time": scale * slow * wobble}, cost_s=1.0)

system = Sum
"""


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Call = Callable[..., Ended]


def rows() -> pd.DataFrame:
    """Two sources with all 24 configurations, and a target with 6."""
    chance = np.random.default_rng(5)
    options = list(itertools.product((0, 1), (1, 2, 4, 8), ("delete", "wal", "off")))
    found = []
    for hardware, scale, n in (("h1", 1.0, 24), ("h2", 1.7, 24), ("h3", 2.5, 6)):
        for i in chance.permutation(len(options))[:n]:
            fast, size, journal = options[i]
            time = scale * (3 - 2 * fast + size / 2 + (journal == "delete")) * np.exp(0.01 * chance.standard_normal())
            memory = round(5.0 * size + 40 * (journal == "wal") + 20 * fast + chance.random(), 3)
            found.append((hardware, fast, size, journal, round(float(time), 5), memory))
    return pd.DataFrame(found, columns=["hardware", "fast", "size", "journal", "time", "memory"])


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run `transferperf` with these words, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Ended:
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A measurement file with the metrics `time` and `memory`, which nothing declares."""
    path = tmp_path_factory.mktemp("data") / "runs.csv"
    rows().to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def model(runs: Path) -> Path:
    """A model of `time` in the environment with few rows."""
    path = runs.with_name("model.tperf")
    words = ["fit", str(runs), "--target", "hardware=h3", "--metric", "time", "--metrics", "memory", "-o", str(path)]
    assert main(words) == 0
    return path


@pytest.fixture(scope="session")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one system, `sum`; it is interrupted after SUM_RUNS runs."""
    folder = tmp_path_factory.mktemp("systems")
    (folder / "sum").mkdir()
    (folder / "sum" / "system.toml").write_text(SYSTEM, encoding="utf-8")
    (folder / "sum" / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    return folder

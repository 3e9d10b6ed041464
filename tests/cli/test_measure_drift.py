"""Drift on the command line: measured, said, and taken out on request."""

import json
from pathlib import Path
from typing import Any

import pandas as pd


def test_drift_is_said_and_taken_out_on_request(call: Any, systems: Path) -> None:
    """A machine that gets slower with each run: what the default lost is said, and a second file is free of it."""
    slow = Path("slow/sum")
    slow.mkdir(parents=True)
    for name in ("system.toml", "adapter.py"):
        text = (systems / "sum" / name).read_text(encoding="utf-8")
        text = text.replace("scale * slow * wobble", "scale * slow * wobble * (1 + 0.02 * self.n_runs)")
        (slow / name).write_text(text, encoding="utf-8")
    words = ("measure", "sum", "--environment", "hardware=h1", "-n", 12, "--repeats", "2:2", "--control", 3)
    ended = call(*words, "--without-drift", "even.csv", "-o", "runs.csv", "--systems-path", "slow", "--json")
    assert ended.code == 0
    (drift,) = json.loads(ended.out)["drift"]
    assert (drift["environment"], drift["metric"]) == ("hardware=h1,workload=small", "time")
    assert 0.3 < drift["spread"] < 1.0
    manifest = json.loads(Path("manifest.json").read_text(encoding="utf-8"))
    (run,) = manifest["files"]["runs.csv"]["runs"]
    assert (run["runner"]["control_every"], run["machine"]["load"] >= 0) == (3, True)
    even, runs = (frame.groupby(["fast", "size", "journal"])["time"].mean() for frame in read("even.csv", "runs.csv"))
    assert (even / runs).std() > 0.05
    again = call(*words, "-o", "runs.csv", "--systems-path", "slow")
    assert "drift: time of the default differed by" in again.out


def read(*names: str) -> list[pd.DataFrame]:
    """The rows that are ok."""
    return [pd.read_csv(name).query("status == 'ok'") for name in names]

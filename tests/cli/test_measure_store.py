"""A design that is shared through a store, and what a store says of itself."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

WORDS = ("measure", "sum", "--environment", "hardware=h1", "--environment", "hardware=h2", "-n", 4, "--repeats", "2")
STORE = ("--store", "sqlite:///a.db")


def test_a_shared_design_ends_in_the_same_file(call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One worker is interrupted, another goes on, and a third finds nothing to do: all repeats stand there once."""
    path = ("--systems-path", systems)
    assert call(*WORDS, *path, "-o", "alone.csv").code == 0
    monkeypatch.setenv("SUM_RUNS", "6")
    stopped = call(*WORDS, *path, *STORE, "-o", "shared.csv")
    assert stopped.code == 130
    assert "what was measured is in sqlite:///a.db; the same command goes on from there" in stopped.err
    monkeypatch.delenv("SUM_RUNS")
    for _ in range(2):
        ended = call(*WORDS, *path, *STORE, "-o", "shared.csv", "--json")
        assert sum(row["rows"] for row in json.loads(ended.out)["rows"]) == len(pd.read_csv("alone.csv"))
    columns = ["hardware", "fast", "size", "journal", "status", "repeat"]
    alone, shared = (pd.read_csv(name)[columns].sort_values(columns) for name in ("alone.csv", "shared.csv"))
    pd.testing.assert_frame_equal(alone.reset_index(drop=True), shared.reset_index(drop=True))


def test_a_cluster_measures_the_same(call: Any, systems: Path) -> None:
    """A worker process of this machine measures into the store, which there has to be; the manifest says who it was."""
    pytest.importorskip("distributed", reason="needs distributed: pip install 'transferperf[cluster]'")
    words = (*WORDS, "--systems-path", systems, "-o", "runs.csv", "--cluster", "local")
    assert "name one with --store" in call(*words).err
    assert call(*words, *STORE).code == 0
    assert pd.read_csv("runs.csv").groupby("hardware")["size"].nunique().to_dict() == {"h1": 4, "h2": 4}
    (run,) = json.loads(Path("manifest.json").read_text(encoding="utf-8"))["files"]["runs.csv"]["runs"]
    assert {worker["label"]: worker["measurements"] for worker in run["workers"]} == {"hw-h1": 4, "hw-h2": 4}


def test_a_store_goes_to_a_file_and_into_another_store(call: Any, systems: Path) -> None:
    """What it holds is counted by system and purpose; once more adds nothing; an empty one says so."""
    assert call("store", "sqlite:///b.db").out == "sqlite:///b.db holds no measurement.\n"
    call(*WORDS, "--systems-path", systems, *STORE, "-o", "runs.csv")
    written = call("store", "sqlite:///a.db", "-o", "all.csv.gz", "--json")
    (row,) = json.loads(written.out)["rows"]
    assert (row["system"], row["purpose"], row["rows"]) == ("sum", "measure", len(pd.read_csv("runs.csv")))
    added = [json.loads(call("store", "sqlite:///b.db", "--import", "all.csv.gz", "--json").out) for _ in range(2)]
    assert [document["added"] for document in added] == [row["rows"], 0]
    assert added[1]["rows"] == [row]
    refused = call("store", "sqlite:///b.db", "--import", "runs.csv")
    assert (refused.code, "has the columns" in refused.err) == (2, True)

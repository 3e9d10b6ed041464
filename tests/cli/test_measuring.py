"""What is not known yet is measured: measure, tune and systems, on a system without noise."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import transferperf as tp
from transferperf.measure import load_system


def test_systems_are_listed_with_what_they_have(call: Any, systems: Path) -> None:
    """Name, description, options and environments, for people and for machines."""
    ended = call("systems", "--systems-path", systems)
    for text in ("sum: a sum", "size: 1, 2, 4, 8", "hardware: h1, h2", "time [s]"):
        assert text in ended.out
    (found,) = json.loads(call("systems", "--systems-path", systems, "--json").out)["systems"]
    assert found["environments"] == {"hardware": ["h1", "h2"], "workload": ["small"]}


def test_a_system_that_cannot_be_loaded_is_still_listed(call: Any, tmp_path: Path, systems: Path) -> None:
    """What is wrong with it stands beside its name, and the verb succeeds."""
    (tmp_path / "lame").mkdir()
    (tmp_path / "lame" / "system.toml").write_bytes((systems / "sum" / "system.toml").read_bytes())
    ended = call("systems", "--systems-path", tmp_path)
    assert ended.code == 0
    assert "adapter.py: no such file" in ended.out
    empty = call("systems", "--systems-path", tmp_path / "nowhere")
    assert (empty.code, empty.err[:15]) == (0, "note: no system")


def test_measure_fills_a_file_that_reads_back(call: Any, systems: Path) -> None:
    """Seven configurations in two environments with two repeats each, in a folder of the system's name."""
    where = ("--environment", "hardware=h1", "--environment", "hardware=h2,workload=small")
    words = ("measure", "sum", *where, "--design", "one-option", "-n", 7, "--repeats", "2:2")
    ended = call(*words, "-o", ".", "--systems-path", systems, "--json")
    assert ended.code == 0
    path = Path(json.loads(ended.out)["path"])
    assert path.parent == Path("sum")
    assert path.name.endswith("-one-option.csv.gz")
    table = tp.read_csv(path)
    assert {environment.label for environment in table.environments} == {"h1 · small", "h2 · small"}
    assert len(table.configurations().drop_duplicates()) == 7
    assert table.frame.groupby("status").size().to_dict() == {"failed": 2, "ok": 2 * 6 * 2}


def test_an_interrupted_measure_says_what_is_saved_and_goes_on(
    call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 130 and one line that names the file; the same command then fills in the rest."""
    words = ("measure", "sum", "--environment", "hardware=h1", "--repeats", "1", "-n", 6, "-o", "runs.csv")
    monkeypatch.setenv("SUM_RUNS", "4")
    stopped = call(*words, "--systems-path", systems)
    assert (stopped.code, stopped.out) == (130, "")
    assert stopped.err == "interrupted: what was measured is in runs.csv; the same command goes on from there\n"
    assert len(pd.read_csv("runs.csv")) == 3
    monkeypatch.delenv("SUM_RUNS")
    assert call(*words, "--systems-path", systems).code == 0
    assert len(pd.read_csv("runs.csv")) == 6


def tuning(systems: Path, *more: object) -> tuple[object, ...]:
    """The words of a small tuning run."""
    return ("tune", "sum", "--target", "hardware=h2", "--repeats", "1", "--systems-path", systems, *more)


def test_tune_prints_each_measurement_and_compares_with_the_default(call: Any, systems: Path) -> None:
    """A line for each of five measurements; the best is better than the default, as measured again, in turns."""
    assert call("measure", "sum", "--environment", "hardware=h1", "-n", 20, "-o", "known.csv", "--repeats", "1",
                "--systems-path", systems).code == 0  # fmt: skip
    ended = call(*tuning(systems, "--source", "known.csv", "--budget", 5, "-o", "tune.csv"))
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert [line.split("of 5")[0].strip() for line in lines[:5]] == ["1", "2", "3", "4", "5"]
    assert "best of the sources" in lines[0]
    assert "Best of " in ended.out
    assert "3.99 times better than the default" in ended.out or "4 times better than the default" in ended.out
    table = pd.read_csv("tune.csv")
    assert set(table["hardware"]) == {"h2"}
    assert len(table) == 5 + 2 * 10


def test_an_interrupted_tune_ends_as_if_it_had_not_been(
    call: Any, systems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The measured configurations are the same ones in the same order, and the budget is not spent twice."""
    assert call(*tuning(systems, "--budget", 5, "-o", "whole.csv", "--json")).code == 0
    monkeypatch.setenv("SUM_RUNS", "4")
    stopped = call(*tuning(systems, "--budget", 5, "-o", "parts.csv"))
    assert stopped.code == 130
    assert "what was measured is in parts.csv" in stopped.err
    monkeypatch.delenv("SUM_RUNS")
    resumed = call(*tuning(systems, "--budget", 5, "-o", "parts.csv", "--json"))
    assert "parts.csv holds 3 configurations" in resumed.err
    document = json.loads(resumed.out)
    assert document["comparison"]["low"] <= document["comparison"]["ratio"] <= document["comparison"]["high"]
    whole, parts = (pd.read_csv(name)[["fast", "size", "journal"]].head(5) for name in ("whole.csv", "parts.csv"))
    pd.testing.assert_frame_equal(whole, parts)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("measure", "summ"), "unknown system 'summ'; there is sum"),
        (("measure", "sum"), "the environment does not say which hardware; sum has h1, h2"),
        (("measure", "sum", "--environment", "hardware=h7"), "unknown hardware 'h7'"),
        (("measure", "sum", "--environment", "hardware"), "'hardware' cannot be read; expected FACTOR=VALUE"),
        (("measure", "sum", "--environment", "hardware=h1", "--design", "best"), "unknown design 'best'"),
        (("measure", "sum", "--environment", "hardware=h1", "-n", "99"), "99 configurations were asked for"),
        (("measure", "sum", "--environment", "hardware=h1", "--repeats", "few"), "got 'few'; expected a number"),
        (("measure", "sum", "--environment", "hardware=h1", "--repeats", "5:3"), "repeats are 5 to 3"),
        (("measure", "sum", "--environment", "hardware=h1", "--timeout", "0"), "expected seconds above 0"),
        (("measure", "sum", "--environment", "hardware=h1", "--metric", "speed"), "unknown metric 'speed'"),
        (("measure", "sum", "--environment", "hardware=h1", "-n", "2", "-o", "no/x.csv"), "there is no folder no"),
        (("tune", "sum", "--target", "hardware=h1", "-o", "x.txt"), "x.txt: this name ends in '.txt'"),
        (("tune", "sum", "--target", "hardware=h1", "-o", "x.csv", "--budget", "apples"), "budget 'apples'"),
        (("tune", "sum", "--target", "hardware=h1", "-o", "x.csv", "--source", "no.csv"), "no.csv: no such file"),
        (("tune", "sum", "--target", "hardware=h1"), "Missing option '--output'"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_is_written(
    call: Any, systems: Path, words: tuple[str, ...], text: str
) -> None:
    """Exit code 2, one line, and an empty folder."""
    ended = call(*words, "--systems-path", systems)
    assert (ended.code, ended.out) == (2, "")
    assert text in ended.err
    assert len(ended.err.splitlines()) == 1
    assert list(Path().iterdir()) == []


def test_a_limit_of_ones_own_overrules_that_of_the_system(systems: Path) -> None:
    """`--timeout` reaches the adapter; without it the limit is the declared one."""
    assert load_system("sum", systems, timeout_s=2.5).timeout_s == 2.5
    assert load_system("sum", systems).timeout_s == 60.0

"""Several metrics on the command line: a front in words, as JSON and as a figure, and a study of them that goes on."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.tuned import MEMORY, altered, stored, tuning


@pytest.fixture
def two(systems: Path, tmp_path: Path) -> Path:
    """A folder with a system that measures a time and a memory."""
    return altered(systems, tmp_path / "two", *MEMORY)


def test_a_front_is_tuned_interrupted_and_goes_on(call: Any, two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same measurements as without the interrupt; the front has all four sizes at their fastest, and a figure."""
    words = tuning(two, "--metric", "time,memory", "--budget", 7)
    assert call(*words, "--store", "sqlite:///whole.db").code == 0
    monkeypatch.setenv("SUM_RUNS", "5")
    assert call(*words).code == 130
    monkeypatch.delenv("SUM_RUNS")
    ended = call(*words, "--json", "--front", "front.svg")
    assert ended.code == 0
    assert "holds 4 configurations of this campaign" in ended.err
    assert stored("campaign.db") == stored("whole.db")
    front = json.loads(ended.out)["front"]
    assert [metric["name"] for metric in front["metrics"]] == ["time", "memory"]
    assert len(front["configurations"]) == len(front["low"]) >= 2
    assert "memory [MB], less is better" in Path("front.svg").read_text(encoding="utf-8")


def test_a_front_is_said_in_words(call: Any, two: Path) -> None:
    """Its metrics with their units, and how many of those measured are on it; another metric is another campaign."""
    ended = call(*tuning(two, "--metric", "time,memory", "--budget", 4))
    assert ended.code == 0
    assert "Front of time [s] and memory [MB], " in ended.out
    assert "of 4 configurations" in ended.out or "of 3 configurations" in ended.out
    other = call(*tuning(two, "--metric", "time + 2 * memory", "--budget", 3))
    assert other.code == 0
    assert "are known already; they do not count in the budget" in other.err
    assert "time + 2 * memory" in other.out


def test_suggestions_for_a_front_come_with_what_is_known_of_it(call: Any, runs: Path) -> None:
    """As CSV for people, with a figure; in the JSON document the front stands beside the suggestions."""
    words = ("suggest", runs, "--target", "hardware=h3", "--metric", "time,memory", "-n", 2)
    ended = call(*words, "--json", "--front", "front.png")
    assert ended.code == 0
    document = json.loads(ended.out)
    assert len(document["suggestions"]) == 2
    assert document["front"]["n_measured"] == 6
    assert Path("front.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--metric", "time", "--metrics", "memory", "--front", "f.png"), "time alone has no front; name several"),
        (("--metric", "time,memory", "--front", "f.gif"), "expected a name that ends in .svg, .png, .pdf"),
        (("--metric", "time,memory", "--front", "no/f.png"), "there is no folder no"),
        (("--metric", "time,memory", "--maximize"), "it is for one metric; mark each as '$>NAME'"),
        (("--metric", "time,memory", "--least-gain", "0.5"), "several metrics have no unit in common"),
        (("--metric", "time,tme"), "tme"),
    ],
)
def test_what_makes_no_front_is_refused(call: Any, runs: Path, words: tuple[str, ...], says: str) -> None:
    """One line, before anything is fitted."""
    ended = call("suggest", runs, "--target", "hardware=h3", *words)
    assert ended.code == 2
    assert says in " ".join(ended.err.split())


def test_one_metric_is_all_that_a_model_has(call: Any, runs: Path) -> None:
    """`fit` says what to give it."""
    ended = call("fit", runs, "--target", "hardware=h3", "--metric", "time,memory", "-o", "m.tperf")
    assert ended.code == 2
    assert "expected one metric, or a weighted sum" in " ".join(ended.err.split())

"""`transferperf similarity` and its measures."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from transferperf.similarity import KINDS, NO_ANSWER

METRIC = ("--metric", "time", "--metrics", "memory")


def test_measures_go_to_a_file(call: Any, runs: Path) -> None:
    """A .csv has one row for each ordered pair with the parts that were named, a .json the options, too."""
    ended = call("similarity", runs, *METRIC, "--measures", "pairs.csv", "--parts", "shift,overlap")
    assert "All measures are in pairs.csv." in ended.out
    found = pd.read_csv("pairs.csv")
    assert len(found) == 6
    assert {"slope", "slope_low", "best_10", "regret_high"} <= set(found)
    assert "pearson" not in found
    call("similarity", runs, *METRIC, "--measures", "pairs.json", "--parts", "influence", "--jobs", "1")
    assert json.loads(Path("pairs.json").read_text(encoding="utf-8"))["pairs"][0]["options"]


def test_targets_get_a_sentence_and_the_document_has_their_sources(call: Any, runs: Path) -> None:
    """People read what to measure and where to transfer from; machines get a row for each target, and valid JSON."""
    shown, document = call("similarity", runs, *METRIC), json.loads(call("similarity", runs, *METRIC, "--json").out)
    answers = {row["target"]: row["answer"] for row in document["sources"]}
    assert len(answers) == 3
    assert {row["kind"] for row in document["pairs"]} <= {*KINDS, NO_ANSWER}
    for answer in answers.values():
        assert answer in shown.out or answer in shown.err


def test_the_page_and_its_figures_are_written_where_they_were_asked_for(call: Any, runs: Path) -> None:
    """A page, and a folder with figures of both kinds and their numbers; the answer says where."""
    ended = call("similarity", runs, *METRIC, "-o", "report.html", "--figures", "figures")
    assert "All pairs are in report.html." in ended.out
    assert "Figures and their numbers are in figures." in ended.out
    written = {path.name for path in Path("figures").iterdir()}
    assert {"kind.svg", "kind.png", "pairs.csv", "sources.csv", "report.json"} <= written
    assert Path("report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--measures", "pairs.txt"), ["pairs.txt", ".csv, .json"]),
        (("--measures", "nowhere/pairs.csv"), ["there is no folder nowhere"]),
        (("--figures", "nowhere/figures"), ["there is no folder nowhere"]),
        (("--measures", "pairs.csv", "--parts", "shfit"), ["unknown part 'shfit'", "shift"]),
        (("--parts", "shift"), ["--measures"]),
    ],
)
def test_what_cannot_be_written_or_is_not_known_is_told(
    call: Any, runs: Path, arguments: tuple[str, ...], words: list[str]
) -> None:
    """Exit code 2 and one line, and no file is left."""
    ended = call("similarity", runs, *METRIC, *arguments)
    assert ended.code == 2
    assert all(word in ended.err for word in words)
    assert not Path("pairs.csv").exists()

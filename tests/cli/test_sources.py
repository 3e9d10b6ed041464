"""Sources in files of their own, with names of their own."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

NAMES = """
[options]
quick = "fast"
[metrics]
ms = "time"
[values.journal]
WAL = "wal"
"""


@pytest.fixture
def split(runs: Path, tmp_path: Path) -> tuple[str, ...]:
    """The target's rows in new.csv, those of h1 in old.csv with other names; the words that read them."""
    rows = pd.read_csv(runs)
    rows[rows["hardware"] == "h3"].drop(columns=["hardware", "memory"]).to_csv(tmp_path / "new.csv", index=False)
    old = rows[rows["hardware"] == "h1"].drop(columns=["hardware", "memory"])
    old = old.rename(columns={"fast": "quick", "time": "ms"}).replace({"journal": {"wal": "WAL"}})
    old.assign(ms=1000 * old["ms"], gone=0).to_csv(tmp_path / "old.csv", index=False)
    (tmp_path / "names.toml").write_text(NAMES)
    return ("new.csv", "--metric", "time", "--source", "old.csv", "--mapping", "names.toml")


def test_a_source_file_is_read_in_the_names_of_the_data(call: Any, split: tuple[str, ...]) -> None:
    """No environment needs to be named: the target is where DATA is from."""
    ended = call("fit", *split, "--json")
    document = json.loads(ended.out)
    assert (ended.code, document["n_target"], document["target"]) == (0, 6, {"origin": "own"})
    assert "the target has no `gone`" in ended.err


@pytest.mark.parametrize(("verb", "key"), [("best", "configurations"), ("suggest", "suggestions")])
def test_an_option_that_only_the_source_has_stays_at_its_default(
    call: Any, split: tuple[str, ...], verb: str, key: str
) -> None:
    """It is told, and neither searched nor suggested."""
    ended = call(verb, *split, "--json")
    found = json.loads(ended.out)[key]
    assert (ended.code, {one.get("configuration", one)["gone"] for one in found}) == (0, {0})
    assert "the target has no `gone`" in ended.err


def test_similarity_compares_across_files(call: Any, split: tuple[str, ...]) -> None:
    """The pair of both files, with all configurations that they share."""
    pairs = json.loads(call("similarity", *split, "--json").out)["pairs"]
    assert {(pair["source"], pair["n_common"]) for pair in pairs} == {("origin=source", 6), ("origin=own", 6)}


def test_a_source_may_be_repeated_and_needs_no_mapping(call: Any, runs: Path) -> None:
    """Files with one name for everything are told apart by their environments."""
    rows = pd.read_csv(runs)
    for hardware, part in rows.groupby("hardware"):
        part.to_csv(f"{hardware}.csv", index=False)
    words = ("--target", "hardware=h3", "--metric", "time", "--metrics", "memory", "--json")
    split = call("fit", "h3.csv", "--source", "h1.csv", "--source", "h2.csv", *words)
    whole = call("fit", runs, *words)
    assert (split.code, split.out) == (0, whole.out)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (
            '[options]\nquik = "fast"\n[metrics]\nms = "time"',
            "error: unknown option of the source in names.toml 'quik'; there are quick",
        ),
        ('[metrics]\nms = "tim"', "error: unknown metric of the target in names.toml 'tim'; there is time"),
        ("", "error: old.csv: no column is time; say in the mapping's [metrics] which one is"),
        ("[options", "error: names.toml: not a readable TOML file"),
    ],
)
def test_a_wrong_mapping_is_one_line(call: Any, split: tuple[str, ...], names: str, text: str) -> None:
    """It names the file and the word."""
    Path("names.toml").write_text(names)
    ended = call("fit", *split)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(text)
    assert len(ended.err.splitlines()) == 1


def test_a_mapping_needs_a_source(call: Any, runs: Path) -> None:
    """Alone it would say nothing."""
    ended = call("fit", runs, "--metric", "time", "--mapping", "names.toml")
    assert ended.code == 2
    assert "it says how to read a --source; name one" in ended.err


def test_tuning_takes_a_source_in_other_names(call: Any, systems: Path) -> None:
    """The source speaks of quick, WAL and ms; rows in which an option that was removed is on are left out."""
    old = [("h1", quick, size, "WAL", gone, 1000.0 * (4 - 2 * quick + size + 50 * gone))
           for quick in (0, 1) for size in (1, 2, 4, 8) for gone in (0, 1)]  # fmt: skip
    columns = ["hardware", "quick", "size", "journal", "gone", "ms"]
    pd.DataFrame(old, columns=columns).assign(workload="small").to_csv("old.csv", index=False)
    Path("names.toml").write_text(NAMES)
    words = ("tune", "sum", "--target", "hardware=h2", "--repeats", 1, "--systems-path", systems, "--budget", 1)
    ended = call(*words, "--source", "old.csv", "--mapping", "names.toml")
    assert ended.code == 0
    assert "best of the sources" in ended.out
    Path("names.toml").write_text(NAMES.replace('WAL = "wal"', ""))
    bad = call(*words, "--source", "old.csv", "--mapping", "names.toml")
    assert (bad.code, len(bad.err.splitlines())) == (2, 1)
    assert "old.csv, line 2, column 'journal': got WAL; expected one of delete, wal, broken" in bad.err

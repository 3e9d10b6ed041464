"""Bad input: exit code 2, one line that names the file, the line and the column, and nothing written."""

import errno
import gzip
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HEAD = "hardware,fast,size,time\n"
ROWS = "h1,0,1,2.5\nh1,1,2,1.5\nh1,0,4,3.5\nh2,0,1,2.5\nh2,1,2,1.5\n"


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("", ["runs.csv: the file is empty", "expected a header"]),
        (HEAD, ["runs.csv: there is a header but no measurement"]),
        (ROWS.replace("h1", "7").replace("h2", "8"), ["runs.csv: no header", "expected the names of the columns"]),
        (HEAD + ROWS + "h2,1\n", ["runs.csv, line 7", "2 cells; the header has 4"]),
        (HEAD + ROWS + "h2,1,1,1,1\n", ["runs.csv, line 7", "5 cells; the header has 4"]),
        (HEAD + ROWS.replace("3.5", "fast"), ["runs.csv, line 4, column 'time'", "got 'fast'", "a finite number"]),
        (HEAD + ROWS.replace("3.5", "nan"), ["runs.csv, line 4, column 'time'", "got 'nan'"]),
        (HEAD + ROWS.replace("3.5", "-inf"), ["runs.csv, line 4, column 'time'", "got '-inf'"]),
        (HEAD.replace("fast", "size") + ROWS, ["runs.csv, column 'size'", "two columns have this name", "rename one"]),
        (HEAD + ROWS.replace("0,4,", "0,64MB,"), ["runs.csv, line 4, column 'size'", "got '64MB'", "a plain number"]),
        (HEAD + ROWS.replace("1,2,", "1,,"), ["runs.csv, line 3, column 'size'", "the cell is empty"]),
        (HEAD + ROWS.replace("h1,0,4", ",0,4"), ["runs.csv, line 4, column 'hardware'", "the cell is empty"]),
        (HEAD.encode() + ROWS.encode() + b"h2,1,\xe9,2\n", ["runs.csv, line 7", "0xe9", "UTF-8"]),
        (HEAD.replace("time", "duration") + ROWS, ["unknown metric 'time'", "duration", "Name one of these columns"]),
    ],
    ids=["empty", "only-a-header", "no-header", "short-row", "long-row", "text", "nan", "inf", "duplicate-header",
         "mixed-units", "empty-option", "empty-environment", "not-utf-8", "no-such-metric"],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused(call: Any, content: str | bytes, texts: list[str]) -> None:
    """The line says where it is wrong, what came and what was expected."""
    path = Path("runs.csv")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    refused(call("fit", path, "--target", "hardware=h1", "--metric", "time", "-o", "m.tperf"), texts)
    assert list(Path().iterdir()) == [path]


def refused(ended: Any, texts: list[str]) -> None:
    """Exit code 2 and one line on standard error that holds all these texts."""
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
    assert len(ended.err.splitlines()) == 1
    assert [text for text in texts if text not in ended.err] == []


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (("fit", "no.csv"), ["no.csv: no such file"]),
        (("fit", "."), ["this name ends in ''", ".csv"]),
        (
            ("fit", "runs.csv", "--target", "hardware=h3"),
            ["unknown value of hardware 'h3'", "h1", "h2", "--unmeasured"],
        ),
        (("fit", "runs.csv", "--target", "machine=h1"), ["unknown environment factor 'machine'", "hardware"]),
        (("fit", "runs.csv", "--target", "h1"), ["--target: 'h1' cannot be read", "FACTOR=VALUE"]),
        (("fit", "runs.csv", "--target", "hardware=h1,hardware=h2"), ["names a factor twice"]),
        (("fit", "runs.csv"), ["does not say which hardware", "h1, h2", "FACTOR=VALUE"]),
        (("fit", "runs.csv", "--ignore", "sise"), ["unknown column to ignore 'sise'", "size"]),
        (("fit", "runs.csv", "--environment", "place"), ["unknown environment column 'place'"]),
        (("fit", "runs.csv", "--space", "no.toml"), ["no.toml: no such file"]),
        (("fit", "runs.csv", "--metrics", "time,,size"), ["--metrics: 'time,,size' has an empty name"]),
        (("fit", "runs.csv", "--target", "hardware=h1", "-o", "no/m.tperf"), ["there is no folder no"]),
        (("fit", "runs.csv", "--seed", "-1"), ["'--seed'"]),
        (("suggest", "runs.csv", "--target", "hardware=h2", "--budget", "10 apples"), ["budget '10 apples'", "10min"]),
        (("best", "runs.csv", "--target", "hardware=h1", "--where", "size"), ["condition 'size' cannot be read"]),
        (("similarity", "runs.csv", "--metric", "tim"), ["unknown metric 'tim'", "time"]),
        (("guess", "runs.csv"), ["No such command 'guess'"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_words_that_mean_nothing_are_refused(call: Any, words: tuple[str, ...], texts: list[str]) -> None:
    """The line lists what there is, the nearest first, or says what was expected."""
    path = Path("runs.csv")
    path.write_text(HEAD.replace("time", "$<time") + ROWS, encoding="utf-8")
    refused(call(*words), texts)
    assert list(Path().iterdir()) == [path]


def test_one_metric_among_many_has_to_be_named(call: Any) -> None:
    """The line lists them."""
    Path("runs.csv").write_text(HEAD.replace("size", "$<size").replace("time", "$<time") + ROWS, encoding="utf-8")
    refused(call("fit", "runs.csv", "--target", "hardware=h1"), ["--metric", "runs.csv has size, time"])


def test_windows_line_ends_and_a_byte_order_mark_are_read(call: Any) -> None:
    """What Excel writes gives the same answer as the plain file."""
    rows = HEAD + ROWS + ROWS.replace("h2", "h1").replace("2,", "8,")
    Path("unix.csv").write_text(rows, encoding="utf-8")
    Path("windows.csv").write_bytes(b"\xef\xbb\xbf" + rows.replace("\n", "\r\n").encode())
    words = ("--target", "hardware=h1", "--metric", "time", "--json")
    first, second = (json.loads(call("fit", name, *words).out) for name in ("unix.csv", "windows.csv"))
    assert first == second


def test_a_truncated_gzip_file_is_refused(call: Any) -> None:
    """It is not read up to where it ends."""
    path = Path("runs.csv.gz")
    path.write_bytes(gzip.compress((HEAD + ROWS).encode())[:-12])
    refused(call("fit", path, "--metric", "time"), ["runs.csv.gz", "truncated gzip"])


def truncate(path: Path) -> None:
    """Keep the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def make_older(path: Path) -> None:
    """Give a model file another version."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["model.json"] = json.dumps({**json.loads(members["model.json"]), "version": 99}).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (truncate, "not a model file, or a damaged one"),
        (make_older, "model file of version 99, expected 2"),
        (lambda path: path.write_text("time,1\n", encoding="utf-8"), "not a model file, or a damaged one"),
        (Path.unlink, "no such model file"),
    ],
    ids=["truncated", "other-version", "no-model", "missing"],
)
@pytest.mark.parametrize("verb", ["predict", "best"])
def test_a_model_file_that_cannot_be_used_is_refused(
    call: Any, model: Path, runs: Path, verb: str, damage: Callable[[Path], object], text: str
) -> None:
    """The line names the file and says to fit the model again, or to write one."""
    copy = Path("copy.tperf")
    copy.write_bytes(model.read_bytes())
    damage(copy)
    more = (runs, "-o", "out.csv") if verb == "predict" else ()
    refused(call(verb, copy, *more), ["copy.tperf", text, "fit"])
    assert not Path("out.csv").exists()


@pytest.mark.parametrize("old", [None, "what stood there"])
def test_a_full_disk_leaves_the_old_file(
    call: Any, model: Path, runs: Path, monkeypatch: pytest.MonkeyPatch, old: str | None
) -> None:
    """Exit code 2; the file is the old one or none, and no temporary file is left."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = Path("out.csv")
    if old is not None:
        path.write_text(old, encoding="utf-8")
    monkeypatch.setattr(os, "fsync", full)
    kept = ["the old file is kept"] if old else []
    refused(call("predict", model, runs, "-o", path), ["out.csv could not be written", "No space left", *kept])
    assert [found.read_text(encoding="utf-8") for found in Path().iterdir()] == ([old] if old else [])

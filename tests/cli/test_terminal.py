"""What people see: tables that are whole, numbers that can be read, notes aside."""

import json
import math
import re
import warnings

import numpy as np
import pandas as pd
import pytest

from transferperf.cli.terminal import cell, notes_aside, progress, say, table_text, to_json
from transferperf.errors import TransferPerfWarning


def test_a_table_without_a_terminal_is_never_cut() -> None:
    """Sixty wide columns stand in one line each."""
    frame = pd.DataFrame({f"option_with_a_long_name_{k}": ["value" * 4] * 9 for k in range(60)})
    lines = table_text(frame).splitlines()
    assert len(lines) == 2 + 9
    assert lines[0].split() == list(frame)
    assert lines[2].split() == ["value" * 4] * 60


def test_a_narrow_terminal_turns_a_short_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Options become lines; nothing is left out, and no line is wider than the terminal."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    frame = pd.DataFrame({f"option_{k}": [k, k + 1] for k in range(14)})
    lines = [re.sub("\x1b[^m]*m", "", line) for line in table_text(frame).splitlines()]
    assert [line.split() for line in lines if "option_13" in line] == [["option_13", "13", "14"]]
    assert max(map(len, lines)) <= 60


def test_markup_in_a_name_is_shown() -> None:
    """Square brackets and colons are text, and no order to the terminal."""
    text = table_text(pd.DataFrame({"a [bold] name": ["[red]value[/red] :smile:"]}))
    assert "a [bold] name" in text
    assert "[red]value[/red] :smile:" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00012345678, "0.0001235"), (123456.78, "123457"), (-3.0, "-3"), (math.inf, "inf"), (True, "True"), (7, "7")],
)
def test_a_cell_shows_four_digits(value: object, text: str) -> None:
    """Whole numbers stay whole, and what is no number stays as it is."""
    assert cell(value) == text


def test_json_holds_no_nan() -> None:
    """Values of numpy become plain ones, what is not finite null, and a path text."""
    document = {"a": np.float64(1.5), "b": [math.nan, np.int64(2), None, True], "c": {"d": -math.inf}}
    assert json.loads(to_json(document)) == {"a": 1.5, "b": [None, 2, None, True], "c": {"d": None}}


def test_only_our_warnings_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, every time; those of other libraries are dropped."""
    with notes_aside():
        warnings.simplefilter("default", DeprecationWarning)
        for _ in range(2):
            warnings.warn("option 'x'\nhas one value", TransferPerfWarning, stacklevel=1)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert capsys.readouterr() == ("", "note: option 'x' has one value\n" * 2)


@pytest.mark.parametrize("counted", [False, True])
def test_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str], counted: bool) -> None:
    """A log or a pipe holds what was said meanwhile, and nothing else."""
    with progress("fitting", counted=counted) as step:
        step(1, 2, "fitting more")
        say("a line")
    assert capsys.readouterr() == ("a line\n", "")

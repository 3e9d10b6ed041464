"""Files of what describes environments, on the command line."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

WORDS = ("--metric", "time", "--target", "hardware=h9", "--unmeasured", "--descriptors", "machines.csv")
MACHINES = "hardware,cores\nh1,1\nh2,2\nh3,3\nh9,6\n"


@pytest.fixture
def described(tmp_path: Path, runs: Path) -> Path:
    """Measurements in three environments, beside a file of the cores that each has."""
    (tmp_path / "machines.csv").write_text(MACHINES)
    path = tmp_path / "some.csv"
    pd.read_csv(runs).drop(columns="memory").to_csv(path, index=False)
    return path


@pytest.mark.parametrize("verb", ["fit", "best"])
def test_a_described_environment_needs_no_measurement(call: Any, described: Path, verb: str) -> None:
    """Both verbs that show a model take the file."""
    ended = call(verb, described, *WORDS, "--json")
    assert ended.code == 0
    assert [expert["name"] for expert in json.loads(ended.out)["experts"]] == ["descriptors"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MACHINES.replace("h9,6\n", ""), "the descriptors have 0 rows for hardware=h9; expected one"),
        (MACHINES.replace("hardware", "machine"), "expected one of the factors hardware"),
        (None, "machines.csv: no such file"),
    ],
    ids=["no row", "no factor", "no file"],
)
def test_wrong_descriptors_are_one_line(call: Any, described: Path, text: str | None, told: str) -> None:
    """It says what came, what was expected and what to do."""
    if text is None:
        Path("machines.csv").unlink()
    else:
        Path("machines.csv").write_text(text)
    ended = call("fit", described, *WORDS)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert told in ended.err


def test_a_fitted_model_takes_no_descriptors(call: Any, model: Path, described: Path) -> None:
    """They tell how to fit one."""
    ended = call("best", model, "--descriptors", described)
    assert ended.code == 2
    assert "is fitted already" in ended.err

"""Every experiment runs to its end in its short form, and what experiments share does what it says."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
EXPERIMENTS = sorted(ROOT.glob("experiments/*/run.py"))


@pytest.mark.parametrize("program", EXPERIMENTS, ids=lambda program: program.parent.name)
def test_an_experiment_runs_in_its_short_form(program: Path, tmp_path: Path) -> None:
    """`run.py --smoke` takes every step of the experiment in seconds, from a folder that is not its own."""
    for folder in ("measurements", "systems"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    command = [sys.executable, str(program), "--smoke"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("program", EXPERIMENTS, ids=lambda program: program.parent.name)
def test_an_experiment_says_its_question(program: Path) -> None:
    """An experiment has a README.md that says what is asked and what is expected."""
    assert (program.parent / "README.md").read_text(encoding="utf-8").startswith("# ")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What the experiments on public measurements share."""
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    return importlib.import_module("bench.standin")


def test_a_fit_that_is_done_is_not_made_again(bench: ModuleType, tmp_path: Path) -> None:
    """A second run of the same command makes no fit, and leaves the rows as they are."""
    bench.write_stand_in(tmp_path / "data")
    rows, program = tmp_path / "rows.csv", ROOT / "experiments" / "01_published_models" / "run.py"
    command = [sys.executable, str(program), "--runs", "2", "--jobs", "1", "--data", str(tmp_path / "data")]
    command += ["--rows", str(rows), "--only", "n=11", "--only", "model=ridge on log sources"]
    first = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    made = rows.read_text()
    second = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    assert first.stdout.count(": 2 fits") == second.stdout.count(": 0 fits") == 3
    assert rows.read_text() == made
    assert len(made.splitlines()) == 1 + 3 * 2


@pytest.mark.usefixtures("bench")
def test_scores_are_those_of_a_worked_example() -> None:
    """Errors, coverage and interval score of four rows, one of them at the cap, are as counted by hand."""
    module = importlib.import_module("bench.scores")
    y, point = np.array([1.0, 2.0, 4.0, 9.0]), np.array([2.0, 2.0, 2.0, 9.0])
    forecast = module.Forecast.of_point(point, np.array([0.0, 1.0, 1.0, 0.0]), np.array([2.0, 3.0, 3.0, 1.0]))
    scores = module.scores(y, forecast, cap=9.0)
    assert scores["mre"] == pytest.approx((100 + 0 + 50 + 0) / 4)
    assert scores["log_mae"] == pytest.approx(2 * np.log(2) / 3)
    assert scores["coverage"] == pytest.approx(2 / 3)
    assert scores["interval_score"] == pytest.approx((2 + 2 + 2 + 20 * 1) / 3)


@pytest.mark.usefixtures("bench")
def test_the_forest_answers_with_quantiles_of_its_leaves() -> None:
    """Where all rows with equal options scatter, the forest's interval holds about as many new ones as it says."""
    module, stream = importlib.import_module("bench.baselines"), np.random.default_rng(0)
    X, none = np.zeros((300, 1)), np.empty((0, 0))
    y, y_test = np.exp(stream.normal(size=(2, 300)))
    made = module.forest_log(module.Split(X=X, y=y, S=none, X_test=X, y_test=y_test, S_test=none), 0)
    assert 0.8 < np.mean((made.low <= y_test) & (y_test <= made.high)) < 0.97


def test_nothing_is_forgotten_where_nothing_is_done(bench: ModuleType, tmp_path: Path) -> None:
    """A file of rows without a row is still one after its fits were to be made again."""
    rows = importlib.import_module(bench.__name__.replace("standin", "rows"))
    ledger = rows.Ledger(path=tmp_path / "rows.csv", key=("system", "n"), scores=("mre",), only={})
    ledger.open()
    ledger.forget()
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8") == "system,n,mre\n"
    assert ledger.done() == set()
    assert len(ledger.read()) == 0


def test_a_new_file_begins_with_what_is_kept(bench: ModuleType, tmp_path: Path) -> None:
    """Fits that are kept are done; a file that is there already stays as it is, and kept ones need the same columns."""
    rows = importlib.import_module(bench.__name__.replace("standin", "rows"))
    kept = tmp_path / "kept.csv"
    kept.write_text("system,n,mre\nx264,12,1.5\n", encoding="utf-8")
    ledger = rows.Ledger(path=tmp_path / "rows.csv", key=("system", "n"), scores=("mre",), only={})
    ledger.open(kept)
    assert ledger.done() == {("x264", "12")}
    ledger.append({"system": "x264", "n": 30, "mre": 1.0})
    ledger.open(kept)
    assert ledger.done() == {("x264", "12"), ("x264", "30")}
    other = rows.Ledger(path=tmp_path / "other.csv", key=("system",), scores=("mre",), only={})
    with pytest.raises(ValueError, match="expected system,mre"):
        other.open(kept)

"""Live tuning: what the compared tuners do, and how their answers are compared."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from transferperf.data.measurement import Measurement, Status
from transferperf.space import Configuration, ConfigurationSpace, Environment, parse_space

FOLDER = Path(__file__).parents[2] / "experiments" / "14_live_tuning"
SPACE = {
    "options": [
        {"name": "mode", "levels": ["plain", "tree"]},
        {"name": "window", "type": "integer", "levels": [1, 2, 3, 4], "default": 4},
        {"name": "table", "type": "integer", "levels": [1, 2, 3, 4], "only_if": {"mode": ["tree"]}},
    ],
    "formula": ["table <= window"],
}


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The experiment's own modules; their names are those of other experiments too, so they are loaded by path."""
    monkeypatch.syspath_prepend(str(FOLDER.parent))
    modules = ModuleType("live_tuning")
    for name in ("findings", "tuners"):
        spec = importlib.util.spec_from_file_location(f"live_{name}", FOLDER / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        setattr(modules, name, module)
    return modules


@pytest.fixture
def space() -> ConfigurationSpace:
    """A condition and a formula."""
    return parse_space(SPACE)


def measured(configuration: Configuration, value: float) -> Measurement:
    """One that took so long."""
    return Measurement(configuration=configuration, environment=Environment.of({}), repeats={"time": (value,)})


def test_tpe_asks_for_valid_configurations_alone(live: ModuleType, space: ConfigurationSpace) -> None:
    """None breaks the formula, and what does not matter is at its default; the answer is the best that it was told."""
    tuner = live.tuners.TPE(space, "time", seed=0)
    told = {}
    for k in range(25):
        asked = tuner.ask()
        assert space.contains(asked)
        assert asked == space.canonical(asked)
        value = float(asked["window"]) + 0.001 * k
        told[value] = asked
        tuner.tell(measured(asked, value))
    assert tuner.answer() == told[min(told)]


def test_what_failed_is_nobodys_answer(live: ModuleType, space: ConfigurationSpace) -> None:
    """Chance and TPE answer with one that ran, though others failed."""
    for tuner in (live.tuners.AtRandom(space, "time", 3, 0), live.tuners.TPE(space, "time", 0)):
        first, second, third = tuner.ask(), None, None
        tuner.tell(Measurement(configuration=first, environment=Environment.of({}), status=Status.FAILED, reason="no"))
        second = tuner.ask()
        tuner.tell(measured(second, 2.0))
        third = tuner.ask()
        tuner.tell(measured(third, 1.0))
        assert tuner.answer() == third


def test_ratios_over_runs_are_those_of_a_worked_example(live: ModuleType) -> None:
    """Twice and eight times ours is four times over both runs, and both are beyond their own intervals."""
    again = np.array([1.0, 1.01, 0.99])
    rows = [
        {"system": "s", "run": str(run), "model": model, "again": " ".join(map(str, times * again)), "costs": costs}
        for run, slower in enumerate((2, 8))
        for model, times, costs in ((live.findings.DEFAULT, slower, np.nan), (live.findings.OURS, 1, "3 1 2"))
    ]
    table = pd.DataFrame([*live.findings.compared(pd.DataFrame(rows))])
    assert table["while tuning (ms)"].dropna().tolist() == [1000.0, 1000.0]
    (row,) = live.findings.over_runs(table)
    assert row["times ours"] == pytest.approx(4)
    assert (row["runs"], row["ours faster"], row["ours slower"]) == (2, 2, 0)
    half = 12.706 * np.log(8 / 2) / 2  # t of one degree of freedom, standard error of two logs
    assert np.log([row["low"], row["high"]]) == pytest.approx([np.log(4) - half, np.log(4) + half], rel=1e-3)

"""What a tuner is told: what it keeps of it, and what it refuses in one line."""

import math

import pytest

from transferperf.data.design import design
from transferperf.data.measurement import Measurement
from transferperf.data.table import MeasurementTable
from transferperf.errors import DataError, SpaceError, UnknownNameError
from transferperf.metric import Metric
from transferperf.space import BinaryOption, ChoiceOption, ConfigurationSpace, Environment, Exclusion, IntegerOption
from transferperf.study.tuner import Tuner

SPACE = ConfigurationSpace(
    (
        ChoiceOption(name="journal", levels=("delete", "wal", "off")),
        IntegerOption(name="cache", levels=(1, 2, 4, 8), scale="log"),
        BinaryOption(name="sync"),
        BinaryOption(name="mmap"),
    ),
    (Exclusion(values=(("journal", ("off",)), ("sync", (1,))), reason="nothing to sync"),),
)
TARGET = {"hardware": "h2"}
HERE = Environment.of(TARGET)


@pytest.fixture
def table() -> MeasurementTable:
    """One source."""
    frame = design(SPACE, 20, "random", 0)
    frame = frame.assign(hardware="h1", time=1.0 + frame["mmap"] + 8 / frame["cache"])
    return MeasurementTable(frame, SPACE, ("hardware",), (Metric("time", unit="s"), Metric("bytes")))


def new_tuner(table: MeasurementTable, transfer: str = "auto") -> Tuner:
    """A tuner of the target."""
    return Tuner(table, metric="time", target=TARGET, budget=10, transfer=transfer)


def test_what_really_ran_is_remembered_beside_what_was_asked(table: MeasurementTable) -> None:
    """A system that ran something else answers the suggestion: it is not asked for again."""
    tuner = new_tuner(table)
    first = tuner.ask()
    ran = {**first, "mmap": 1 - int(first["mmap"])}
    tuner.tell(
        first, Measurement(configuration=ran, environment=HERE, repeats={"time": (2.0, 2.2), "wall": (3.0, 3.1)})
    )
    assert tuner.best().configuration == SPACE.canonical(ran)
    assert tuner.best().mean == pytest.approx(2.1)
    assert not tuner.state.pending
    assert tuner.ask() not in (first, ran)


def test_another_environment_may_be_told(table: MeasurementTable) -> None:
    """It becomes a row of a source, and costs nothing of a number of measurements."""
    tuner = new_tuner(table)
    tuner.tell(SPACE.default, {"time": 9.0, "bytes": 5}, environment={"hardware": "h3"})
    assert Environment.of({"hardware": "h3"}) in tuner.state.table.environments
    assert tuner.state.left == 10


@pytest.mark.parametrize("value", [math.nan, math.inf, "fast", "1.0", True, [1.0], {"time": None}])
def test_what_is_no_finite_number_is_refused(table: MeasurementTable, value: float) -> None:
    """One line names the metric and what came; nothing is remembered."""
    tuner = new_tuner(table)
    with pytest.raises(DataError, match="value of metric 'time' is"):
        tuner.tell(SPACE.default, value)
    assert len(tuner.state.table) == len(table)


def test_what_does_not_fit_is_refused(table: MeasurementTable) -> None:
    """Missing and unknown options, broken constraints, unknown metrics, environments and statuses: one line each."""
    tuner, default = new_tuner(table), SPACE.default
    with pytest.raises(SpaceError, match="configuration lacks journal"):
        tuner.tell({k: v for k, v in default.items() if k != "journal"}, 1.0)
    with pytest.raises(UnknownNameError, match="unknown option 'jurnal'"):
        tuner.tell({**default, "jurnal": 1}, 1.0)
    with pytest.raises(SpaceError, match="cache is 16"):
        tuner.tell({**default, "cache": 16}, 1.0)
    with pytest.raises(SpaceError, match="nothing to sync"):
        tuner.tell({**default, "journal": "off", "sync": 1}, 1.0)
    with pytest.raises(UnknownNameError, match="unknown metric 'tme'"):
        tuner.tell(default, {"tme": 1.0})
    with pytest.raises(DataError, match="value of metric 'time' is missing"):
        tuner.tell(default, {"bytes": 1.0})
    with pytest.raises(DataError, match="ok but has no value"):
        tuner.tell(default)
    with pytest.raises(UnknownNameError, match="unknown status 'crashed'"):
        tuner.tell(default, status="crashed")
    with pytest.raises(UnknownNameError, match="unknown environment factor 'storage'"):
        tuner.tell(default, 1.0, environment={"storage": "disk"})
    with pytest.raises(DataError, match="cost_s is -1"):
        tuner.tell(default, 1.0, cost_s=-1)
    assert len(tuner.state.table) == len(table)


def test_what_a_tuner_cannot_begin_with_is_refused(table: MeasurementTable) -> None:
    """Unknown metrics, targets and modes are said before anything is asked for."""
    with pytest.raises(UnknownNameError, match="unknown metric 'speed'"):
        Tuner(table, metric="speed", target=TARGET, budget=3)
    with pytest.raises(UnknownNameError, match="unknown environment factor 'disk'"):
        Tuner(table, metric="time", target={"disk": "d1"}, budget=3)
    with pytest.raises(UnknownNameError, match="unknown transfer mode 'magic'"):
        new_tuner(table, transfer="magic")

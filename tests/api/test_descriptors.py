"""Claims about environments that are described: a system whose time depends smoothly on its cores."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import transferperf as tp
from transferperf.errors import NotEnoughDataError, SpaceError, TransferPerfWarning

X = np.array(list(np.ndindex(2, 2, 2, 2)), dtype=int)
OPTIONS = pd.DataFrame(X, columns=["a", "b", "c", "d"])
CORES = (1, 2, 4, 6, 8)
MACHINES = pd.DataFrame({"hardware": [f"h{c}" for c in (*CORES, 3, 64)], "cores": (*CORES, 3, 64)})


def time_s(cores: int) -> np.ndarray:
    """Time of all configurations: with option a the work is shared by the cores."""
    return 10 * (1 + X[:, 1] + 0.5 * X[:, 2]) / np.where(X[:, 0] == 1, cores**0.8, 1.0)


def measured(factor: str, *, n_target: int = 0) -> tp.MeasurementTable:
    """Five machines, and some rows of one with three cores, that are named by their cores or as h1, h2 ..."""
    stream, frames = np.random.default_rng(0), []
    for cores in (*CORES, 3):
        frame = OPTIONS.assign(time_s=time_s(cores) * np.exp(0.01 * stream.normal(size=len(X))))
        frame[factor] = cores if factor == "cores" else f"h{cores}"
        frames.append(frame if cores != 3 else frame[:n_target])
    return tp.read_frame(pd.concat(frames, ignore_index=True), metrics=["time_s"], environment=[factor])


@cache
def model(cores: int) -> tp.PerformanceModel:
    """A model of a machine that was not measured, with a factor that is a number."""
    return tp.fit(measured("cores"), metric="time_s", target={"cores": cores}, transfer="descriptors")


def width(fitted: tp.PerformanceModel) -> np.ndarray:
    """Width of the interval of each configuration, as a ratio of its ends."""
    low, high = fitted.predict(OPTIONS).interval()
    return high / low


def test_a_machine_between_others_is_predicted_well() -> None:
    """With three cores, between two and four, the median relative error is under 10 %."""
    assert np.median(np.abs(model(3).predict(OPTIONS).median / time_s(3) - 1)) < 0.1


def test_intervals_grow_with_the_distance() -> None:
    """Every configuration of a machine with 64 cores is less certain than with three, and 16 cores are in between."""
    assert (width(model(64)) > width(model(16))).all()
    assert (width(model(16)) > width(model(3))).all()


def test_a_table_describes_machines_that_have_names() -> None:
    """What cores each hardware has may be said beside the measurements, and then says the same."""
    with pytest.warns(
        TransferPerfWarning, match=r"0 measured configurations.*5 sources tell.*hardware, cores.*farther"
    ):
        named = tp.fit(measured("hardware"), metric="time_s", target={"hardware": "h3"}, descriptors=MACHINES)
    assert [expert.name for expert in named.predictor.experts] == ["descriptors"]
    assert "Environments are compared by hardware, cores." in named.summary()
    assert np.median(np.abs(named.predict(OPTIONS).median / time_s(3) - 1)) < 0.2


def test_without_numbers_the_target_is_what_all_sources_say() -> None:
    """Names alone do not tell how machines differ, and it is said what is missing where descriptors are asked for."""
    table = measured("hardware")
    plain = tp.fit(table, metric="time_s", target={"hardware": "h3"}, transfer="sources-only")
    assert [expert.name for expert in plain.predictor.experts] == ["sources only"]
    with pytest.raises(NotEnoughDataError, match=r"has 5 sources, described by hardware; it needs 3, and a number"):
        tp.fit(table, metric="time_s", target={"hardware": "h3"}, transfer="descriptors")


def test_two_target_rows_change_nothing() -> None:
    """They are too few for evidence, and the user is told."""
    with pytest.warns(TransferPerfWarning, match="2 measured configurations"):
        few = tp.fit(measured("cores", n_target=2), metric="time_s", target={"cores": 3})
    np.testing.assert_array_equal(few.predict(OPTIONS).mean, model(3).predict(OPTIONS).mean)


def test_three_target_rows_are_evidence() -> None:
    """From there on the experts are weighed as in any target."""
    known = tp.fit(measured("cores", n_target=6), metric="time_s", target={"cores": 3})
    assert "no transfer" in [expert.name for expert in known.predictor.experts]


def test_a_described_model_survives_saving(tmp_path: Path) -> None:
    """It predicts the same, says the same, and still answers conditions on other metrics."""
    table = measured("hardware")
    frame = table.frame.assign(size_b=100 + 50 * table.frame["b"])
    two = tp.read_frame(frame, metrics=["time_s", "size_b"])
    target, mode = {"hardware": "h3"}, "sources-only"
    fitted = tp.fit(two, metric="time_s", target=target, transfer=mode, descriptors=MACHINES)
    fitted.save(tmp_path / "m.tperf")
    again = tp.load(tmp_path / "m.tperf")
    np.testing.assert_array_equal(again.predict(OPTIONS).std, fitted.predict(OPTIONS).std)
    assert again.summary() == fitted.summary()
    assert again.best(where=["size_b <= 120"])["b"].tolist() == [0]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (MACHINES[:-2], "0 rows for hardware=h3"),
        (MACHINES.rename(columns={"hardware": "machine"}), "expected one of the factors hardware"),
        (MACHINES.assign(cores=[*CORES, np.nan, 64]), "'cores' of hardware=h3 is empty"),
    ],
    ids=["missing", "no factor", "empty"],
)
def test_wrong_descriptors_are_one_line(frame: pd.DataFrame, message: str) -> None:
    """What is missing is named."""
    with pytest.raises(SpaceError, match=message) as caught:
        tp.fit(measured("hardware"), metric="time_s", target={"hardware": "h3"}, descriptors=frame)
    assert "\n" not in str(caught.value)

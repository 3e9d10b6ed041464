"""Weighted sums of metrics: read as they are written, computed row by row, and refused where they make no sense."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.data.measurement import Measurement
from transferperf.data.table import MeasurementTable
from transferperf.data.weighted_sum import metrics_in, split_sum, weighted_sum
from transferperf.errors import DataError, UnknownNameError
from transferperf.metric import Metric
from transferperf.space import BinaryOption, ConfigurationSpace, Environment

METRICS = (Metric("time", unit="s"), Metric("size"), Metric("psnr-y", unit="dB", direction="max"))
SPACE = ConfigurationSpace((BinaryOption(name="fast"), BinaryOption(name="small")))
SUM = "2 * time + 0.5 * size - `psnr-y`"


def table() -> MeasurementTable:
    """Five rows: a repeat, one without all values, and one that failed."""
    frame = pd.DataFrame(
        {
            "fast": [0, 0, 1, 0, 1],
            "small": [0, 0, 0, 1, 1],
            "time": [1.0, 3.0, 2.0, 5.0, 1.0],
            "size": [4.0, 4.0, 6.0, np.nan, 1.0],
            "psnr-y": [0.0, 0.0, 1.0, 1.0, 0.0],
            "status": ["ok", "ok", "ok", "ok", "failed"],
        }
    )
    return MeasurementTable(frame, SPACE, (), METRICS)


def test_rows_with_all_of_its_metrics_have_a_sum() -> None:
    """Means over repeats, without what failed or lacks a value."""
    metric = table().metric(SUM)
    samples = table().samples(metric, Environment())
    assert samples.y.tolist() == [2 * 2.0 + 2.0, 4.0 + 3.0 - 1.0]
    assert samples.n_repeats.tolist() == [2, 1]
    assert (metric.name, metric.direction, metric.unit) == (SUM, "min", "")


def test_a_measurement_has_the_same_sum_as_its_rows() -> None:
    """Told to a table or looked at alone."""
    measured = Measurement(
        configuration={"fast": 1, "small": 1},
        environment=Environment(),
        repeats={"time": (1.0, 2.0), "size": (2.0, 2.0), "psnr-y": (0.5, 0.5)},
    )
    metric = table().metric(SUM)
    assert measured.values(metric.name) == (2.5, 4.5)
    assert measured.mean(metric.name) == 3.5
    assert table().outcomes_of(measured, metric).y.tolist() == [2.5, 4.5]
    grown = table().concatenate([measured])
    assert grown.outcomes(metric, Environment()).y[-2:].tolist() == [2.5, 4.5]


@given(
    st.dictionaries(st.sampled_from(["time", "size", "a-b", "x y", "e1"]), st.floats(0.01, 1e6), min_size=1), st.data()
)
def test_one_sum_has_one_name(weights: dict[str, float], data: st.DataObject) -> None:
    """What its name says is the sum again, so that a table, a store and a model file know it by its name alone."""
    signed = {name: weight * data.draw(st.sampled_from([1, -1])) for name, weight in weights.items()}
    text = " ".join(f"{'-' if w < 0 else '+'} {abs(w)!r} * `{name}`" for name, w in signed.items()).removeprefix("+ ")
    metric = weighted_sum(text, [Metric(name) for name in weights])
    assert metric is not None
    assert (split_sum(metric.name) or {metric.name.strip("`"): 1.0}) == pytest.approx(signed)
    again = weighted_sum(metric.name, [Metric(name) for name in weights])
    assert (len(weights) == 1 and 1.0 in signed.values()) or again == metric


def test_the_name_of_a_metric_is_no_sum() -> None:
    """Even where it could be read as one; and neither is what speaks of no metric that is known."""
    odd = MeasurementTable(table().frame, SPACE, (), (Metric("time"), Metric("size"), Metric("time - size", unit="s")))
    assert odd.metric("time - size").unit == "s"
    with pytest.raises(UnknownNameError, match="unknown metric 'run-time'"):
        table().metric("run-time")
    assert metrics_in("time - size", ["time - size"]) == ("time - size",)
    assert metrics_in("time - size", ["time"]) == ("time", "size")
    assert metrics_in("time", []) == ("time",)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("time + sise", UnknownNameError, "unknown metric 'time \\+ sise'"),
        ("time + 0 * size", DataError, "metric 'size' has the weight 0"),
        ("time - time", DataError, "metric 'time' has the weight 0"),
        ("time + `psnr-y`", DataError, "adds 'psnr-y', of which more is better"),
        ("time * size", UnknownNameError, "unknown metric 'time \\* size'"),
        ("time + size +", UnknownNameError, "unknown metric"),
        ("time-size", UnknownNameError, "unknown metric 'time-size'"),
        ("time ** 2", UnknownNameError, "unknown metric"),
        ("2 time", UnknownNameError, "unknown metric '2 time'"),
        ("time size", UnknownNameError, "unknown metric 'time size'"),
    ],
)
def test_nonsense_is_no_sum(text: str, error: type[Exception], says: str) -> None:
    """One line says what came, and what is there."""
    with pytest.raises(error, match=says):
        table().metric(text)

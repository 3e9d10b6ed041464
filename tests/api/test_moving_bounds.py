"""The best near the best value of another metric, and of a weighted sum, under a model."""

from pathlib import Path

import numpy as np
import pytest

import transferperf as tp
from tests.cli.conftest import rows
from transferperf.errors import DataError

METRICS = ["time", "memory"]


@pytest.fixture(scope="module")
def model() -> tp.PerformanceModel:
    """Of the time in an environment with all of its rows."""
    frame = rows().query("hardware == 'h1'").drop(columns="hardware")
    return tp.fit(tp.read_frame(frame, metrics=METRICS), metric="time", target={})


@pytest.mark.parametrize("offline", [False, True])
def test_the_fastest_near_the_least_memory_is_the_best(model: tp.PerformanceModel, *, offline: bool) -> None:
    """Twice the least memory is kept to, and a wider bound is never slower."""
    frame = rows().query("hardware == 'h1'").set_index(["fast", "size", "journal"])["memory"]
    kept = [model.best(1, where=[f"memory within {share} %"], offline=offline) for share in (100, 400, 10000)]
    chosen = [frame[tuple(best.loc[0, ["fast", "size", "journal"]])] for best in kept]
    assert chosen[0] <= 2.2 * frame.min() < chosen[-1]
    assert (np.diff([best.loc[0, "mean"] for best in kept]) <= 1e-9).all()


def test_an_option_has_no_best_value(model: tp.PerformanceModel) -> None:
    """One line says so."""
    with pytest.raises(DataError, match="only a metric has a best value"):
        model.best(1, where=["size within 2 %"])


def test_a_weighted_sum_is_modelled_like_a_metric(model: tp.PerformanceModel, tmp_path: Path) -> None:
    """Fitted, asked for its best, saved and loaded by its name."""
    summed = tp.fit(model.table, metric="2 * time + 0.1 * memory", target={})
    best = summed.best(1)
    frame = rows().query("hardware == 'h1'")
    assert best.loc[0, "mean"] < 1.05 * (2 * frame["time"] + 0.1 * frame["memory"]).min()
    summed.save(tmp_path / "sum.tperf")
    assert tp.load(tmp_path / "sum.tperf").best(1).equals(best)

"""Claims about invalid configurations: their probability in a model, its file, its summary and its best."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import transferperf as tp
from tests.models.synthetic import GRID, NAMES, truth

KNOWN = truth(0, source_seed=0, n_source=60)
EVERYTHING = pd.DataFrame(GRID.astype(int), columns=NAMES)
TARGET = {"workload": "target"}


def with_invalid(frame: pd.DataFrame, is_invalid: Any) -> pd.DataFrame:
    """The same measurements, some of which failed and have no value."""
    return frame.assign(
        status=np.where(is_invalid, "invalid", "ok"), time_s=np.where(is_invalid, np.nan, frame["time_s"])
    )


@pytest.fixture(scope="module")
def model() -> tp.PerformanceModel:
    """A model where everything with the first option on is invalid, in source and target."""
    frame = KNOWN.table.frame
    return tp.fit(
        tp.read_frame(with_invalid(frame, frame["o0"] == 1), metrics=["time_s"]), metric="time_s", target=TARGET
    )


def test_what_was_never_invalid_is_valid() -> None:
    """No row was invalid: P is 1, nothing is fitted, and neither summary nor `how` speaks of it."""
    plain = tp.fit(KNOWN.table, metric="time_s", target=TARGET, transfer="none")
    assert plain.feasibility is None
    assert (plain.p_valid(EVERYTHING) == 1).all()
    assert "Valid" not in plain.summary()
    assert "invalid" not in plain.best().how


def test_the_invalid_region_is_known(model: tp.PerformanceModel) -> None:
    """Every configuration is on the right side of one half."""
    np.testing.assert_array_equal(model.p_valid(EVERYTHING) < 0.5, EVERYTHING["o0"] == 1)


def test_the_best_configurations_are_likely_to_be_valid(model: tp.PerformanceModel) -> None:
    """None of the best is invalid, they are the best of the valid ones, and the answer says what was left out."""
    best = model.best(k=5, where=["o1 == 1"])
    assert (best["o0"] == 0).all()
    assert (best["o1"] == 1).all()
    assert "likely invalid" in best.how
    valid = EVERYTHING[EVERYTHING["o0"] == 0]
    assert model.predict(model.best()[NAMES]).median[0] == pytest.approx(model.predict(valid).median.min())


def test_where_nothing_is_likely_the_likeliest_are_searched() -> None:
    """Four of five configurations are invalid, whatever their options: the best is the likeliest that was measured."""
    frame = KNOWN.table.frame[KNOWN.table.frame["workload"] == "target"].drop(columns="workload")
    table = tp.read_frame(with_invalid(frame, np.arange(len(frame)) % 5 != 0), metrics=["time_s"])
    model = tp.fit(table, metric="time_s")
    likelihood = model.p_valid(table.configurations())
    assert likelihood.max() < 0.5
    assert model.p_valid(model.best(observed_only=True)) == pytest.approx([likelihood.max()])


def test_the_summary_says_how_many_are_valid(model: tp.PerformanceModel) -> None:
    """The share of the target's configurations."""
    here = model.table.frame["workload"] == "target"
    share = (model.table.frame.loc[here, "status"] == "ok").mean()
    assert f"Valid: {100 * share:.0f} % of the measured configurations" in model.summary()


def test_a_saved_model_knows_what_is_valid(model: tp.PerformanceModel, tmp_path: Path) -> None:
    """The same probabilities after saving and loading, and equal models are equal files."""
    model.save(tmp_path / "one.tperf")
    again = tp.load(tmp_path / "one.tperf")
    np.testing.assert_array_equal(again.p_valid(EVERYTHING), model.p_valid(EVERYTHING))
    again.save(tmp_path / "two.tperf")
    assert (tmp_path / "one.tperf").read_bytes() == (tmp_path / "two.tperf").read_bytes()

"""Claims about experts on the scale of the sources."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from transferperf.data import read_frame
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.models import TransferPredictor, fit
from transferperf.models.carried import CarriedExpert
from transferperf.models.rows import Rows
from transferperf.models.state import dump, restore
from transferperf.models.target import Views
from transferperf.models.warping import Warping
from transferperf.space import Environment

D = 7
GRID = np.array(list(np.ndindex(*(2,) * D)), dtype=int)
NAMES = [f"o{j}" for j in range(D)]
TIME = Metric("time_s", unit="s")
TARGET = Environment.of({"workload": "target"})


def additive(seed: int = 0) -> np.ndarray:
    """Seconds to which options add, over more than a decade, shape (128,)."""
    return (
        1.0 + GRID @ np.array([8.0, 4.0, 2.0, 1.0, 0.5, 0.2, 0.1]) + 0.3 * np.random.default_rng(seed).random(len(GRID))
    )


def table(target: np.ndarray, n: int) -> MeasurementTable:
    """All of a source in which options add, and n rows of a target."""
    at = np.random.default_rng(1).permutation(len(GRID))[:n]
    frames = [
        pd.DataFrame(rows, columns=NAMES).assign(workload=name, time_s=values)
        for name, rows, values in (("source", GRID, additive()), ("target", GRID[at], target[at]))
    ]
    return read_frame(pd.concat(frames, ignore_index=True), metrics=[TIME])


@pytest.fixture(scope="module")
def shifted() -> TransferPredictor:
    """A target that takes thirty seconds more than twice the source, seen at 9 rows."""
    return fit(table(30.0 + 2.0 * additive(), 9), metric=TIME, target=TARGET)


def carried(predictor: TransferPredictor) -> list[tuple[float, CarriedExpert]]:
    """The experts on the sources' scale, with their weights."""
    pairs = zip(predictor.weights, predictor.experts, strict=True)
    return [(float(weight), expert) for weight, expert in pairs if isinstance(expert, CarriedExpert)]


def test_a_linear_shift_is_seen_on_the_sources_scale(shifted: TransferPredictor) -> None:
    """The source stands on its own scale, the target's few rows on a logarithmic one: the carried experts lead."""
    assert shifted.background.sources.models[0].warping.kind == "identity"
    assert shifted.warping.kind == "log"
    assert sum(weight for weight, _ in carried(shifted)) > 0.5
    said = shifted.predict(GRID.astype(float)).median
    assert np.median(np.abs(said / (30.0 + 2.0 * additive()) - 1)) < 0.01


def test_no_expert_is_carried_where_the_scales_are_one() -> None:
    """A target whose own rows ask for the source's scale is fitted there."""
    predictor = fit(table(additive(seed=1), 90), metric=TIME, target=TARGET)
    assert predictor.warping.kind == predictor.background.sources.models[0].warping.kind
    assert carried(predictor) == []


def test_what_is_carried_is_the_same_in_the_metrics_unit(shifted: TransferPredictor) -> None:
    """Median, and the quantiles one deviation away, mean the same on both scales as far as both are smooth."""
    _, expert = carried(shifted)[0]
    said = expert.expert.evidence
    inner, outer = expert.own.unwarp(said.mean), expert.scale.unwarp(expert.evidence.mean)
    np.testing.assert_allclose(inner, outer, rtol=1e-9)
    spread = expert.scale.unwarp(expert.evidence.mean + np.sqrt(expert.evidence.variance))
    np.testing.assert_allclose(spread, expert.own.unwarp(said.mean + np.sqrt(said.total_variance)), rtol=0.05)


def test_it_survives_json_and_arrays(shifted: TransferPredictor) -> None:
    """A model file holds the process and both scales."""
    values, arrays = dump(shifted)
    again = restore(json.loads(json.dumps(values)), arrays)
    X = GRID.astype(float)
    np.testing.assert_allclose(again.predict(X).median, shifted.predict(X).median, rtol=1e-9)


def test_further_rows_reach_the_process_on_its_own_scale(shifted: TransferPredictor) -> None:
    """A row that came out higher raises what the expert says there."""
    _, expert = carried(shifted)[0]
    views = Views(torch.as_tensor(GRID[-1:].astype(float)), shifted.background.sources)
    before = expert.predict(views)[0]
    higher = expert.extend(views, Rows.of(views.X, before + 1.0))
    assert before < higher.predict(views)[0] <= before + 1.0


def test_a_power_that_is_known_needs_no_rows() -> None:
    """Few values stand on the power scale of many."""
    y = np.array([1.0, 4.0, 9.0])
    warping = Warping.standardising("box-cox", y, 0.5)
    assert (warping.kind, warping.power) == ("box-cox", 0.5)
    np.testing.assert_allclose(np.diff(warping.warp(y)), np.diff(np.sqrt(y)) / np.std(np.sqrt(y)), rtol=1e-9)
    assert Warping.standardising("box-cox", y).kind == "log"

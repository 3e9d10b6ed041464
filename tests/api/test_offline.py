"""Claims about the best that is chosen when nothing can be measured any more."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import transferperf as tp
from tests.models.synthetic import GRID, NAMES, truth

KNOWN = truth(0, source_seed=0, n_source=60)
EVERYTHING = pd.DataFrame(GRID.astype(int), columns=NAMES)
TARGET = {"workload": "target"}


@pytest.fixture(scope="module")
def model() -> tp.PerformanceModel:
    """Of a target with fourteen rows."""
    return tp.fit(truth(4, source_seed=4, n_target=14).table, metric="time_s", target=TARGET, transfer="none")


def upper(model: tp.PerformanceModel, configurations: pd.DataFrame) -> np.ndarray:
    """What the mean of many repeats does not exceed with probability 0.9, by the model alone."""
    return model.predict(configurations[NAMES]).response_interval(0.8)[1]


def test_the_best_are_those_that_guarantee_most(model: tp.PerformanceModel) -> None:
    """The smallest guaranteed values of all configurations, in order; none is smaller than the model's own limit."""
    best = model.best(5, offline=True)
    everything = model.best(len(EVERYTHING), offline=True)
    np.testing.assert_allclose(best["guaranteed"], np.sort(everything["guaranteed"])[:5])
    assert (everything["guaranteed"] >= upper(model, everything) * (1 - 1e-9)).all()
    assert best.exact
    assert "by what is guaranteed with 90 %" in best.how


def test_what_the_model_knows_little_of_is_not_relied_on(model: tp.PerformanceModel) -> None:
    """The best mean is another configuration, less certain, and guarantees less."""
    likely, sure = model.best(), model.best(offline=True)
    assert "guaranteed" not in likely
    assert likely["mean"][0] < sure["mean"][0]
    assert model.predict(likely[NAMES]).latent_std[0] > model.predict(sure[NAMES]).latent_std[0]
    everything = model.best(len(EVERYTHING), offline=True)
    (guaranteed,) = everything.merge(likely[NAMES])["guaranteed"]
    assert guaranteed > sure["guaranteed"][0]


def test_of_a_larger_metric_the_lower_end_is_guaranteed() -> None:
    """The guaranteed value lies below the mean, and the largest one comes first."""
    speed = tp.Metric("speed", direction="max")
    frame = KNOWN.table.frame.assign(speed=1 / KNOWN.table.frame["time_s"]).drop(columns="time_s")
    best = tp.fit(tp.read_frame(frame, metrics=[speed]), metric="speed", target=TARGET).best(9, offline=True)
    assert (best["guaranteed"] < best["mean"]).all()
    assert best["guaranteed"].is_monotonic_decreasing


def test_only_what_is_surely_valid_is_relied_on() -> None:
    """Two of five runs with the first option on failed: that is more likely valid than not, and not sure enough."""
    frame = truth(0, source_seed=0, n_source=0, n_target=120).table.frame
    is_invalid = (frame["o0"] == 1) & (np.random.default_rng(1).random(len(frame)) < 0.4)
    status = np.where(is_invalid, "invalid", "ok")
    times = np.where(is_invalid, np.nan, frame["time_s"])
    model = tp.fit(tp.read_frame(frame.assign(status=status, time_s=times), metrics=["time_s"]), metric="time_s")
    n, surest = len(EVERYTHING), model.p_valid(EVERYTHING).max()
    assert 0.5 <= model.p_valid(model.best(n)[NAMES]).min() < 0.7
    assert min(0.9, surest) * 0.94 <= model.p_valid(model.best(n, offline=True)[NAMES]).min()


def test_a_condition_on_another_metric_is_met_surely() -> None:
    """The value that the other metric keeps with probability 0.9 is within the bound, not its median alone."""
    frame = KNOWN.table.frame
    size = np.exp(2 - frame["time_s"].rank(pct=True) + 0.1 * np.random.default_rng(0).normal(size=len(frame)))
    table = tp.read_frame(frame.assign(size_mb=size), metrics=["time_s", "size_mb"])
    model, other = (tp.fit(table, metric=name, target=TARGET) for name in ("time_s", "size_mb"))
    most = float(np.median(other.predict(EVERYTHING).median))

    def largest(**how: Any) -> float:
        found = model.best(20, [f"size_mb <= {most}"], **how)
        return float(other.predict(found[NAMES]).quantile(0.9).max())

    assert largest(offline=True) <= most < largest()


def test_a_space_too_large_to_look_at_is_climbed() -> None:
    """The answer guarantees no less than any measured configuration, and does not claim to be proven."""
    stream = np.random.default_rng(0)
    X = stream.integers(2, size=(30, 20))
    frame = pd.DataFrame(X, columns=[f"o{i}" for i in range(20)]).assign(time=10 + X @ np.arange(20.0))
    model = tp.fit(tp.read_frame(frame, metrics=["time"]), metric="time")
    anywhere, measured = (model.best(offline=True, observed_only=only) for only in (False, True))
    assert not anywhere.exact
    assert anywhere["guaranteed"][0] <= measured["guaranteed"][0]

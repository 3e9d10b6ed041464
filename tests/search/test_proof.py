"""What is proven to be the best of a whole space is what looking at every configuration finds."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.synthetic import GRID, NAMES, TARGET, TIME, truth
from tests.search.test_local import spaces
from transferperf.data.csv import read_frame
from transferperf.metric import Metric
from transferperf.models import TransferPredictor, fit
from transferperf.search import Bound, Conditions, Found, Grid, Score, proof, prove
from transferperf.search.answer import best_rows
from transferperf.space import BinaryOption, ConfigurationSpace, Environment, Formula

SPACE = ConfigurationSpace(tuple(BinaryOption(name=name) for name in NAMES))


def score_of(predictor: TransferPredictor) -> Score:
    """Minus the cost that a predictor sees."""
    return lambda X: -predictor.metric.sign * predictor.predict(X).latent_mean


def poor(score: Score, grid: Grid, k: int, allowed: Callable[[pd.DataFrame], np.ndarray] | None = None) -> Found:
    """An answer that a bad climb might have found: the worst allowed configurations."""
    X = grid.cells(0, grid.space.size)
    X = X if allowed is None else X[allowed(grid.decode(X))]
    worst = best_rows(X, -score(X), k)[::-1]
    return Found(configurations=grid.decode(X[worst]), values=score(X[worst]), is_exact=False, how="badly")


def brute_force(score: Score, grid: Grid, k: int, allowed: Callable[[pd.DataFrame], np.ndarray] | None = None) -> Found:
    """The best of all configurations, looked at one by one."""
    X = grid.cells(0, grid.space.size)
    X = X if allowed is None else X[allowed(grid.decode(X))]
    best = best_rows(X, score(X), k)
    return Found(configurations=grid.decode(X[best]), values=score(X[best]), is_exact=True, how="all")


def assert_same(found: Found | None, wanted: Found) -> None:
    """The same values, and where these differ the same configurations in the same order."""
    assert found is not None
    assert found.is_exact
    np.testing.assert_allclose(found.values, wanted.values, atol=1e-9)
    if len(np.unique(wanted.values.round(6))) == len(wanted.values):
        pd.testing.assert_frame_equal(found.configurations, wanted.configurations, check_dtype=False)


@pytest.mark.parametrize("direction", ["min", "max"])
@pytest.mark.parametrize(("n_target", "n_source"), [(20, 0), (20, 100), (60, 200), (4, 100)])
@pytest.mark.parametrize("k", [1, 5])
def test_the_proven_best_is_the_best(direction: Literal["min", "max"], n_target: int, n_source: int, k: int) -> None:
    """With and without a source, few rows and many, from the worst of all starts."""
    known = truth(5, source_seed=5, n_source=n_source, n_target=n_target)
    predictor = fit(known.table, metric=replace(TIME, direction=direction), target=TARGET)
    score, grid = score_of(predictor), Grid.of(SPACE)
    found = prove(poor(score, grid, k), predictor, score, SPACE, Conditions(), k=k)
    assert_same(found, brute_force(score, grid, k))


@settings(max_examples=12)
@given(space=spaces(), seed=st.integers(0, 9), maximise=st.booleans())
def test_constraints_conditions_and_groups_are_kept(space: ConfigurationSpace, seed: int, maximise: bool) -> None:
    """The best of random spaces is the best of their valid configurations, each in its canonical form."""
    grid = Grid.of(space)
    X = grid.cells(0, space.size)
    if len(X) < 5:
        return
    stream = np.random.default_rng(seed)
    rows = grid.decode(X[stream.permutation(len(X))[:20]])
    frame = rows.assign(time_s=np.exp(stream.normal(size=len(rows))))
    metric = Metric("time_s", direction="max" if maximise else "min")
    predictor = fit(read_frame(frame, metrics=[metric], space=space), metric=metric, target=Environment())
    score = score_of(predictor)
    found = prove(poor(score, grid, 2), predictor, score, space, Conditions(), k=2)
    assert_same(found, brute_force(score, grid, 2))


def test_conditions_on_options_and_on_other_metrics_bound_the_answer() -> None:
    """With half of an option's values and half of the space by another metric's median, nothing better is left out."""
    known = truth(5, source_seed=5, n_source=100)
    size = Metric("size_b")
    noise = 20 * np.random.default_rng(0).normal(size=len(known.table.frame))  # what sources measured counts as it is
    frame = known.table.frame.assign(size_b=100 + 10 * known.table.frame["o1"] - 30 * known.table.frame["o2"] + noise)
    table = read_frame(frame, metrics=[TIME, size])
    predictor, other = (fit(table, metric=metric, target=TARGET) for metric in (TIME, size))
    most = float(np.median(other.predict(GRID).latent_mean))
    score, grid = score_of(predictor), Grid.of(SPACE)

    def allowed(configurations: pd.DataFrame) -> np.ndarray:
        X = grid.encode(configurations)
        return (configurations["o0"] == 1).to_numpy() & (other.predict(X).latent_mean <= most)

    conditions = Conditions(
        options=[("o0", lambda values: (values == 1).to_numpy())],
        bounds=[Bound(predictor=other, sign=1.0, most=most)],
        allowed=allowed,
    )
    for start in (poor(score, grid, 3, allowed), None):
        found = prove(start, predictor, score, SPACE, conditions, k=3)
        assert_same(found, brute_force(score, grid, 3, allowed))


def test_a_formula_forbids_what_it_forbids() -> None:
    """With one configuration in twenty left by a formula over all options, the best is the best of those."""
    known = truth(6, source_seed=6, n_source=100)
    space = ConfigurationSpace(SPACE.options, (Formula(holds=f"{' + '.join(NAMES)} <= 2"),))
    predictor = fit(known.table, metric=TIME, target=TARGET)
    score, grid = score_of(predictor), Grid.of(space)
    assert_same(
        prove(poor(score, grid, 2), predictor, score, space, Conditions(), k=2),
        brute_force(score, grid, 2),
    )


def test_what_only_a_source_knows_is_found() -> None:
    """A configuration that one source measured to be far better than its model says is not excluded by the model."""
    known = truth(6, source_seed=6, n_source=100, n_target=30)
    frame = known.table.frame.copy()
    at = int(np.flatnonzero((frame["workload"] == "source").to_numpy())[0])
    frame.loc[at, "time_s"] = frame["time_s"].min() / 3
    predictor = fit(read_frame(frame, metrics=[TIME]), metric=TIME, target=TARGET, transfer="linear-shift")
    score, grid = score_of(predictor), Grid.of(SPACE)
    found = prove(poor(score, grid, 1), predictor, score, SPACE, Conditions())
    assert_same(found, brute_force(score, grid, 1))
    assert found is not None
    assert list(found.configurations.iloc[0]) == list(frame.loc[at, NAMES])


def test_too_many_left_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more is left than will be asked, the climb's answer stands, unproven, with the reason."""
    known = truth(5, source_seed=5, n_source=100)
    predictor = fit(known.table, metric=TIME, target=TARGET)
    score, start = score_of(predictor), poor(score_of(predictor), Grid.of(SPACE), 1)
    monkeypatch.setattr(proof, "MOST_LEFT", 5)
    found = prove(start, predictor, score, SPACE, Conditions())
    assert found is not None
    assert not found.is_exact
    assert found.how == "badly, of which more than 5 may be better"


def test_a_model_without_bounds_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A joint model of all environments cannot be bounded: all is asked, and where that is too much, that is said."""
    known = truth(5, source_seed=5, n_source=100)
    predictor = fit(known.table, metric=TIME, target=TARGET, transfer="multi-task")
    score, grid = score_of(predictor), Grid.of(SPACE)
    start = poor(score, grid, 1)
    assert_same(prove(start, predictor, score, SPACE, Conditions()), brute_force(score, grid, 1))
    monkeypatch.setattr(proof, "MOST_LEFT", 5)
    found = prove(start, predictor, score, SPACE, Conditions())
    assert found is not None
    assert not found.is_exact
    assert found.how.endswith("as nothing bounds multi-task")

"""Suggestions: pure, immutable, and explained."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transferperf.data.design import design
from transferperf.data.table import MeasurementTable
from transferperf.errors import BudgetError
from transferperf.metric import Metric
from transferperf.models import fit
from transferperf.search import Pool, log_expected_improvement
from transferperf.search.acquisition import unlearned
from transferperf.space import BinaryOption, ConfigurationSpace, Encoding, Environment, IntegerOption
from transferperf.study.budget import Budget
from transferperf.study.outlook import Outlook
from transferperf.study.state import State
from transferperf.study.suggest import Suggestion, suggest

SPACE = ConfigurationSpace((*(BinaryOption(name=f"b{j}") for j in range(4)), IntegerOption(name="n", levels=(1, 2, 3))))
HERE = Environment()


def state_of(n: int) -> State:
    """A target with n measured configurations."""
    frame = design(SPACE, n, "random", 0)
    frame["time"] = 10.0 - 3 * frame["b0"] + 2 * frame["b1"] * frame["n"] + 0.5 * frame["b2"]
    table = MeasurementTable(frame, SPACE, (), (Metric("time", unit="s"),))
    return State(table=table, metric=table.metrics[0], target=HERE, budget=Budget.parse(99))


def test_a_suggestion_cannot_be_changed() -> None:
    """Neither its values nor the mapping it was made of change it."""
    values = {"ref": 5}
    suggestion = Suggestion(configuration=values, environment=HERE, reason="the default")
    values["ref"] = 9
    assert suggestion == {"ref": 5}
    with pytest.raises(TypeError):
        suggestion["ref"] = 9  # type: ignore[index]
    with pytest.raises(AttributeError):
        suggestion.reason = "none"  # type: ignore[misc]


def test_the_suggestion_is_the_largest_expected_improvement() -> None:
    """Of all unmeasured configurations, by brute force over the space."""
    state = state_of(13)
    predictor = fit(state.table, metric=state.metric, target=HERE)
    X = Encoding(SPACE).encode(design(SPACE, SPACE.size, "random", 1))
    known, belief = predictor.predict(state.samples.X), predictor.predict(X)
    std = unlearned(belief.latent_std, known.latent_std)
    gain = log_expected_improvement(belief.latent_mean, std, known.latent_mean.min())
    gain[(X[:, None] == state.samples.X).all(axis=2).any(axis=1)] = -np.inf
    (found,) = suggest(state, Outlook(predictor=predictor))
    assert Encoding(SPACE).encode(pd.DataFrame([dict(found)])).tolist() == [X[gain.argmax()].tolist()]


def test_suggesting_remembers_nothing() -> None:
    """The same question has the same answer; a batch begins with the answer for one."""
    state = state_of(12)
    predictor = fit(state.table, metric=state.metric, target=HERE)
    batch = suggest(state, Outlook(predictor=predictor), n=3)
    assert suggest(state, Outlook(predictor=predictor), n=3) == batch
    assert suggest(state, Outlook(predictor=predictor)) == batch[:1]


def test_pending_ones_are_believed_like_a_batch() -> None:
    """Asking for one and then for another is asking for two."""
    state = state_of(12)
    predictor = fit(state.table, metric=state.metric, target=HERE)
    one, two = suggest(state, Outlook(predictor=predictor), n=2)
    assert suggest(state.asked((state.row(one),)), Outlook(predictor=predictor)) == [two]


def test_a_batch_ends_where_the_space_does() -> None:
    """Two configurations are left of 48, and then none: one line says so."""
    state = state_of(46)
    predictor = fit(state.table, metric=state.metric, target=HERE)
    assert len(suggest(state, Outlook(predictor=predictor), n=5)) == 2
    full = state_of(48)
    with pytest.raises(BudgetError, match="nothing is left to suggest: all valid configurations are measured"):
        suggest(full, Outlook(predictor=fit(full.table, metric=full.metric, target=HERE)))


@pytest.mark.parametrize(("budget", "wanted"), [(99, 8), (16, 4), (5, 3), ("10min", 8)])
def test_without_sources_a_model_is_asked_late(budget: int | str, wanted: int) -> None:
    """After eight configurations, or a quarter of the measurements, but not before three."""
    opening = [replace(state_of(n), budget=Budget.parse(budget)) for n in (wanted - 1, wanted)]
    assert [state.is_opening for state in opening] == [True, False]
    for state in opening:
        (found,) = suggest(state, Outlook(predictor=fit(state_of(12).table, metric=state.metric, target=HERE)))
        assert (found.reason in ("the default", "a Sobol design")) == state.is_opening


def test_with_a_source_a_model_is_asked_after_three() -> None:
    """The source tells which options matter, whatever the budget."""
    metric, target = Metric("time", unit="s"), Environment.of({"hardware": "h2"})
    for n in (2, 3):
        parts = [state_of(9).table.frame.assign(hardware="h1"), state_of(n).table.frame.assign(hardware="h2")]
        table = MeasurementTable(pd.concat(parts, ignore_index=True), SPACE, ("hardware",), (metric,))
        state = State(table=table, metric=metric, target=target, budget=Budget.parse(99))
        assert state.is_opening == (n < 3)


def test_the_opening_goes_through_a_pool_in_any_order_but_the_same() -> None:
    """Without a model: the default where the pool has it, then every candidate; a useless pool is said to be so."""
    state, pool = state_of(0), design(SPACE, 5, "one-option")
    found = suggest(state, Outlook(predictor=None), n=9, pool=Pool.of(SPACE, pool))
    assert [s.reason for s in found] == ["the default"] + ["a random candidate"] * 4
    assert found == suggest(state, Outlook(predictor=None), n=9, pool=Pool.of(SPACE, pool))
    with pytest.raises(BudgetError, match="nothing is left"):
        suggest(state, Outlook(predictor=None), pool=Pool.of(SPACE, pool[:0]))

"""Claims about experts that are random forests."""

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestRegressor

from tests.models.worlds import GRID, drawn, effects, sources_of, target_of, views_of
from transferperf.models.forest import N_TREES, ForestExpert, fit_forest, grown
from transferperf.models.source import Sources
from transferperf.models.target import Sees

TRUTH = effects(1.0, 0.8, 0.6)
AT = drawn(25, seed=0)


@pytest.fixture(scope="module")
def source() -> Sources:
    """A source that responds as the target does."""
    return sources_of(TRUTH, rows=drawn(128, seed=1))


@pytest.fixture(scope="module")
def forest() -> ForestExpert:
    """A forest on 25 rows, without sources."""
    return fit_forest("options", target_of(TRUTH, AT), seed=0)


def error(expert: ForestExpert, sources: Sources | None = None) -> float:
    """Root mean squared error at all configurations."""
    mean, _ = expert.predict(views_of(np.arange(len(GRID)), sources))
    return float(np.sqrt(np.mean((mean.numpy() - TRUTH) ** 2)))


@pytest.mark.parametrize("i", [0, 7, 24])
def test_the_evidence_on_a_row_has_not_seen_it(i: int, forest: ForestExpert) -> None:
    """Whatever the row measured, trees that left it out say the same of it, while others change."""
    changed = TRUTH.copy()
    changed[AT[i]] += 100.0
    again = fit_forest("options", target_of(changed, AT), seed=0)
    np.testing.assert_allclose(again.evidence.mean[i], forest.evidence.mean[i], rtol=1e-12)
    assert np.abs(again.evidence.mean - forest.evidence.mean).max() > 1


def test_the_variance_is_the_mean_squared_error_of_what_was_held_out(forest: ForestExpert) -> None:
    """It is the same at every configuration, and about that of configurations that were not measured."""
    _, variance = forest.predict(views_of([0, 100, 511]))
    expected = np.mean((TRUTH[AT] - forest.evidence.mean) ** 2)
    np.testing.assert_allclose(variance, expected)
    np.testing.assert_allclose(forest.evidence.variance, expected)
    assert 0.5 < error(forest) / np.sqrt(expected) < 2


def test_a_forest_sees_what_an_equal_source_measured(forest: ForestExpert, source: Sources) -> None:
    """It errs less, and says that it transfers."""
    informed = fit_forest("measured", target_of(TRUTH, AT, source), seed=0)
    assert error(informed, source) < 0.6 * error(forest)
    assert informed.transfers
    assert not forest.transfers


def test_the_seed_decides(forest: ForestExpert) -> None:
    """The same seed grows the same trees, another seed others."""
    same, other = (fit_forest("options", target_of(TRUTH, AT), seed=seed) for seed in (0, 1))
    np.testing.assert_array_equal(same.trees.nodes["threshold"], forest.trees.nodes["threshold"])
    assert not np.array_equal(other.evidence.mean, forest.evidence.mean)


def test_equal_values_leave_a_variance_above_zero() -> None:
    """A forest that never erred is not certain."""
    expert = fit_forest("options", target_of(np.zeros(len(GRID)), AT[:3]), seed=0)
    mean, variance = expert.predict(views_of([5]))
    torch.testing.assert_close(mean, torch.zeros_like(mean))
    assert variance > 0


@pytest.mark.parametrize("n_rows", [2, 9, 60])
def test_trees_are_those_of_scikit_learn(n_rows: int) -> None:
    """Every tree and the rows that it left out are the ones of the library's forest with the same seed."""
    stream = np.random.default_rng(n_rows)
    X = stream.integers(4, size=(n_rows, 6)).astype(np.float32)
    z = X[:, 0] * X[:, 1] + stream.normal(size=n_rows)
    theirs = RandomForestRegressor(N_TREES, random_state=5).fit(X, z)
    trees, is_left_out = grown(X, z, 5)
    for tree, their, left_out, drawn_rows in zip(
        trees, theirs.estimators_, is_left_out, theirs.estimators_samples_, strict=True
    ):
        np.testing.assert_array_equal(tree.predict(X), their.predict(X))
        assert set(np.flatnonzero(~left_out)) == set(drawn_rows)


@pytest.mark.parametrize("sees", ["options", "measured"])
def test_further_rows_are_grown_into_a_forest(sees: Sees, source: Sources) -> None:
    """It is the forest of all rows, with the evidence of those that it began with."""
    whole, first, further = (target_of(TRUTH, rows, source) for rows in (AT, AT[:15], AT[15:]))
    grown_later = fit_forest(sees, first, seed=0).extend(further.views, further.rows)
    everywhere = views_of(np.arange(len(GRID)), source)
    for a, b in zip(grown_later.predict(everywhere), fit_forest(sees, whole, seed=0).predict(everywhere), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=0)
    assert len(grown_later.evidence.mean) == 15

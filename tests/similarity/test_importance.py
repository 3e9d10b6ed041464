"""Importances, M10."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor

from transferperf.similarity.importance import held_out_importance, tree_importance

DRAWS = np.random.default_rng(0)
Z = DRAWS.integers(0, 2, size=(300, 5)).astype(float)
y = 3 * Z[:, 0] + Z[:, 1] + 0.1 * DRAWS.normal(size=300)


def test_both_importances_rank_options_by_what_they_explain() -> None:
    """The strong option comes before the weak one, and the idle ones come last."""
    for found in (
        tree_importance(Z, y),
        held_out_importance(Z, y, np.random.default_rng(1)),
    ):
        assert found.argsort()[::-1][:2].tolist() == [0, 1]
        assert found[2:].max() < 0.05


def test_on_noise_only_the_tree_sees_importance() -> None:
    """Of a response that is noise one tree shares out all importance; on unseen rows there is none."""
    noise = np.random.default_rng(2).normal(size=300)
    assert tree_importance(Z, noise).sum() > 0.99
    assert held_out_importance(Z, noise, np.random.default_rng(1)).max() < 0.4
    assert held_out_importance(Z, y, np.random.default_rng(1))[0] > 1.0


def test_permuting_a_column_costs_twice_its_variance() -> None:
    """Of an additive response it is twice the share of the variance that the option explains (Breiman)."""
    found = held_out_importance(Z, y, np.random.default_rng(3))
    assert abs(found[0] - 2 * np.var(3 * Z[:, 0]) / np.var(y)) < 0.2


def test_a_row_that_was_drawn_twice_stays_in_one_half() -> None:
    """A resample of two rows tells nothing: no half can be judged by the other without seeing the same row."""
    rows = np.array([7] * 150 + [7] * 150)
    assert np.isnan(held_out_importance(Z, y, np.random.default_rng(0), rows=rows)).all()


@given(seed=st.integers(0, 1000))
def test_a_tree_without_ties_is_scikit_learns(seed: int) -> None:
    """Where no two splits are equally good, importances are those of the library's tree."""
    draws = np.random.default_rng(seed)
    options, noise = np.array(list(itertools.product((0.0, 1.0, 2.0), repeat=3)) * 6), draws.normal(size=162)
    tree = DecisionTreeRegressor(min_samples_split=10).fit(options, noise)
    np.testing.assert_allclose(tree_importance(options, noise), tree.feature_importances_, atol=1e-9)


def test_of_equal_options_the_first_has_the_importance() -> None:
    """A copy of an option, or its opposite, gets nothing; a constant response has no importance at all."""
    twice = np.column_stack([Z[:, 0], Z[:, 0], 1 - Z[:, 0]])
    assert tree_importance(twice, y)[1:].tolist() == [0.0, 0.0]
    assert np.isnan(tree_importance(Z, np.full(300, 0.1))).all()

"""Claims about trees as plain arrays; scikit-learn is the reference."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor

from transferperf.models.trees import Trees


@pytest.mark.parametrize("n_levels", [2, 5, 0])
def test_every_tree_says_what_scikit_learn_says(n_levels: int) -> None:
    """On options of few levels, where rows stand on thresholds, and on numbers without levels."""
    stream = np.random.default_rng(n_levels)
    X, new = (stream.integers(n_levels, size=(n, 6)) / 3 if n_levels else stream.random((n, 6)) for n in (60, 200))
    forest = RandomForestRegressor(20, random_state=0).fit(X, stream.normal(size=60) + X[:, 0])
    expected = np.stack([tree.predict(new.astype(np.float32)) for tree in forest.estimators_])
    trees = Trees.of(forest)
    np.testing.assert_allclose(trees.predict(new), expected, rtol=1e-6)
    np.testing.assert_allclose(trees.predict(new).mean(0), forest.predict(new), rtol=1e-6)


def test_a_tree_may_be_a_single_leaf() -> None:
    """Equal values are never split."""
    forest = RandomForestRegressor(3, random_state=0).fit(np.eye(4), np.full(4, 7.0))
    np.testing.assert_array_equal(Trees.of(forest).predict(np.zeros((5, 4))), np.full((3, 5), 7.0))


def test_no_rows_have_no_values() -> None:
    """The answer about an empty table is empty."""
    forest = RandomForestRegressor(3, random_state=0).fit(np.eye(4), np.arange(4.0))
    assert Trees.of(forest).predict(np.empty((0, 4))).shape == (3, 0)

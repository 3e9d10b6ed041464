"""Claims about trees as plain arrays; scikit-learn is the reference."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor

from transferperf.models.trees import Trees


@pytest.mark.parametrize("n_levels", [2, 5, 0])
def test_the_trees_of_a_forest_say_what_it_says(n_levels: int) -> None:
    """On options of few levels, where rows stand on thresholds, and on numbers without levels."""
    stream = np.random.default_rng(n_levels)
    X, new = (stream.integers(n_levels, size=(n, 6)) / 3 if n_levels else stream.random((n, 6)) for n in (60, 200))
    forest = RandomForestRegressor(20, random_state=0).fit(X, stream.normal(size=60) + X[:, 0])
    said = Trees.of_forest(forest.estimators_).predict(new.astype(np.float32))
    np.testing.assert_allclose(said, forest.predict(new), rtol=1e-12, atol=1e-12)


def test_a_tree_may_be_a_single_leaf() -> None:
    """Equal values are never split."""
    forest = RandomForestRegressor(3, random_state=0).fit(np.eye(4), np.full(4, 7.0))
    np.testing.assert_allclose(
        Trees.of_forest(forest.estimators_).predict(np.zeros((5, 4))), np.full(5, 7.0), rtol=1e-15
    )


def test_no_rows_have_no_values() -> None:
    """The answer about an empty table is empty."""
    forest = RandomForestRegressor(3, random_state=0).fit(np.eye(4), np.arange(4.0))
    assert Trees.of_forest(forest.estimators_).predict(np.empty((0, 4))).shape == (0,)


def test_trees_come_back_from_their_arrays() -> None:
    """What a model file holds is enough to say the same."""
    X = np.random.default_rng(0).random((30, 3))
    trees = Trees.of_forest(RandomForestRegressor(5, random_state=0).fit(X, X[:, 0]).estimators_)
    np.testing.assert_array_equal(Trees.from_arrays(trees.start, trees.arrays()).predict(X), trees.predict(X))

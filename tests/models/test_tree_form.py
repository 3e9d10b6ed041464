"""Trees laid out over a space say what trees say."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor

from transferperf.models import tree_form as module
from transferperf.models.mean_form import Block
from transferperf.models.tree_form import tree_form
from transferperf.models.trees import Trees

BLOCKS: list[Block] = [
    (np.array([0]), np.linspace(0, 1, 7)[:, None]),
    (np.array([1]), np.arange(4.0)[:, None]),
    (np.array([2, 3]), np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])),
]
"""A number, a choice and a one-hot group."""


def every() -> tuple[np.ndarray, np.ndarray]:
    """All combinations of rows: their places, and their encoded rows."""
    places = np.indices([len(rows) for _, rows in BLOCKS]).reshape(len(BLOCKS), -1).T
    X = np.empty((len(places), 4))
    for (columns, rows), place in zip(BLOCKS, places.T, strict=True):
        X[:, columns] = rows[place]
    return places, X


def grown(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to grow trees on, and their values."""
    stream, (_, X) = np.random.default_rng(seed), every()
    rows = X[stream.integers(len(X), size=60)]
    return rows, np.sin(3 * rows[:, 0]) + rows[:, 1] * rows[:, 2] + 0.1 * stream.normal(size=60)


@pytest.mark.parametrize("seed", range(3))
def test_a_laid_out_forest_predicts_what_the_forest_predicts(seed: int) -> None:
    """At every configuration, also at levels on which a threshold may fall."""
    forest = RandomForestRegressor(8, random_state=seed).fit(*grown(seed))
    trees, (places, X) = Trees.of_forest(forest.estimators_), every()
    form = tree_form(trees, BLOCKS)
    assert form is not None
    np.testing.assert_allclose(form.at(places), forest.predict(X), atol=1e-12)
    low, high = trees.range
    assert (low <= form.at(places)).all()
    assert (form.at(places) <= high).all()


def test_boosted_trees_have_their_start() -> None:
    """The sum begins where boosting began."""
    boosted = HistGradientBoostingRegressor(max_iter=10, min_samples_leaf=3).fit(*grown(0))
    form, (places, X) = tree_form(Trees.of_boosted(boosted), BLOCKS), every()
    assert form is not None
    np.testing.assert_allclose(form.at(places), boosted.predict(X), atol=1e-9)


def test_many_leaves_are_not_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each leaf is a term; beyond a number of them there is no form."""
    monkeypatch.setattr(module, "MOST_LEAVES", 10)
    assert tree_form(Trees.of_forest(RandomForestRegressor(8).fit(*grown(0)).estimators_), BLOCKS) is None

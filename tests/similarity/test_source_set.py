"""Several sources for one target."""

import numpy as np

from transferperf.similarity import learner
from transferperf.similarity.source_set import source_set

draws = np.random.default_rng(0)
X = draws.random((40, 3))
D = learner.scaled_distances(X, np.ones(3, dtype=bool))
A, B, NOISE = draws.normal(size=(3, 40))


def test_a_source_that_adds_something_joins_and_noise_does_not() -> None:
    """Of a target that is a sum of two sources both are needed; a third, and a copy of the first, add nothing."""
    S = np.stack([A, NOISE, B, 2 * A])
    chosen, errors = source_set(S, A + 0.8 * B + 0.01 * draws.normal(size=40), D, 0)
    assert chosen == [0, 2]
    assert errors.mean() < 0.05


def test_one_source_may_be_all_that_is_needed() -> None:
    """A target that is a line of its source stays with that one."""
    chosen, _ = source_set(np.stack([A, B, NOISE]), 3 * A + 0.1 * draws.normal(size=40), D, 0)
    assert chosen == [0]


def test_few_rows_bear_one_source() -> None:
    """From four rows no set grows."""
    assert source_set(np.stack([A, B])[:, :4], (A + B)[:4], D[:4, :4], 0)[0] == [0]

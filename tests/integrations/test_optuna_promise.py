"""Claims about weighing objectives."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from transferperf.integrations.optuna_promise import draw_weights, scales, weigh
from transferperf.search.hypervolume import is_undominated

costs = arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 3)), elements=st.integers(-9, 9).map(float))


@given(costs, st.integers(0, 99))
def test_the_best_weighed_cost_is_in_the_front(U: np.ndarray, turn: int) -> None:
    """Whatever the weights, no configuration beats the one with the smallest weighed cost in all objectives."""
    low, span = scales(U)
    assert is_undominated(U)[weigh((U - low) / span, draw_weights(U.shape[1], 0, turn)).argmin()]


@given(costs)
def test_the_front_reaches_from_0_to_1(U: np.ndarray) -> None:
    """Scaled costs of the front lie between 0 and 1, and each objective has one at 0."""
    low, span = scales(U)
    scaled = (U[is_undominated(U)] - low) / span
    assert scaled.min() >= 0
    assert scaled.max() <= 1
    assert (scaled.min(axis=0) == 0).all()


def test_weights_differ_from_turn_to_turn() -> None:
    """They sum to 1, and are the same under the same seed and turn."""
    weights = np.stack([draw_weights(2, 0, turn) for turn in range(9)])
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert len(np.unique(weights)) == weights.size
    np.testing.assert_array_equal(weights[3], draw_weights(2, 0, 3))

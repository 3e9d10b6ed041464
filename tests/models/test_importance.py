"""Claims about the influence of options."""

import numpy as np

from transferperf.models.importance import total_effects


def test_shares_of_a_sum_are_its_parts() -> None:
    """Without interactions each option's share is its part of the variance, and they sum to 1."""
    stream = np.random.default_rng(0)
    X = stream.integers(2, size=(4000, 3)).astype(float)
    shares = total_effects(lambda x: x @ [2.0, 1.0, 0.0], X, stream)
    np.testing.assert_allclose(shares, [0.8, 0.2, 0.0], atol=0.03)


def test_an_interaction_counts_for_each_of_its_options() -> None:
    """Where all variance is in one interaction, both options take part in all of it."""
    stream = np.random.default_rng(1)
    X = stream.choice([-1.0, 1.0], size=(4000, 2))
    np.testing.assert_allclose(total_effects(lambda x: x[:, 0] * x[:, 1], X, stream), [1.0, 1.0], atol=0.06)


def test_a_constant_has_no_influential_option() -> None:
    """Nothing is shared where nothing varies."""
    assert (total_effects(lambda x: np.ones(len(x)), np.eye(3), np.random.default_rng(2)) == 0).all()

"""Which options matter, in many environments at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transferperf.similarity.effects import effect_sizes, options_agreement

draws = np.random.default_rng(0)
Z = draws.integers(0, 2, size=(400, 6)).astype(float)
EFFECTS = np.array([3.0, -2.0, 1.0, 0.0, 0.0, 0.0])
NOISE = draws.normal(size=(3, 400))


def _sizes(Y: np.ndarray) -> np.ndarray:
    n = Y.shape[1]
    counts = np.vstack([np.ones((1, n)), draws.multinomial(n, np.full(n, 1 / n), size=30)])
    return effect_sizes(Z[:n], Y, counts)


def test_effects_of_many_rows_are_those_that_made_them() -> None:
    """Sizes are proportional to the coefficients, options without an effect next to none; counts are repeats."""
    y = Z @ EFFECTS + NOISE[0]
    sizes = effect_sizes(Z, y[None], np.ones((1, 400)))[0, 0]
    assert sizes[:3] / sizes[0] == pytest.approx(np.abs(EFFECTS[:3]) / 3, abs=0.06)
    assert (sizes[3:] < sizes[0] / 10).all()
    twice = np.concatenate([Z, Z[:100]]), np.concatenate([y, y[:100]])
    counts = np.r_[np.full(100, 2.0), np.ones(300)][None]
    repeated = effect_sizes(twice[0], twice[1][None], np.ones((1, 500)))[0, 0]
    counted = effect_sizes(Z, y[None], counts)[0, 0]
    assert counted[:3] / counted[0] == pytest.approx(repeated[:3] / repeated[0], rel=0.02)


def test_the_same_options_are_told_from_others() -> None:
    """Scaled and turned effects agree, those of other options do not, and noise has none."""
    same, turned = Z @ (2 * EFFECTS) + NOISE[0], Z @ (EFFECTS * [1, -1, -1, 1, 1, 1]) + NOISE[1]
    other, noise = Z @ EFFECTS[::-1] + NOISE[2], NOISE[1]
    sizes = _sizes(np.stack([Z @ EFFECTS, same, turned, other, noise]))
    estimate, low, high = options_agreement(sizes[:, :1], sizes)[:, 0]
    assert (low[:3] > 0.9).all()
    assert (high[3:] < 0.5).all()
    assert estimate[4] == 0


def test_there_may_be_more_options_than_rows() -> None:
    """Ten rows of fifty options give finite sizes and an interval."""
    Z_wide = draws.integers(0, 2, size=(10, 50)).astype(float)
    sizes = effect_sizes(Z_wide, draws.normal(size=(2, 10)), np.ones((1, 10)))
    assert np.isfinite(sizes).all()
    assert np.isfinite(options_agreement(sizes, sizes)).all()


def test_of_two_contrasts_nothing_is_said() -> None:
    """A correlation of two numbers is none."""
    assert np.isnan(options_agreement(np.ones((3, 1, 2)), np.ones((3, 1, 2)))).all()


@settings(max_examples=20)
@given(st.floats(0.1, 100), st.floats(-100, 100), st.permutations(range(6)))
def test_scale_and_order_of_options_do_not_matter(scale: float, place: float, order: list[int]) -> None:
    """A response in other units has the same effects, and options in another order the same agreement."""
    Y = np.stack([Z[:60] @ EFFECTS, Z[:60] @ EFFECTS**2]) + NOISE[:2, :60]
    counts = np.ones((1, 60))
    sizes = effect_sizes(Z[:60], Y, counts)
    assert effect_sizes(Z[:60], place + scale * Y, counts) == pytest.approx(sizes, abs=1e-6)
    moved = effect_sizes(Z[:60][:, order], Y, counts)
    assert options_agreement(moved, moved)[0] == pytest.approx(options_agreement(sizes, sizes)[0], abs=1e-6)

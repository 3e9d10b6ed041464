"""How many target measurements a source saves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.similarity import learner, saving
from transferperf.similarity.saving import Errors

draws = np.random.default_rng(0)
X = draws.integers(0, 2, size=(150, 8)).astype(float)
D = learner.scaled_distances(X, np.ones(8, dtype=bool))
Z = np.column_stack([X, *(X[:, i] * X[:, j] for i in range(8) for j in range(i))])
TRUTH, OTHER = draws.normal(size=(2, Z.shape[1])) @ Z.T / 2
SOURCES = np.exp(np.stack([2 * TRUTH + 1, -TRUTH, TRUTH + 0.3 * draws.normal(size=150), draws.normal(size=150)]))
TARGET = saving.working_scale(np.exp(TRUTH + 0.02 * draws.normal(size=150))[None])[0]
FORMS = saving.forms(SOURCES)
ORDERS = [draws.permutation(150) for _ in range(4)]


def test_a_power_of_the_target_predicts_it_and_noise_does_not() -> None:
    """From twenty rows, left out or drawn: powers leave its noise, a noisy copy more, and noise gives nothing."""
    few = saving.left_out_errors(FORMS[:, :, :20], TARGET[:, :20], D[:20, :20])
    many = saving.held_out_errors(FORMS, TARGET, D, 20, ORDERS)
    for errors in (few, many):
        power, reverse, noisy, noise = errors.with_source.mean(axis=0)[:, 0]
        alone = errors.alone.mean()
        assert power < 0.05
        assert reverse < 0.05
        assert power < noisy < 0.8 * alone
        assert noise > 0.7 * alone


def test_related_sources_save_and_unrelated_ones_do_not() -> None:
    """What few rows foretell: the power saves all that was looked for, the noisy copy less, noise about nothing."""
    curve = saving.learning_curve(np.stack([TRUTH, OTHER]), D, ORDERS)
    few = saving.left_out_errors(FORMS[:, :, :20], TARGET[:, :20], D[:20, :20])
    one = Errors(few.with_source[:, :, 0], few.alone[:, 0])
    at = saving.sizes(150)
    estimate, low, high = saving.saved_rows(one, curve.T, at, 20, np.random.default_rng(0))
    assert estimate[0] == pytest.approx(at[-1] - 20)
    assert estimate[0] >= estimate[2] > estimate[3]
    assert low[0] > 20 > estimate[3]
    assert (low <= estimate).all()
    assert (estimate <= high).all()


def test_rows_in_another_order_have_the_same_errors() -> None:
    """Left-out errors move with their rows."""
    order = draws.permutation(20)
    few = saving.left_out_errors(FORMS[:, :, :20], TARGET[:, :20], D[:20, :20])
    moved = saving.left_out_errors(
        FORMS[:, :, :20][:, :, order], TARGET[:, :20][:, order], D[:20, :20][np.ix_(order, order)]
    )
    assert moved.with_source == pytest.approx(few.with_source[order], abs=1e-6)
    assert moved.alone == pytest.approx(few.alone[order], abs=1e-6)


def test_a_learning_curve_falls() -> None:
    """It never rises, and ends at less than half where the options tell the response."""
    curve = saving.learning_curve(TARGET, D, ORDERS)
    assert (np.diff(curve, axis=0) <= 0).all()
    assert curve[-1, 0] < 0.5 * curve[0, 0]
    assert len(curve) == len(saving.sizes(150))


@given(st.floats(0.01, 1.0), st.floats(0.01, 1.0))
def test_a_smaller_error_needs_more_rows(one: float, other: float) -> None:
    """Rows needed fall with the ratio of errors, are n_rows at 1 and follow the law of the curve."""
    at = np.array([5, 20, 80, 320])
    needed = saving.rows_needed(np.array([one, other, 1.0]), at**-0.5, tuple(at), 20)
    assert (needed[0] - needed[1]) * (one - other) <= 1e-6
    assert needed[2] == pytest.approx(20)
    assert needed[0] == pytest.approx(min(20 / one**2, 320))


def test_a_source_that_does_not_vary_saves_nothing() -> None:
    """Its errors are those without a source."""
    flat = saving.forms(np.full((1, 20), 7.0))
    assert (flat == 0).all()
    errors = saving.left_out_errors(flat, TARGET[:, :20], D[:20, :20])
    assert errors.with_source[:, 0] == pytest.approx(errors.alone)


def test_values_below_zero_are_no_logarithms() -> None:
    """Each environment has its own scale."""
    W, is_log = saving.working_scale(np.array([[1.0, np.e], [-1.0, 1.0]]))
    assert is_log.tolist() == [True, False]
    assert np.allclose(W, [[0.0, 1.0], [-1.0, 1.0]])

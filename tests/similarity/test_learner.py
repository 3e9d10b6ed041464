"""The fast learner that many environments share."""

import numpy as np
import pytest

from transferperf.similarity import learner

draws = np.random.default_rng(0)
X = draws.random((12, 3))
D = learner.scaled_distances(X, np.ones(3, dtype=bool))
S, T = draws.normal(size=(4, 12)), draws.normal(size=(2, 12))
ONE = np.ones((12, 1))


def test_what_is_left_out_is_what_a_new_fit_predicts() -> None:
    """Closed forms of left-out errors, alone and on a source, equal fits to the other rows."""
    for setting, fewer in zip(learner.settings(D, ONE), learner.settings(D[1:, 1:], ONE[1:]), strict=True):
        K = np.exp(-D[:1, 1:] / setting.length)
        weights = learner.predictor(fewer, K, ONE[1:], np.ones((1, 1)))[0]
        assert learner.left_out(setting, T)[:, 0] == pytest.approx(T[:, 0] - T[:, 1:] @ weights, abs=1e-6)
        lines = learner.lines(fewer, S[:, 1:], T[:, 1:])
        expected = T[1, 0] - T[1, 1:] @ weights - lines.slope[2, 1] * (S[2, 0] - S[2, 1:] @ weights)
        slope = learner.lines(setting, S, T).slope[2, [1]]
        assert learner.left_out_on_source(setting, S[[2]], T[[1]], slope)[0, 0] == pytest.approx(expected, abs=1e-6)


def test_likelihoods_are_those_of_the_residual_contrasts() -> None:
    """The restricted likelihood is that of n - q contrasts free of the mean, up to a constant (Harville 1974)."""
    H = np.column_stack([ONE, S[0]])
    A = np.linalg.svd(H)[0][:, 2:]
    found, brute = [], []
    for setting in learner.settings(D, ONE):
        C = np.linalg.inv(setting.inverse)
        u, V = A.T @ T[0], A.T @ C @ A
        found.append(learner.lines(setting, S[:1], T[:1]).likelihood[0, 0])
        brute.append(-0.5 * (10 * np.log(u @ np.linalg.solve(V, u)) + np.linalg.slogdet(V)[1]))
    assert np.subtract(found, found[0]) == pytest.approx(np.subtract(brute, brute[0]), abs=1e-6)


def test_a_line_is_found_exactly() -> None:
    """Of a target that is a line of a source, slope and left-out rows are exact, in every setting."""
    target = (3 * S[0] - 7)[None]
    for setting in learner.settings(D, ONE):
        slope = learner.lines(setting, S[:1], target).slope
        assert slope.item() == pytest.approx(3)
        assert learner.left_out_on_source(setting, S[:1], target, slope[0]) == pytest.approx(0, abs=1e-6)


def test_a_flat_source_is_never_chosen() -> None:
    """A source that does not vary has no likelihood and no slope."""
    lines = learner.lines(next(learner.settings(D, ONE)), np.ones((1, 12)), T)
    assert np.isneginf(lines.likelihood).all()
    assert (lines.slope == 0).all()


def test_exchangeable_levels_are_equally_far_apart() -> None:
    """Without order any two levels differ by one; distances are in units of their mean."""
    D_levels = learner.scaled_distances(np.array([[0.0], [1.0], [5.0]]), np.array([False]))
    assert D_levels == pytest.approx(1 - np.eye(3))
    D_equal = learner.scaled_distances(np.zeros((2, 1)), np.array([True]))
    assert (D_equal == 0).all()


def test_distances_count_differences() -> None:
    """Ordered options are as far apart as their positions, others differ or do not."""
    X = np.array([[0.0, 0.0], [0.5, 2.0], [1.0, 2.0]])
    found = learner.scaled_distances(X, np.array([True, False]))
    assert found / found[1, 2] == pytest.approx(np.array([[0.0, 3.0, 4.0], [3.0, 0.0, 1.0], [4.0, 1.0, 0.0]]))

"""The correlation of two tasks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.similarity.learner import scaled_distances
from transferperf.similarity.task import task_correlation

DRAWS = np.random.default_rng(0)
X = DRAWS.integers(0, 2, size=(60, 6)).astype(float)
D = scaled_distances(X, np.ones(6, dtype=bool))
TRUTH = X @ np.array([3.0, 2.0, 1.0, 1.0, 0.5, 0.0])


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_noise_does_not_hide_a_common_truth(sign: float) -> None:
    """Two noisy views of one function correlate more as tasks than as numbers, and with its sign."""
    noise = 2.0 * np.random.default_rng(1).normal(size=(2, 60))
    s, t = TRUTH + noise[0], sign * TRUTH + noise[1]
    r, low, high = task_correlation(s, t, D)
    assert low <= r <= high
    assert sign * r > sign * np.corrcoef(s, t)[0, 1]
    assert sign * r > 0.8


def test_unrelated_tasks_are_not_told_apart_from_0() -> None:
    """The interval of functions of other options holds 0."""
    noise = 0.3 * np.random.default_rng(2).normal(size=(2, 60))
    _, low, high = task_correlation(X[:, 0] + X[:, 1] + noise[0], X[:, 2] - X[:, 3] + noise[1], D)
    assert low < 0 < high


@given(seed=st.integers(0, 200), scale=st.floats(0.01, 100), shift=st.floats(-100, 100))
def test_units_do_not_matter_and_neither_does_the_direction(seed: int, scale: float, shift: float) -> None:
    """A rising line of either keeps it, and source and target may be exchanged."""
    s, t = TRUTH[:20], TRUTH[:20] + np.random.default_rng(seed).normal(size=20)
    here = task_correlation(s, t, D[:20, :20])
    assert task_correlation(scale * s + shift, t, D[:20, :20]) == pytest.approx(here, abs=0.011)
    assert task_correlation(t, s, D[:20, :20]) == pytest.approx(here, abs=0.011)


def test_intervals_of_twelve_rows_hold_the_truth_mostly() -> None:
    """Of 60 pairs of tasks drawn with correlation 0.7 on twelve rows, at least 80 % of the intervals hold it."""
    some, draws = D[:12, :12], np.random.default_rng(3)
    K = np.exp(-some / some[some > 0].mean())
    root = np.linalg.cholesky(K + 1e-9 * np.eye(12))
    held = []
    for _ in range(60):
        u, v = root @ draws.normal(size=(12, 2)).T[:, :, None]
        s, t = u[:, 0], (0.7 * u + np.sqrt(1 - 0.49) * v)[:, 0]
        _, low, high = task_correlation(s, t + 0.1 * draws.normal(size=12), some)
        held.append(low <= 0.7 <= high)
    assert np.mean(held) > 0.8


def test_a_constant_has_no_correlation() -> None:
    """NaN where one does not vary, and where all configurations are one."""
    assert np.isnan(task_correlation(np.ones(60), TRUTH, D)).all()
    assert np.isnan(task_correlation(TRUTH[:3], TRUTH[:3], np.zeros((3, 3)))).all()

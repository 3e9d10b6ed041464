"""Hypervolume: boxes hold what is not beaten, volumes are those of brute force, and improvements those of draws."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from transferperf.search.hypervolume import (
    hypervolume,
    is_undominated,
    log_expected_hypervolume,
    open_boxes,
    reference_point,
)

rows = st.tuples(st.integers(0, 9), st.integers(1, 4), st.integers(0, 500))
"""Number of rows, of costs, and a seed."""


def drawn(n: int, k: int, seed: int) -> np.ndarray:
    """Costs from 0 to 5, some of which are equal."""
    return np.random.default_rng(seed).integers(0, 6, size=(n, k)).astype(float)


def volume_by_counting(U: np.ndarray, reference: np.ndarray) -> float:
    """Unit cells between 0 and the reference whose lower corner a row beats, or is."""
    cells = map(np.array, itertools.product(*(range(int(end)) for end in reference)))
    return float(sum(any(np.less_equal(u, cell).all() for u in U) for cell in cells))


@given(rows=rows)
@settings(deadline=None)
def test_what_is_not_beaten_lies_in_one_box(rows: tuple[int, int, int]) -> None:
    """Each point below the reference is in exactly one box where no row is as good in all costs, else in none."""
    U = drawn(*rows)
    k = rows[1]
    lower, upper = open_boxes(U, np.full(k, 4.0))
    points = np.random.default_rng(rows[2]).uniform(-1.0, 4.0, size=(60, k))
    n_boxes = ((lower <= points[:, None]) & (points[:, None] < upper)).all(axis=-1).sum(axis=1)
    is_beaten = np.less_equal(U, points[:, None]).all(axis=-1).any(axis=1)
    assert (n_boxes == ~is_beaten).all()


@given(rows=rows)
@settings(deadline=None)
def test_a_hypervolume_is_what_cells_count(rows: tuple[int, int, int]) -> None:
    """The same as counting the unit cells of whole numbers."""
    U, reference = drawn(*rows), np.full(rows[1], 5.0)
    assert hypervolume(U, reference) == pytest.approx(volume_by_counting(U, reference))


@given(rows=rows)
@settings(deadline=None)
def test_a_certain_improvement_is_a_difference_of_volumes(rows: tuple[int, int, int]) -> None:
    """Without spread, the expected improvement is the volume with the new row minus the volume without."""
    U, reference = drawn(*rows), np.full(rows[1], 5.0)
    mean = drawn(4, rows[1], rows[2] + 1) - 0.5
    gain = np.exp(log_expected_hypervolume(mean, np.zeros_like(mean), open_boxes(U, reference)))
    wanted = [hypervolume(np.vstack([U, m]), reference) - hypervolume(U, reference) for m in mean]
    assert gain == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("k", [2, 3])
def test_an_uncertain_improvement_is_the_mean_over_draws(k: int) -> None:
    """Within four standard errors of 20000 draws, each of which improves by a certain volume."""
    chance = np.random.default_rng(k)
    U, reference = chance.random((8, k)), np.full(k, 1.2)
    mean, std = chance.random((3, k)), chance.uniform(0.05, 0.4, (3, k))
    boxes = open_boxes(U, reference)
    draws = mean[:, None] + std[:, None] * chance.standard_normal((3, 20000, k))
    added = np.stack([np.exp(log_expected_hypervolume(there, np.zeros_like(there), boxes)) for there in draws])
    expected = np.exp(log_expected_hypervolume(mean, std, boxes))
    assert (np.abs(added.mean(axis=1) - expected) < 4 * added.std(axis=1) / np.sqrt(20000)).all()


@pytest.mark.parametrize("k", [2, 3, 4])
def test_an_improvement_is_that_of_botorch(k: int) -> None:
    """The same numbers as its analytic acquisition function, where these are not lost to rounding."""
    analytic = pytest.importorskip("botorch.acquisition.multi_objective.analytic")
    boxes = pytest.importorskip("botorch.utils.multi_objective.box_decompositions")
    testing = pytest.importorskip("botorch.utils.testing")
    chance = np.random.default_rng(k)
    U, reference = chance.random((30, k)), np.full(k, 1.1)
    mean, std = chance.random((20, k)), chance.uniform(0.05, 0.3, (20, k))
    posterior = testing.MockPosterior(mean=torch.tensor(-mean)[:, None], variance=torch.tensor(std**2)[:, None])
    cells = boxes.NondominatedPartitioning(torch.tensor(-reference), torch.tensor(-U))
    peer = analytic.ExpectedHypervolumeImprovement(testing.MockModel(posterior), (-reference).tolist(), cells)
    wanted = peer(torch.zeros(20, 1, 1)).numpy()
    ours = np.exp(log_expected_hypervolume(mean, std, open_boxes(U, reference)))
    assert ours == pytest.approx(wanted, rel=1e-6, abs=1e-12)


def test_far_from_the_front_the_logarithm_keeps_its_slope() -> None:
    """Where the improvement is too small for a number, nearer is still better."""
    boxes = open_boxes(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([2.0, 2.0]))
    mean = np.linspace(5, 500, 40)[:, None] * np.ones(2)
    far = log_expected_hypervolume(mean, np.full_like(mean, 0.1), boxes)
    assert np.isfinite(far).all()
    assert (np.diff(far) < 0).all()
    assert np.exp(far[0]) == 0


def test_the_reference_lies_one_gap_beyond_the_front() -> None:
    """By the front alone where it has a span; by all rows, or 1, where it has none."""
    front = np.array([[0.0, 3.0], [1.0, 2.0], [2.0, 1.0], [3.0, 0.0]])
    assert reference_point(np.vstack([front, [[50.0, 50.0]]])).tolist() == [4.0, 4.0]
    assert reference_point(np.array([[1.0, 1.0], [3.0, 2.0]])).tolist() == [3.0, 2.0]
    assert reference_point(np.array([[1.0, 1.0]])).tolist() == [2.0, 2.0]


def test_equal_rows_do_not_beat_one_another() -> None:
    """Both stay on the front; what is worse in one cost and better in none does not."""
    assert is_undominated(np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 3.0], [2.0, 1.0]])).tolist() == [
        True,
        True,
        False,
        True,
    ]


@given(rows)
def test_a_row_is_undominated_where_no_other_beats_it(shape: tuple[int, int, int]) -> None:
    """Beaten is what another equals everywhere and betters somewhere, pair by pair."""
    U = drawn(*shape)
    beaten = [any((u <= v).all() and (u < v).any() for u in U) for v in U]
    assert is_undominated(U).tolist() == [not lost for lost in beaten]

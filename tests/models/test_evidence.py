"""Claims about evidence from held-out rows."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from transferperf.models.evidence import MOST_FOLDS, Evidence, deal, hold_out, mix, stretch
from transferperf.models.rows import Rows


def rows_of(z: np.ndarray, is_capped: np.ndarray | None = None) -> Rows:
    """Rows without options that measured z (n,)."""
    capped = None if is_capped is None else torch.as_tensor(is_capped)
    return Rows.of(torch.empty((len(z), 0), dtype=torch.float64), torch.as_tensor(z), is_capped=capped)


@given(n=st.integers(1, 80), seed=st.integers(0, 1000))
def test_folds_are_of_nearly_equal_size(n: int, seed: int) -> None:
    """Fold sizes differ by at most one row, and there are as many folds as there may be."""
    sizes = np.bincount(deal(n, seed))
    assert len(sizes) == min(n, MOST_FOLDS)
    assert sizes.max() - sizes.min() <= 1


@given(n=st.integers(2, 30), seed=st.integers(0, 1000))
def test_held_out_rows_are_never_seen(n: int, seed: int) -> None:
    """A predictor that cheats where it can, by looking a row up among those it was shown, never can."""
    z = np.arange(1.0, n + 1)
    held_so_far: list[int] = []

    def cheat(known: np.ndarray, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        held_so_far.extend(held)
        assert sorted([*known, *held]) == list(range(n))
        return np.where(np.isin(held, known), z[held], 0.0), held + 1.0

    evidence = hold_out(cheat, deal(n, seed))
    np.testing.assert_array_equal(evidence.mean, np.zeros(n))
    np.testing.assert_array_equal(evidence.variance, z)  # each answer stands at its own row
    assert sorted(held_so_far) == list(range(n))


def test_a_capped_row_is_scored_by_its_probability_above_the_cap() -> None:
    """Other rows are scored by their density."""
    evidence = Evidence(np.array([0.5, 0.5]), np.array([4.0, 4.0]))
    density = evidence.log_density(rows_of(np.array([1.5, 1.5]), np.array([False, True])))
    np.testing.assert_allclose(density, [stats.norm.logpdf(0.5) - np.log(2), np.log(stats.norm.sf(0.5))])


@given(weight=st.floats(0, 1), apart=st.floats(-5, 5), spread=st.floats(0.1, 3))
@settings(max_examples=30)
def test_a_mixture_scatters_around_its_middle_as_its_density_does(weight: float, apart: float, spread: float) -> None:
    """The variance is that of the weighted sum of normal densities around the answer, by quadrature."""
    weights = np.array([weight, 1 - weight])
    middle, variance = mix([(np.zeros(1), np.ones(1)), (np.array([apart]), np.array([spread**2]))], weights)
    y, step = np.linspace(-40, 40, 8001, retstep=True)
    density = step * (weight * stats.norm.pdf(y) + (1 - weight) * stats.norm.pdf(y, apart, spread))
    assert min(0.0, apart) <= middle[0] <= max(0.0, apart)
    np.testing.assert_allclose(variance, (y - middle) ** 2 @ density, rtol=1e-6)


def test_a_mixture_of_equal_parts_is_each_of_them() -> None:
    """Its middle and variance are theirs, whatever the weights."""
    part = np.array([0.3, -2.0]), np.array([0.5, 4.0])
    middle, variance = mix([part, part, part], np.array([0.2, 0.7, 0.1]))
    np.testing.assert_allclose(middle, part[0], atol=1e-6)
    np.testing.assert_allclose(variance, part[1], rtol=1e-6)


def test_variances_that_are_too_large_are_narrowed_half_as_far() -> None:
    """Nine times too large makes standard deviations narrower by the root of three: the rows chose the weights."""
    z = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
    found = stretch(Evidence(np.zeros(2000), np.full(2000, 9.0)), rows_of(z / z.std()))
    np.testing.assert_allclose(found, 3**-0.5, rtol=0.02)


@given(z=st.lists(st.floats(-5, 5), max_size=5), variance=st.floats(0.01, 100))
def test_few_rows_narrow_little(z: list[float], variance: float) -> None:
    """Five rows that scatter less than predicted leave more than four fifths of the width."""
    n = len(z)
    assert stretch(Evidence(np.zeros(n), np.full(n, variance)), rows_of(np.array(z))) > 0.8


def test_variances_that_are_too_small_are_widened_as_far_as_the_rows_tell() -> None:
    """Nine times too small makes standard deviations three times as wide given many rows, and less given fewer."""
    found = []
    for n in (2, 20, 2000):
        z = stats.norm.ppf((np.arange(n) + 0.5) / n)
        found.append(stretch(Evidence(np.zeros(n), np.full(n, 1 / 9)), rows_of(z / z.std())))
    assert 1 < found[0] < found[1] < found[2]
    np.testing.assert_allclose(found[2], 3.0, rtol=0.01)


def test_values_at_a_cap_do_not_widen() -> None:
    """How far above the cap they are is not known."""
    z = np.array([0.1, -0.2, 50.0])
    evidence = Evidence(np.zeros(3), np.ones(3))
    assert stretch(evidence, rows_of(z, np.array([False, False, True]))) < 1
    assert stretch(evidence, rows_of(z)) > 1

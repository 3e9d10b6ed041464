"""Claims about what a source alone tells of the target."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.models.explain import error_ratios, explained, ignored, left_out_residuals


def drawn(n: int, m: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """What m sources say of n rows, and the rows' values."""
    stream = np.random.default_rng(seed)
    return stream.normal(size=(n, m)), stream.normal(size=n)


@given(n=st.integers(3, 12), m=st.integers(1, 3), seed=st.integers(0, 1000))
def test_residuals_are_those_of_regressions_without_the_row(n: int, m: int, seed: int) -> None:
    """The closed form is what a line through the other rows is off at the row that was left out."""
    s, z = drawn(n, m, seed)
    found = left_out_residuals(s, z)
    for i in range(n):
        others = np.arange(n) != i
        for j in range(m):
            line = np.polynomial.Polynomial.fit(s[others, j], z[others], 1)
            np.testing.assert_allclose(found[i, j], z[i] - line(s[i, j]), rtol=1e-6, atol=1e-8)


def test_a_source_that_tells_rows_apart_by_one_of_them_is_its_mean_without_it() -> None:
    """Where a source is constant but for one row, or at all rows, the mean of the other rows is what is predicted."""
    z = np.array([1.0, 2.0, 6.0])
    s = np.array([[0.0, 3.0], [0.0, 3.0], [1.0, 3.0]])
    np.testing.assert_allclose(left_out_residuals(s, z), [[-1.0, -3.0], [1.0, -1.5], [4.5, 4.5]])


@pytest.mark.parametrize("slope", [2.0, -0.5])
def test_a_shift_of_the_target_explains_all_of_it(slope: float) -> None:
    """A source of which the target is a straight line explains it, whichever its sign; noise explains nothing."""
    s, z = drawn(30, 2, 1)
    residuals = left_out_residuals(np.column_stack([slope * z + 1, s[:, 0]]), z)
    np.testing.assert_allclose(explained(residuals, z), [1.0, 0.0], atol=1e-9)


def test_equal_values_are_explained_by_nothing() -> None:
    """Where the target never changes there is nothing to explain, and no error to compare with."""
    residuals = left_out_residuals(np.arange(6.0)[:, None], np.zeros(6))
    assert explained(residuals, np.zeros(6)).tolist() == [0.0]
    assert np.isnan(error_ratios(residuals, np.zeros(6))).all()


def test_sources_are_ignored_where_transfer_has_no_weight_or_they_would_hurt() -> None:
    """All are where transfer has less than a tenth; else those without slope that would have raised the error."""
    ratios, slopes = np.array([0.5, 1.4, 1.4, 0.9]), np.array([1.0, 0.01, 0.5, 0.0])
    assert ignored(ratios, slopes, 0.05).all()
    assert ignored(ratios, slopes, 0.9).tolist() == [False, True, False, False]
    assert not ignored(np.full(4, np.nan), slopes, 1.0).any()

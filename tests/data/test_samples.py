"""Samples: one row for each configuration, however many rows there are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.data.samples import Outcomes


@given(n=st.integers(0, 40), d=st.integers(0, 4), seed=st.integers(0, 99))
def test_few_rows_and_many_are_joined_alike(n: int, d: int, seed: int) -> None:
    """Sorting the rows and numbering the values of their columns give the same samples, in the same order."""
    stream = np.random.default_rng(seed)
    outcomes = Outcomes(stream.integers(0, 3, (n, d)) / 2 * (-1.0) ** seed, stream.normal(size=n), np.zeros(n, bool))
    few = outcomes.samples()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transferperf.data.samples.FEW_ROWS", -1)
        many = outcomes.samples()
    np.testing.assert_array_equal(few.X, many.X)
    np.testing.assert_array_equal(few.y, many.y)
    np.testing.assert_array_equal(few.n_repeats, many.n_repeats)


def test_rows_without_a_value_are_no_samples() -> None:
    """They are outcomes nevertheless, and rows may be joined and cut."""
    first = Outcomes(np.array([[0.0], [1.0]]), np.array([np.nan, 2.0]), np.array([False, False]))
    both = first.join(Outcomes(np.array([[1.0]]), np.array([4.0]), np.array([True])))
    assert both.samples().y.tolist() == [3.0]
    assert both.samples().is_capped.tolist() == [True]
    assert both.after(2).samples().y.tolist() == [4.0]

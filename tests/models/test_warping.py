"""Claims about warping."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from transferperf.errors import NotEnoughDataError
from transferperf.models import Warping

KINDS: tuple[Literal["identity", "log"], ...] = ("identity", "log")


@given(
    kind=st.sampled_from(KINDS),
    y=st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=20).filter(lambda y: max(y) > 1.001 * min(y)),
)
@settings(deadline=None)
def test_the_median_of_a_warped_value_is_the_value(kind: Literal["identity", "log"], y: list[float]) -> None:
    """Warping and back is exact, whatever the spread."""
    values = np.array(y)
    warping = Warping.standardising(kind, values)
    back = warping.quantile(0.5, warping.warp(values), np.ones(len(values)))
    np.testing.assert_allclose(back, values, rtol=1e-9, atol=1e-9 * values.max())


@pytest.mark.parametrize("kind", KINDS)
def test_mean_and_std_are_those_of_the_warped_normal(kind: Literal["identity", "log"]) -> None:
    """Closed forms agree with quadrature over the latent normal."""
    warping = Warping(kind=kind, location=0.3, scale=0.7)
    m, s = np.array([0.4]), np.array([0.5])
    p = (np.arange(200_000) + 0.5) / 200_000
    y = np.array([warping.quantile(0.5, m + s * z, s)[0] for z in stats.norm.ppf(p[::50])])
    np.testing.assert_allclose(warping.mean(m, s)[0], y.mean(), rtol=1e-3)
    np.testing.assert_allclose(warping.std(m, s)[0], y.std(), rtol=1e-2)


@pytest.mark.parametrize("kind", KINDS)
def test_the_log_slope_is_the_derivative_of_the_warping(kind: Literal["identity", "log"]) -> None:
    """It equals a central difference."""
    warping, y = Warping(kind=kind, location=1.0, scale=2.5), np.array([0.5, 3.0, 40.0])
    step = 1e-6 * y
    slope = (warping.warp(y + step) - warping.warp(y - step)) / (2 * step)
    np.testing.assert_allclose(warping.log_slope(y), np.log(slope), rtol=1e-6, atol=1e-8)


def test_equal_values_keep_their_unit() -> None:
    """Where nothing varies there is nothing to divide by."""
    assert Warping.standardising("identity", np.full(5, 3.0)).scale == 1.0


def test_no_values_are_an_error() -> None:
    """Standardising nothing says so."""
    with pytest.raises(NotEnoughDataError, match="0 values"):
        Warping.standardising("log", np.empty(0))

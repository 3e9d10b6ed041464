"""Claims about warping."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from transferperf.errors import NotEnoughDataError
from transferperf.models import Warping
from transferperf.models.warping import POWER_ROWS, WarpingKind, legal_kinds

POSITIVE: tuple[WarpingKind, ...] = ("log", "box-cox")
KINDS: tuple[WarpingKind, ...] = ("identity", "yeo-johnson", *POSITIVE)
SKEWED = np.geomspace(0.3, 1.5, POWER_ROWS) ** np.linspace(1, 4, POWER_ROWS)
"""Enough values to tell a power."""


def skewed(kind: WarpingKind) -> np.ndarray:
    """Enough values of which the warping is legal, shape (n,)."""
    return SKEWED - 1.0 if kind == "yeo-johnson" else SKEWED


def bent(kind: WarpingKind) -> Warping:
    """A warping far from standardised, with a power and a unit that are not 1 where it has them."""
    return Warping(kind=kind, location=0.3, scale=0.7, power=0.4, unit=3.0)


@pytest.mark.parametrize("kind", KINDS)
@given(y=st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=20), sign=st.sampled_from([-1.0, 1.0]))
@settings(deadline=None, max_examples=50)
def test_unwarping_inverts_warping(kind: WarpingKind, y: list[float], sign: float) -> None:
    """Warping and back is exact, whatever the spread."""
    values = np.resize(y, POWER_ROWS + len(y))
    values = values if kind in POSITIVE else sign * values * np.where(np.arange(len(values)) % 3, 1.0, -1.0)
    warping = Warping.standardising(kind, values)
    assert warping.kind == kind
    np.testing.assert_allclose(warping.unwarp(warping.warp(values)), values, rtol=1e-8, atol=1e-9 * max(y))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("exponent", [-300, -14, 200])
def test_tiny_and_huge_values_warp_as_others_do(kind: WarpingKind, exponent: float) -> None:
    """The unit of a metric changes neither latent values, nor the moments in that unit."""
    factor, y = 10.0**exponent, skewed(kind)
    usual, raised = Warping.standardising(kind, y), Warping.standardising(kind, y * factor)
    m, s = np.array([-1.0, 0.0, 1.5]), np.array([0.2, 0.5, 0.1])
    assert usual.kind == raised.kind == kind
    np.testing.assert_allclose(raised.unwarp(raised.warp(y * factor)) / factor, y, rtol=1e-9)
    np.testing.assert_allclose(raised.warp(y * factor), usual.warp(y), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(raised.mean(m, s) / factor, usual.mean(m, s), rtol=1e-6)
    np.testing.assert_allclose(raised.std(m, s) / factor, usual.std(m, s), rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_standardised_values_have_no_mean_and_unit_variance(kind: WarpingKind) -> None:
    """That is what standardising means."""
    z = Warping.standardising(kind, skewed(kind)).warp(skewed(kind))
    np.testing.assert_allclose([z.mean(), z.std()], [0.0, 1.0], atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_mean_and_std_are_those_of_the_warped_normal(kind: WarpingKind) -> None:
    """Closed forms and the rule of Gauss and Hermite agree with a fine quadrature over the latent normal."""
    warping, m, s = bent(kind), np.array([0.4, 2.5]), np.array([0.5, 1.0])
    z, step = np.linspace(-9, 9, 20_001, retstep=True)
    y, density = warping.unwarp(m[:, None] + s[:, None] * z), stats.norm.pdf(z) * step
    mean = y @ density
    np.testing.assert_allclose(warping.mean(m, s), mean, rtol=1e-5)
    np.testing.assert_allclose(warping.std(m, s), np.sqrt((y - mean[:, None]) ** 2 @ density), rtol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
@given(p=st.floats(0.001, 0.999), m=st.floats(-1.0, 3.0), s=st.floats(0.01, 1.0))
@settings(deadline=None, max_examples=50)
def test_a_quantile_is_exceeded_as_often_as_it_says(kind: WarpingKind, p: float, m: float, s: float) -> None:
    """The latent normal lies below the warped quantile p with probability p."""
    warping = bent(kind)
    at = warping.warp(warping.quantile(p, np.array([m]), np.array([s])))
    np.testing.assert_allclose(stats.norm.cdf(at, m, s), p, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_log_slope_is_the_derivative_of_the_warping(kind: WarpingKind) -> None:
    """It equals a central difference, below zero too where the warping has values there."""
    warping, y = bent(kind), np.array([0.5, 3.0, 40.0] if kind in POSITIVE else [-40.0, -0.5, 0.5, 3.0, 40.0])
    step = 1e-6 * np.abs(y)
    slope = (warping.warp(y + step) - warping.warp(y - step)) / (2 * step)
    np.testing.assert_allclose(warping.log_slope(y), np.log(slope), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("kind", POSITIVE)
def test_zeros_stand_for_half_of_the_smallest_positive_value(kind: WarpingKind) -> None:
    """What a timer shows as 0 is short, not impossible: it comes back positive."""
    y = np.array([0.0, 0.0, *np.geomspace(0.01, 3.0, POWER_ROWS)])
    warping = Warping.standardising(kind, y)
    assert warping.kind == kind
    np.testing.assert_allclose(warping.unwarp(warping.warp(y)), [0.005, 0.005, *y[2:]], rtol=1e-9)
    np.testing.assert_array_equal(warping.log_slope(y)[:2], warping.log_slope(np.array([0.005, 0.005])))


@pytest.mark.parametrize("kind", POSITIVE)
def test_what_comes_later_may_be_zero_or_negative(kind: WarpingKind) -> None:
    """Where no value was, one that has no logarithm is the shortest that can be told; small ones are themselves."""
    warping = Warping.standardising(kind, SKEWED + 1.0)
    least = SKEWED.min() + 1.0
    later = warping.unwarp(warping.warp(np.array([0.0, -3.0, 0.1 * least])))
    np.testing.assert_allclose(later, [0.5 * least, 0.5 * least, 0.1 * least], rtol=1e-9)


def test_normal_values_of_a_power_reveal_that_power() -> None:
    """Box and Cox's likelihood finds the exponent that the values were made with."""
    z = stats.norm.ppf((np.arange(400) + 0.5) / 400)
    squares = (10 + z) ** 2
    assert Warping.standardising("box-cox", squares).power == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_infinite(kind: WarpingKind) -> None:
    """Values over sixty decades, and one far beyond them, have moments and quantiles that are numbers."""
    y = np.geomspace(1e-30, 1e30, POWER_ROWS) - (1e-31 if kind in POSITIVE else 1.0)
    warping, m, s = Warping.standardising(kind, y), np.array([0.0, 3.0, 40.0]), np.array([0.0, 1.0, 10.0])
    answers = [warping.mean(m, s), warping.std(m, s), *(warping.quantile(p, m, s) for p in (0.001, 0.999))]
    assert np.isfinite(answers).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [1.0, 3.0, 1e200])
def test_equal_values_keep_their_unit(kind: WarpingKind, value: float) -> None:
    """Where nothing varies, or by rounding alone, there is nothing to divide by."""
    for y in (np.full(60, value), value * np.tile([1.0, 1.0 + 2e-16, 1.0 - 1e-16], 20)):
        warping = Warping.standardising(kind, y)
        assert warping.scale == 1.0
        np.testing.assert_allclose(warping.unwarp(np.zeros(1)), value, rtol=1e-9)


def test_a_warping_is_legal_where_every_value_has_one() -> None:
    """Logarithms need positive values, or zeros beside some; powers need many, and none at a cap; else it is plain."""
    few, mixed = np.array([0.0, 2.0]), np.array([-1.0, 2.0])
    assert legal_kinds(few) == ("log", "identity")
    assert legal_kinds(mixed) == legal_kinds(np.zeros(3)) == ("identity",)
    assert legal_kinds(np.tile(few, 50)) == ("log", "identity", "box-cox")
    assert legal_kinds(np.tile(mixed, 50)) == ("identity", "yeo-johnson")
    assert legal_kinds(np.tile(few, 50), has_cap=True) == legal_kinds(few)
    assert Warping.standardising("log", mixed).kind == "identity"


def test_no_values_are_an_error() -> None:
    """Standardising nothing says so."""
    with pytest.raises(NotEnoughDataError, match="0 values"):
        Warping.standardising("log", np.empty(0))

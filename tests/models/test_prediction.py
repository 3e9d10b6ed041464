"""Claims about predictions."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from transferperf.metric import Metric
from transferperf.models import Prediction, Warping
from transferperf.models.warping import WarpingKind

CAP = 30.0
WARPINGS: dict[WarpingKind, Warping] = {
    "identity": Warping(kind="identity", location=20.0, scale=4.0),
    "log": Warping(kind="log", location=3.0, scale=0.6),
    "box-cox": Warping(kind="box-cox", location=3.0, scale=1.0, power=0.3, unit=2.0),
    "yeo-johnson": Warping(kind="yeo-johnson", location=3.0, scale=1.0, power=0.3, unit=2.0),
}
KINDS = tuple(WARPINGS)
MEAN, STD, NOISE = np.array([-1.0, 0.0, 1.0, 3.0]), np.array([0.1, 0.5, 0.9, 0.3]), 0.2


def predicted(kind: WarpingKind, cap: float = np.inf) -> Prediction:
    """Four configurations, from quick to beyond the cap, some of them uncertain."""
    metric = Metric("time", unit="s")
    return Prediction(
        latent_mean=MEAN, latent_std=STD, latent_noise=NOISE, warping=WARPINGS[kind], metric=metric, cap=cap
    )


def drawn(kind: WarpingKind, cap: float = np.inf, n: int = 50_000) -> np.ndarray:
    """Evenly likely measurements of them, shape (n, 4)."""
    z = stats.norm.ppf((np.arange(n) + 0.5) / n)
    return np.minimum(WARPINGS[kind].unwarp(MEAN + np.hypot(STD, NOISE) * z[:, None]), cap)


@pytest.mark.parametrize("kind", KINDS)
@given(p=st.floats(0.001, 0.999), q=st.floats(0.001, 0.999))
@settings(max_examples=30)
def test_quantiles_ascend_and_never_exceed_the_cap(kind: WarpingKind, p: float, q: float) -> None:
    """A measurement that would take longer is stopped."""
    low, high = (predicted(kind, CAP).quantile(share) for share in sorted((p, q)))
    assert (low <= high).all()
    assert (high <= CAP).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cap", [np.inf, CAP, 1e6])
def test_mean_and_std_are_those_of_measurements_that_stop_at_the_cap(kind: WarpingKind, cap: float) -> None:
    """They agree with many draws; a cap that is never reached changes nothing."""
    prediction, y = predicted(kind, cap), drawn(kind, cap)
    np.testing.assert_allclose(prediction.mean, y.mean(0), rtol=2e-3)
    np.testing.assert_allclose(prediction.std, y.std(0), rtol=2e-2, atol=0.01)


def test_the_probability_of_a_timeout_is_that_of_a_lognormal_beyond_the_cap() -> None:
    """Scipy's distribution is the reference."""
    warping = WARPINGS["log"]
    total = warping.scale * np.hypot(STD, NOISE)
    expected = stats.lognorm.sf(CAP, total, scale=np.exp(warping.location + warping.scale * MEAN))
    np.testing.assert_allclose(predicted("log", CAP).p_timeout, expected, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_timeouts_are_as_probable_as_quantiles_at_the_cap(kind: WarpingKind) -> None:
    """The quantile just below 1 - p_timeout is below the cap, the one just above is the cap."""
    prediction = predicted(kind, CAP)
    for i, p in enumerate(prediction.p_timeout):
        if 0.01 < p < 0.99:
            assert prediction.quantile(1 - p - 0.005)[i] < CAP
            assert prediction.quantile(1 - p + 0.005)[i] == CAP
    assert ((prediction.p_timeout > 0.01) & (prediction.p_timeout < 0.99)).any()


def test_without_a_cap_nothing_times_out() -> None:
    """The probability is zero."""
    np.testing.assert_array_equal(predicted("log").p_timeout, np.zeros(4))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cap", [np.inf, CAP])
def test_no_value_has_a_smaller_expected_relative_error(kind: WarpingKind, cap: float) -> None:
    """The error of the answer is the smallest of a grid around it, to a thousandth."""
    answer, y = predicted(kind, cap).least_relative_error, drawn(kind, cap, n=4000)

    def error(value: np.ndarray) -> np.ndarray:
        return (np.abs(value - y) / np.abs(y)).mean(0)

    smallest = np.min([error(answer * factor) for factor in np.geomspace(0.3, 3.0, 121)], axis=0)
    assert (error(answer) <= smallest + 1e-3).all()


def test_the_least_relative_error_of_a_lognormal_has_a_closed_form_that_the_general_way_finds() -> None:
    """A cap that is never reached leads to the value that no cap has."""
    np.testing.assert_allclose(
        predicted("log", 1e9).least_relative_error, predicted("log").least_relative_error, rtol=1e-3
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_response_is_more_certain_than_one_measurement_of_it(kind: WarpingKind) -> None:
    """Its interval lies within that of a measurement, and is the same where there is no noise."""
    prediction = predicted(kind, CAP)
    (low, high), (inner_low, inner_high) = prediction.interval(0.8), prediction.response_interval(0.8)
    assert ((low < inner_low) | (low == CAP)).all()
    assert ((inner_high < high) | (high == CAP)).all()
    exact = replace(prediction, latent_noise=0.0)
    np.testing.assert_allclose(exact.interval(0.8), exact.response_interval(0.8))


@pytest.mark.parametrize("kind", KINDS)
def test_a_certain_prediction_is_one_value(kind: WarpingKind) -> None:
    """Without uncertainty, mean, median and the value of least relative error are one, and nothing divides by 0."""
    certain = replace(predicted(kind, CAP), latent_std=np.zeros(4), latent_noise=0.0)
    value = np.minimum(WARPINGS[kind].unwarp(MEAN), CAP)
    np.testing.assert_allclose([certain.mean, certain.median, certain.least_relative_error], [value] * 3, rtol=1e-9)
    np.testing.assert_allclose(certain.std, 0.0, atol=1e-9)
    np.testing.assert_array_equal(certain.p_timeout, value >= CAP)

"""Claims about values at a timeout's cap."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from transferperf.kernels import OptionKernel
from transferperf.models.censoring import N_SWEEPS, match_sites, open_sites
from transferperf.models.posterior import MEAN_VARIANCE, Posterior
from transferperf.models.rows import Rows

NOISE = 0.1
KERNEL = OptionKernel([0])
"""A kernel of one ordered option."""


def ramp(n: int, cap: float) -> Rows:
    """Measurements that rise from -1 to 1 along the option and stop at a cap."""
    x = torch.linspace(0, 1, n, dtype=torch.float64)
    z = 2 * x - 1
    return Rows.of(x[:, None], z.clamp_max(cap), is_capped=z >= cap)


def swept(rows: Rows, cap: float, n_sweeps: int = 30, noise: float = NOISE) -> Posterior:
    """The posterior after so many sweeps."""
    rows = open_sites(rows, cap)
    for _ in range(n_sweeps):
        rows = match_sites(Posterior.condition(KERNEL, noise, rows), cap)
    return Posterior.condition(KERNEL, noise, rows)


def end(posterior: Posterior, x: float = 1.0) -> tuple[float, float]:
    """Mean and variance of the response at one value of the option."""
    mean, variance = posterior.predict(torch.tensor([[x]], dtype=torch.float64))
    return float(mean), float(variance)


def one_capped_row(cap: float) -> Rows:
    """A single row, which a cap has stopped."""
    at = torch.zeros((1, 1), dtype=torch.float64)
    return Rows.of(at, torch.tensor([cap], dtype=torch.float64), is_capped=torch.tensor([True]))


@pytest.mark.parametrize("cap", [-2.0, 0.0, 1.0, 3.0])
def test_one_capped_row_has_the_posterior_of_numerical_integration(cap: float) -> None:
    """Mean and variance of the response are those of prior times probability above the cap."""
    prior = float(KERNEL.variance(torch.zeros((1, 1), dtype=torch.float64)).detach()) + MEAN_VARIANCE
    f, step = np.linspace(-15, 15, 20_001, retstep=True)
    density = stats.norm.pdf(f, scale=np.sqrt(prior)) * stats.norm.cdf((f - cap) / np.sqrt(NOISE))
    density /= density.sum() * step
    mean = (f * density).sum() * step
    expected = mean, ((f - mean) ** 2 * density).sum() * step
    np.testing.assert_allclose(end(swept(one_capped_row(cap), cap), 0.0), expected, rtol=1e-3, atol=1e-3)


def test_predictions_follow_the_trend_beyond_the_cap() -> None:
    """Where a rise is stopped half way, the end is predicted above the cap, and above what it was taken for."""
    rows = ramp(15, cap=0.0)
    plain, censored = Posterior.condition(KERNEL, NOISE, rows), swept(rows, 0.0)
    assert end(censored)[0] > max(0.1, end(plain)[0])
    assert end(censored)[1] > end(plain)[1]


def test_rows_below_the_cap_stay_as_they_are() -> None:
    """Only what the cap has stopped is stood for by sites."""
    rows = ramp(15, cap=0.0)
    after, is_free = swept(rows, 0.0).rows, ~rows.is_capped
    torch.testing.assert_close(after.z[is_free], rows.z[is_free], rtol=0, atol=0)
    torch.testing.assert_close(after.known[is_free], rows.known[is_free], rtol=0, atol=0)
    assert (after.z != rows.z)[rows.is_capped].all()


def without(rows: Rows, is_left_out: Tensor) -> Posterior:
    """The posterior of the other rows."""
    return Posterior.condition(KERNEL, NOISE, rows.select((~is_left_out).numpy()))


def test_a_cap_far_below_what_the_others_predict_says_nothing() -> None:
    """It was known before that the value is above it, so the row is as good as absent."""
    rows = ramp(15, cap=2.0)
    is_capped = torch.arange(15) == 7
    stopped = Rows.of(rows.X, torch.where(is_capped, -8.0, rows.z), is_capped=is_capped)
    np.testing.assert_allclose(end(swept(stopped, -8.0), 0.5), end(without(rows, is_capped), 0.5), rtol=1e-3, atol=1e-4)


def test_a_cap_above_what_the_others_predict_raises_them() -> None:
    """A row that reached it pulls its neighbours up, and the nearer ones more."""
    rows = ramp(15, cap=2.0)
    is_capped = torch.arange(15) == 7
    raised = swept(Rows.of(rows.X, torch.where(is_capped, 2.0, rows.z), is_capped=is_capped), 2.0)
    before = without(rows, is_capped)
    assert end(raised, 0.5)[0] - end(before, 0.5)[0] > end(raised, 1.0)[0] - end(before, 1.0)[0]
    assert end(raised, 0.5)[0] > end(before, 0.5)[0] + 0.1


@pytest.mark.parametrize("noise", [1e-6, 1e-3, NOISE])
def test_sweeping_settles(noise: float) -> None:
    """With most rows at the cap, however little noise there is, a few sweeps come near to what many agree on."""
    few, many, more = (swept(ramp(30, cap=-0.6), -0.6, n, noise) for n in (N_SWEEPS, 60, 61))
    np.testing.assert_allclose(end(more), end(many), rtol=1e-3)
    np.testing.assert_allclose(end(few)[0], end(many)[0], rtol=0.25)


def test_where_every_row_is_capped_predictions_are_above_the_cap() -> None:
    """Nothing is known but that, and no number is infinite."""
    rows = ramp(6, cap=-2.0)
    rows = Rows.of(rows.X, torch.full_like(rows.z, 0.5), is_capped=torch.ones(6, dtype=torch.bool))
    mean, variance = end(swept(rows, 0.5))
    assert 0.5 < mean < 5
    assert 0 < variance < 2.5

"""Claims about heavy tails."""

import numpy as np
import pytest
import torch
from scipy import stats

from transferperf.kernels import OptionKernel
from transferperf.models.evidence import Evidence
from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows
from transferperf.models.tails import DOF, are_heavy, reweigh

NOISE = 0.05
N = 15


def heavy(z: np.ndarray, is_capped: np.ndarray | None = None) -> bool:
    """Whether held-out rows z (n,) that were expected at 0 with variance 1 have heavy tails."""
    capped = None if is_capped is None else torch.as_tensor(is_capped)
    rows = Rows.of(torch.empty((len(z), 0), dtype=torch.float64), torch.as_tensor(z), is_capped=capped)
    return are_heavy(Evidence(np.zeros(len(z)), np.ones(len(z))), rows)


def ramp(off: float) -> Posterior:
    """Rows that rise evenly along one ordered option, but the middle one, which is off by so much."""
    x = torch.linspace(0, 1, N, dtype=torch.float64)
    return Posterior.condition(OptionKernel([0]), NOISE, Rows.of(x[:, None], x + off * (torch.arange(N) == N // 2)))


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_only_rows_that_scatter_like_students_t_have_heavy_tails(scale: float) -> None:
    """Whatever their scale: normal quantiles have none, those of t with few degrees of freedom do."""
    p = (np.arange(200) + 0.5) / 200
    assert not heavy(scale * stats.norm.ppf(p))
    assert heavy(scale * stats.t.ppf(p, 2))


def test_one_of_enough_rows_that_is_far_off_is_a_heavy_tail() -> None:
    """But not at a cap, where nobody knows how far, and not of fewer than ten rows."""
    z = np.r_[50.0, stats.norm.ppf((np.arange(20) + 0.5) / 20)]
    assert heavy(z)
    assert not heavy(z, z == 50.0)
    assert not heavy(z[[0, *range(5, 13)]])
    assert not heavy(np.zeros(20))


def test_a_row_that_is_far_off_bends_the_model_less() -> None:
    """It gets more noise, by the mean precision of Student's t at its distance, and its neighbours are believed."""
    plain, known = ramp(3.0), torch.full((N,), 0.01, dtype=torch.float64)
    rows = reweigh(plain, known)
    mean, _ = plain.leave_one_out()
    at = N // 2
    square = (plain.rows.z[at] - mean[at]) ** 2 / (NOISE + known[at])
    torch.testing.assert_close(NOISE + rows.known[at], (NOISE + known[at]) * (DOF + square) / (DOF + 1))
    assert (rows.known >= known).all()
    again, X = Posterior.condition(plain.kernel, NOISE, rows), plain.rows.X[at : at + 1]
    assert abs(float(again.mean(X)) - 0.5) < 0.5 * abs(float(plain.mean(X)) - 0.5)


def test_rows_within_the_noise_and_at_the_cap_stay_as_they_are() -> None:
    """Nothing gets less noise than was known, and how far a capped row is off is not known."""
    known = torch.full((N,), 0.01, dtype=torch.float64)
    torch.testing.assert_close(reweigh(ramp(0.0), known).known, known, rtol=0, atol=0)
    rows = ramp(3.0).rows
    capped = Rows.of(rows.X, rows.z, is_capped=torch.arange(N) == N // 2)
    after = reweigh(Posterior.condition(OptionKernel([0]), NOISE, capped), known)
    assert after.known[N // 2] == capped.known[N // 2]

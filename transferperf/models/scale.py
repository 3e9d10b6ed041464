"""Choosing the warping by evidence: under which one a Gaussian process predicts left-out measurements best."""

from collections.abc import Mapping, Sequence

import torch

from transferperf.data.table import Samples
from transferperf.kernels import OptionKernel
from transferperf.models.columns import Columns
from transferperf.models.fitting import NoisyKernel, fit
from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows
from transferperf.models.warping import Warping, WarpingKind, legal_kinds

LEAST_ROWS = 5
"""Rows below which an environment does not tell."""

LOOKED_AT = 100
"""Rows of an environment that are looked at."""

Scores = Mapping[WarpingKind, float]
"""Log density of left-out measurements, in the metric's unit, by the warping they were modelled under."""


def score_warpings(columns: Columns, samples: Samples, *, seed: int) -> Scores:
    """The score of each legal warping on one environment's samples; they are thinned to LOOKED_AT.

    Values at a cap do not count: they are not measurements.
    """
    seen = samples.select(~samples.is_capped)
    thin = seen.select(slice(None, None, max(1, -(-len(seen) // LOOKED_AT))))
    if len(thin) < LEAST_ROWS:
        return {}
    return {kind: _score(columns, thin, kind, seed) for kind in legal_kinds(samples.y)}


def choose_warping(scores: Sequence[Scores], legal: Sequence[WarpingKind]) -> WarpingKind:
    """The legal warping with the best score over several environments; the first of them where none tells.

    An environment that has no value under a warping (a logarithm of a negative one) counts as far against it as
    against the worst that it has.
    """
    totals = {kind: sum(known.get(kind, min(known.values())) for known in scores if known) for kind in legal}
    return max(legal, key=lambda kind: totals[kind])


def _score(columns: Columns, samples: Samples, kind: WarpingKind, seed: int) -> float:
    warping = Warping.standardising(kind, samples.y)
    rows = Rows.of(torch.as_tensor(samples.X), torch.as_tensor(warping.warp(samples.y)))
    model = NoisyKernel(OptionKernel(columns.n_levels))
    fit(model, rows, seed=seed, names=columns.names, n_starts=1)
    mean, variance = Posterior.condition(model.kernel, float(model.noise.detach()), rows).leave_one_out()
    density = torch.distributions.Normal(mean, variance.sqrt()).log_prob(rows.z).numpy()
    return float((density + warping.log_slope(samples.y)).sum())

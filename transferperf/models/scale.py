"""Choosing the warping by evidence: under which one a Gaussian process predicts left-out measurements best.

Relative errors are what users of performance models look at, and these are absolute errors on the log scale. So the
logarithm, where it is legal, is kept unless another warping leads by more than twice the standard error of its lead,
and misses left-out measurements by little on the log scale, or by no more: where values span decades, a density may be
high at the many large ones while the small ones are missed by a factor of a thousand.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch

from transferperf import rng
from transferperf.data.table import Samples
from transferperf.kernels import OptionKernel
from transferperf.models.columns import Columns
from transferperf.models.fitting import NoisyKernel, fit
from transferperf.models.rows import Rows
from transferperf.models.warping import Warping, WarpingKind, legal_kinds

LEAST_ROWS = 5
"""Rows below which an environment does not tell."""

LOOKED_AT = 100
"""Rows of an environment that are looked at."""


class Score(NamedTuple):
    """How one warping predicts n left-out measurements.

    Attributes
    ----------
    density
        Log density of each, in the metric's unit; shape (n,).
    off
        How far the median is off each on the log scale, 0 where values have none; shape (n,).
    """

    density: np.ndarray
    off: np.ndarray


Scores = Mapping[WarpingKind, Score]
"""Score of each warping on the same left-out measurements."""

LITTLE = 0.2
"""Root mean square of what left-out values are missed by, up to which it is no reason against a warping."""

STANDARD_ERRORS = 2.0
"""By how many standard errors of its lead a warping has to lead."""


def score_warpings(columns: Columns, samples: Samples, *, seed: int) -> Scores:
    """The scores of each legal warping on one environment's samples; they are thinned to LOOKED_AT.

    Values at a cap do not count: they are not measurements.
    """
    seen = samples.select(~samples.is_capped)
    thin = seen.select(rng.some(rng.generator(seed, "scale rows"), len(seen), LOOKED_AT))
    if len(thin) < LEAST_ROWS:
        return {}
    return {kind: _score(columns, thin, kind, seed) for kind in legal_kinds(thin.y, has_cap=len(seen) < len(samples))}


def choose_warping(scores: Sequence[Scores], legal: Sequence[WarpingKind]) -> WarpingKind:
    """The first of the legal warpings, unless another has a better score over several environments."""
    usual = legal[0]
    sure = {kind: _sure_lead(scores, kind, usual) for kind in legal[1:]}
    best = max(sure, key=lambda kind: sure[kind], default=usual)
    return best if sure.get(best, 0.0) > 0 else usual


def _sure_lead(scores: Sequence[Scores], kind: WarpingKind, usual: WarpingKind) -> float:
    """Lead of a warping over the usual one in all environments that have both, less its standard errors.

    It is 0 where the warping misses by more, unless it misses by little.
    """
    pairs = [(known[kind], known[usual]) for known in scores if kind in known and usual in known]
    lead = np.concatenate([np.empty(0), *(one.density - other.density for one, other in pairs)])
    if len(lead) < LEAST_ROWS:
        return 0.0
    off, usually = (np.concatenate([pair[side].off for pair in pairs]) for side in (0, 1))
    if np.mean(off**2) > max(LITTLE**2, np.mean(usually**2)):
        return 0.0
    return float(lead.sum() - STANDARD_ERRORS * np.sqrt(len(lead)) * np.std(lead, ddof=1))


def _score(columns: Columns, samples: Samples, kind: WarpingKind, seed: int) -> Score:
    warping = Warping.standardising(kind, samples.y)
    rows = Rows.of(torch.as_tensor(samples.X), torch.as_tensor(warping.warp(samples.y)))
    model = NoisyKernel(OptionKernel(columns.n_levels))
    fit(model, rows, seed=seed, names=columns.names, n_starts=1)
    mean, variance = model.condition(rows).leave_one_out()
    density = torch.distributions.Normal(mean, variance.sqrt()).log_prob(rows.z).numpy()
    return Score(density + warping.log_slope(samples.y), _log_errors(warping.unwarp(mean.numpy()), samples.y))


def _log_errors(predicted: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How far logarithms of predictions are off those of values y, both (n,); 0 where not all values have one."""
    if "log" not in legal_kinds(y):
        return np.zeros_like(y)
    floor = y[y > 0].min() / 2
    return np.abs(np.log(np.maximum(predicted, floor) / np.maximum(y, floor)))

"""What can be relied on: how much worse than believed a chosen configuration may turn out to be.

A search for the best mean finds where a model errs on the optimistic side, and with logged data alone nothing corrects
it. So configurations are ranked by the value that they keep with probability 0.9, far off where the model knows
little (Kumar et al. 2022, "Data-driven offline optimization for architecting hardware accelerators", PRIME, in terms of
a Gaussian process). By how many deviations that value differs from the mean is tried on held-out rows: on all of them,
and on those that would have been chosen among them.

Symbols: r (n,) how much worse each held-out value was than believed, in its standard deviations; kappa deviations.
"""

import numpy as np
from scipy import stats

from transferperf.models.evidence import mix
from transferperf.models.prediction import Prediction
from transferperf.models.predictor import TransferPredictor

LEVEL = 0.9
"""Probability with which a guaranteed value is kept."""

PRIOR_ROWS = 5.0
"""How many chosen rows the belief is worth that they turn out as any others do."""

SHARE = 0.2
"""Of held-out rows, how many one is chosen from at a time."""


def deviations(predictor: TransferPredictor, level: float = LEVEL) -> float:
    """How many standard deviations worse than its mean a configuration may be that is kept with probability `level`.

    Those of the normal distribution, or more where held-out rows turned out worse.
    """
    normal = float(stats.norm.ppf(level))
    held_out = [(e.evidence.mean, e.evidence.total_variance) for e in predictor.experts if e.evidence is not None]
    if len(held_out) < len(predictor.experts):
        return normal
    sign = predictor.metric.sign
    mean, variance = mix(held_out, predictor.weights)
    std = predictor.stretch * np.sqrt(variance)
    worse = sign * (predictor.z - mean) / std
    return max(normal, kept_by(worse, level), kept_when_chosen(worse, sign * mean + normal * std, level))


def kept_by(worse: np.ndarray, level: float) -> float:
    """The deviations r (n,) that a share `level` of rows keep, one more row counted that was never seen.

    It is the limit of split conformal prediction (Lei et al. 2018, algorithm 2), or the largest r where n is too small.

    Examples
    --------
    >>> kept_by(np.arange(1.0, 20.0), 0.9)
    18.0
    """
    n = len(worse)
    return float(np.sort(worse)[min(n, int(np.ceil((n + 1) * level))) - 1])


def kept_when_chosen(worse: np.ndarray, promised: np.ndarray, level: float) -> float:
    """The deviations that a row keeps which was chosen for what it promised: the winner's curse, from r (n,).

    Each row counts as often as it promises least cost in a random share of the rows; the mean and the spread of what
    came are believed as far as these rows are many.

    Parameters
    ----------
    promised
        Cost that each row promised to keep, shape (n,).

    Examples
    --------
    >>> promised = np.arange(40.0)
    >>> honest, lucky = np.zeros(40), np.where(promised < 10, 3.0, 0.0)
    >>> kept_when_chosen(honest, promised, 0.9) < 1.5 < 3.0 < kept_when_chosen(lucky, promised, 0.9)
    True
    """
    rank = np.argsort(np.argsort(promised, kind="stable"))
    share = SHARE * (1 - SHARE) ** rank  # (n,): how often a row is the best of the drawn ones
    share /= share.sum()
    n_chosen = 1 / (share @ share)  # Kish's effective number
    mean = share @ worse
    shift = max(0.0, n_chosen * mean / (n_chosen + PRIOR_ROWS))
    spread = (PRIOR_ROWS + n_chosen * (share @ (worse - mean) ** 2)) / (PRIOR_ROWS + n_chosen)
    return float(shift + stats.norm.ppf(level) * np.sqrt(max(1.0, spread)))


def pessimistic_cost(prediction: Prediction, kappa: float) -> np.ndarray:
    """Latent cost of configurations that turn out kappa deviations worse than believed, shape (n,)."""
    return prediction.metric.sign * prediction.latent_mean + kappa * prediction.latent_std


def guaranteed(prediction: Prediction, kappa: float) -> np.ndarray:
    """The same in the metric's unit: what the mean of many repeats keeps, shape (n,); no more than a timeout's cap."""
    z = prediction.metric.sign * pessimistic_cost(prediction, kappa)
    return np.minimum(prediction.warping.quantile(0.5, z, np.zeros(len(z))), prediction.cap)

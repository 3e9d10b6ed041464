"""When a configuration is worth measuring again: where that says more about which one is best than a new one does."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from transferperf.data.table import Samples
from transferperf.models import Prediction, TransferPredictor
from transferperf.search import learned, log_expected_improvement, log_expected_knowledge

LEAST_ROWS, LEAST_UNREPEATED = 8, 20
"""Configurations before which nothing is measured again, and where no repeat has shown yet whether there is noise."""

LEAST_UNREPEATED_GAIN = 0.01
"""What the first repeat of all has to promise, on the latent scale."""

SIGNIFICANT = 0.95
"""Probability of being the better one from which a lead is significant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How far measurements scatter, on the latent scale.

    Parameters
    ----------
    of_run, of_measurement
        Standard deviation of a single run, and of a measurement as they were so far, with its repeats.
    is_known
        Whether repeats tell of it.
    """

    of_run: float
    of_measurement: float
    is_known: bool

    @classmethod
    def of(cls, predictor: TransferPredictor, samples: Samples, belief: Prediction) -> "Noise":
        """By the repeats of the samples; where there are none, by what a model takes for noise.

        That may be its own misfit: the first repeat will tell.
        """
        further = samples.n_repeats - 1
        if not further.any():
            return cls(of_run=belief.latent_noise, of_measurement=belief.latent_noise, is_known=False)
        squares = np.where(further > 0, np.nan_to_num(samples.variance), 0.0)
        slope = np.where(squares > 0, predictor.warping.log_slope(samples.y), 0.0)  # the delta method
        of_run = float(np.sqrt(further @ (squares * np.exp(2 * slope)) / further.sum()))
        n_runs = float(np.median(samples.n_repeats))
        return cls(of_run=of_run, of_measurement=of_run / n_runs**0.5, is_known=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A measured configuration that is worth measuring again.

    Parameters
    ----------
    row
        Which of those that were looked at.
    log_gain
        Logarithm of what that betters the choice by, on the latent scale.
    lead
        Probability that the best one is better than the next best.
    """

    row: int
    log_gain: float
    lead: float


def choose_again(cost: np.ndarray, std: np.ndarray, n_runs: np.ndarray, noise: Noise) -> Again | None:
    """The configuration that is most worth measuring again, if the best one's lead is not significant.

    What repeats can tell of a configuration is no more than the noise that its runs have left.

    Parameters
    ----------
    cost, std
        What is believed of those that may be the answer, shape (n,).
    n_runs
        How often each ran; 0 for one that may not be measured again.
    """
    if noise.of_run <= 0 or len(cost) < (LEAST_ROWS if noise.is_known else LEAST_UNREPEATED) or not n_runs.any():
        return None
    std = np.minimum(std, noise.of_run / np.sqrt(np.maximum(n_runs, 1)))
    best, second = np.argsort(cost, kind="stable")[:2]
    lead = float(stats.norm.cdf((cost[second] - cost[best]) / np.hypot(std[best], std[second])))
    if lead >= SIGNIFICANT:
        return None
    rivals = np.full(len(cost), cost[best])
    rivals[best] = cost[second]
    log_gain = np.where(n_runs > 0, log_expected_knowledge(cost - rivals, std, noise.of_measurement), -np.inf)
    row = int(log_gain.argmax())
    is_worth = noise.is_known or log_gain[row] >= np.log(LEAST_UNREPEATED_GAIN)
    return Again(row=row, log_gain=float(log_gain[row]), lead=lead) if is_worth else None


def log_gain_of_new(belief: Prediction, best: float, noise: Noise) -> float:
    """Logarithm of what measuring one new configuration betters the choice by, on the latent scale."""
    mean, std = belief.metric.sign * belief.latent_mean, belief.latent_std
    return float(log_expected_improvement(mean, learned(std, noise.of_measurement), best)[0])

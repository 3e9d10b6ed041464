"""When a configuration is worth measuring again: where that says more about which one is best than a new one does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from transferperf.data.table import Samples
from transferperf.models import Prediction, TransferPredictor
from transferperf.search import (
    is_among,
    learned,
    log_expected_improvement,
    log_expected_knowledge,
    log_probability_below,
)
from transferperf.search.hypervolume import is_undominated, log_expected_hypervolume, open_boxes
from transferperf.study.scope import Scope

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
        Probability that the best one is better than the next best; of several metrics, that this one is where it is
        believed to be: on the front, or behind it.
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


def choose_again_for_front(
    U: np.ndarray, std: np.ndarray, n_runs: np.ndarray, noises: Sequence[Noise], reference: np.ndarray
) -> Again | None:
    """The configuration that is most worth measuring again for a front, of those that may not be where they seem.

    What it is worth is what its mean, after it has moved, is expected to add to what the others beat, beyond what it
    adds now: of one metric, that is what `choose_again` says.

    Parameters
    ----------
    U, std
        What is believed of the costs of those that may be answers, shape (n, k).
    n_runs
        How often each ran; 0 for one that may not be measured again, shape (n,).
    noises
        Of the k metrics.
    reference
        Costs beyond which nothing counts, shape (k,).
    """
    is_known = any(noise.is_known for noise in noises)
    of_run = np.array([noise.of_run for noise in noises])
    if len(U) < (LEAST_ROWS if is_known else LEAST_UNREPEATED) or not (of_run > 0).any():
        return None
    std = np.minimum(std, of_run / np.sqrt(np.maximum(n_runs, 1))[:, None])
    place = _probability_of_place(U, std)
    after = np.stack([learned(std[:, k], noise.of_measurement) for k, noise in enumerate(noises)], axis=1)
    gain = np.zeros(len(U))
    for i in np.flatnonzero((n_runs > 0) & (place < SIGNIFICANT)):
        boxes = open_boxes(np.delete(U, i, axis=0), reference)
        moved, now = (log_expected_hypervolume(U[[i]], s, boxes)[0] for s in (after[[i]], np.zeros_like(after[[i]])))
        gain[i] = np.exp(moved) - np.exp(now)
    row = int(gain.argmax())
    if gain[row] <= (0.0 if is_known else LEAST_UNREPEATED_GAIN):
        return None
    return Again(row=row, log_gain=float(np.log(gain[row])), lead=float(place[row]))


def _probability_of_place(U: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Probability that what is on the front of U (n, k) is not beaten by any one other, or the rest by one, (n,)."""
    gap, spread = U[:, None] - U, np.hypot(std[:, None], std)  # (n, n, k): each row beside each other
    beats = np.exp(log_probability_below(gap, spread, 0.0).sum(axis=-1))  # (n, n): row j beats row i
    np.fill_diagonal(beats, 0.0)
    most = beats.max(axis=0)
    return np.where(is_undominated(U), 1 - most, most)


def may_again(scope: Scope, known: np.ndarray, pending: np.ndarray) -> np.ndarray:
    """Which configurations known (n, d) may be measured again: they are in the scope and not pending; shape (n,).

    While no repeat has come, one is asked for and no more: it tells whether there is any noise. None is asked for while
    the target has no model of its own.
    """
    state = scope.state
    if state.is_opening or (not state.has_repeats and is_among(pending, state.samples.X).any()):
        return np.zeros(len(known), dtype=bool)
    return scope.hold(known) & ~is_among(known, pending)

"""What a configuration promises where several objectives are weighed, or constraints have to hold.

Objectives are weighed as ParEGO does (Knowles 2006), but each has its own model: the largest weighted cost, and a
little of their sum, has a mean and a spread under draws of all costs. Its expected improvement is multiplied by the
probability that the constraints hold (Gardner et al. 2014).

Symbols: X (n, d) encoded configurations, U (..., k) costs of k objectives, smaller is better, s draws.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from transferperf.models import Feasibility, TransferPredictor
from transferperf.rng import generator
from transferperf.search import log_expected_improvement
from transferperf.search.acquisition import unlearned
from transferperf.search.hypervolume import is_undominated

Moments = Callable[[TransferPredictor, np.ndarray], tuple[np.ndarray, np.ndarray]]

AUGMENTED = 0.05
"""How much the weighted sum counts beside the largest weighted cost."""

N_DRAWS = 64
"""Draws of all objectives."""


def weigh(U: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The augmented Chebyshev cost of U (..., k): shape (...).

    Each configuration that no other beats in all objectives is the best one for some weights (k,).
    """
    weighted = U * weights
    return weighted.max(axis=-1) + AUGMENTED * weighted.sum(axis=-1)


def scales(U: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest cost of each objective, and how far the front of U (n, k) reaches from there: each (k,)."""
    if not len(U):
        return np.zeros(U.shape[1]), np.ones(U.shape[1])
    best = U[is_undominated(U)]
    spans = np.stack([np.ptp(best, axis=0), np.ptp(U, axis=0), np.ones(U.shape[1])])  # the first that is not 0
    return best.min(axis=0), spans[(spans > 0).argmax(axis=0), np.arange(U.shape[1])]


def draw_weights(k: int, seed: int, turn: int) -> np.ndarray:
    """Weights of k objectives, which sum to 1, anew at each turn: shape (k,)."""
    return generator(seed, "weights", turn).dirichlet(np.ones(k))


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What is believed of several metrics, as one score.

    Parameters
    ----------
    objectives, constraints
        Predictors of what is improved, and of what has to be at most 0.
    feasibility
        Probability that a trial gives a value; None where all did.
    weights
        How much each objective counts, shape (k,).
    X_known
        What was measured, and held the constraints: what is to be improved on; shape (m, d).
    is_first
        Whether nothing was measured: then the score is what is expected, not an improvement.
    seed
        What the draws come from.
    """

    objectives: Sequence[TransferPredictor]
    constraints: Sequence[TransferPredictor]
    feasibility: Feasibility | None
    weights: np.ndarray
    X_known: np.ndarray
    is_first: bool
    seed: int

    def score(self, X: np.ndarray) -> np.ndarray:
        """Log expected improvement, and log probability of a value that holds the constraints: shape (n,)."""
        return self._score(X, _moments)

    def guide(self, X: np.ndarray) -> np.ndarray:
        """Much like the score, but quicker: of each metric only the expert that is believed most is asked; (n,)."""
        return self._score(X, TransferPredictor.lead)

    def _score(self, X: np.ndarray, moments: Moments) -> np.ndarray:
        value = self._log_holds(X, moments)
        if self.is_first:
            means = [predictor.metric.sign * moments(predictor, X)[0] for predictor in self.objectives]
            return value - weigh(np.stack(means, axis=-1), self.weights)
        if not len(self.X_known):  # what holds the constraints comes first
            return value
        return value + log_expected_improvement(*self._weighed(X, moments), self._standing[2])

    @cached_property
    def _standing(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Where the front begins and how far it reaches, each (k,), and the smallest weighed cost that is known."""
        known = self._costs([_moments(predictor, self.X_known)[0] for predictor in self.objectives])
        low, span = scales(known)
        return low, span, float(weigh((known - low) / span, self.weights).min())

    def _costs(self, latent: Sequence[np.ndarray]) -> np.ndarray:
        """Costs that latent values (..., n) of each objective mean: (..., n, k), in units where several are weighed."""
        pairs = list(zip(self.objectives, latent, strict=True))
        values = [z if len(pairs) == 1 else predictor.warping.unwarp(z) for predictor, z in pairs]
        return np.stack([p.metric.sign * value for (p, _), value in zip(pairs, values, strict=True)], axis=-1)

    @cached_property
    def _settled(self) -> dict[Moments, list[np.ndarray]]:
        """Deviations of what is known, (m,) for each objective, by either way to ask."""
        ways: tuple[Moments, ...] = (_moments, TransferPredictor.lead)
        return {way: [way(predictor, self.X_known)[1] for predictor in self.objectives] for way in ways}

    def _weighed(self, X: np.ndarray, moments: Moments) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of the weighed cost at X (n, d): each (n,)."""
        low, span, _ = self._standing
        said = zip((moments(predictor, X) for predictor in self.objectives), self._settled[moments], strict=True)
        latent = [(mean, unlearned(std, known)) for (mean, std), known in said]
        if len(latent) == 1:
            mean = self._costs([latent[0][0]])
            return weigh((mean - low) / span, self.weights), weigh(latent[0][1][:, None] / span, self.weights)
        half = generator(self.seed, "draws").standard_normal((len(latent), N_DRAWS // 2, 1))
        drawn = np.concatenate([half, -half], axis=1)  # (k, s, 1)
        U = self._costs([mean + std * z for (mean, std), z in zip(latent, drawn, strict=True)])  # (s, n, k)
        cost = weigh((U - low) / span, self.weights)
        return cost.mean(axis=0), cost.std(axis=0)

    def _log_holds(self, X: np.ndarray, moments: Moments) -> np.ndarray:
        """Logarithm of the probability that there is a value, and all constraints are at most 0, shape (n,)."""
        value = np.zeros(len(X)) if self.feasibility is None else np.log(self.feasibility.predict(X))
        for predictor in self.constraints:
            mean, std = moments(predictor, X)
            limit = float(predictor.warping.warp(np.zeros(1))[0])
            value += special.log_ndtr((limit - mean) / np.maximum(std, 1e-12))
        return value


def _moments(predictor: TransferPredictor, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Latent mean and standard deviation at X (n, d): each (n,)."""
    belief = predictor.predict(X)
    return belief.latent_mean, belief.latent_std

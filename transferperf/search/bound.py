"""Goals of a search, and what a configuration must be to be as good as one that is known already.

Symbols: mean, std of the believed cost; smaller is better. score(mean, std) grows with std and falls with mean.
A goal gives lines a_j + b_j std, b_j >= 0, and a threshold: whatever scores at least `worst` satisfies
mean - max_j (a_j + b_j std) <= threshold.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from scipy.optimize import brentq

from transferperf.search.acquisition import log_expected_improvement, lower_confidence_bound

N_LINES = 4
"""Pieces of the curve above which nothing improves enough."""

SLACK = 1e-6
"""By how much, relatively, scores may be off where they are not certified to the last bit."""

ROOM = 1e-9
"""How far, relatively, lines lie above the curve that was solved for."""


class Lines(NamedTuple):
    """Intercepts (j,), slopes (j,) and the threshold of mean - max_j (a_j + b_j std)."""

    intercepts: np.ndarray
    slopes: np.ndarray
    threshold: float


class Goal(Protocol):
    """What is to be best."""

    @property
    def reads_std(self) -> bool:
        """Whether scores depend on anything but the mean."""
        ...

    def score(self, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
        """Worth of configurations, shape (n,); larger is better."""
        ...

    def lines(self, worst: float, most_std: float) -> Lines:
        """What a configuration satisfies whose score is at least `worst`, given that no std exceeds `most_std`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LowBound:
    """The least lower confidence bound, mean - kappa std; the least mean where kappa is 0."""

    kappa: float

    @property
    def reads_std(self) -> bool:
        """Not where kappa is 0."""
        return self.kappa != 0

    def score(self, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
        """Minus the bound, shape (n,)."""
        return -lower_confidence_bound(mean, std, self.kappa)

    def lines(self, worst: float, most_std: float) -> Lines:  # noqa: ARG002  the bound is a line itself
        """One line, exactly."""
        return Lines(np.zeros(1), np.array([self.kappa]), -worst)


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """The largest expected improvement over the smallest cost so far, `best`."""

    best: float

    @property
    def reads_std(self) -> bool:
        """Always: what is uncertain may improve."""
        return True

    def score(self, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
        """Logarithm of the expected improvement, shape (n,)."""
        return log_expected_improvement(mean, std, self.best)

    def lines(self, worst: float, most_std: float) -> Lines:
        """Chords of tau(std), the mean at which the improvement is `worst`.

        Expected improvement is convex in mean and std together (std h((best - mean) / std) is the perspective of a
        convex h), so what lies above tau is a convex set: tau is convex, and lies below its chords.
        """
        if not math.isfinite(worst):
            return Lines(np.zeros(1), np.zeros(1), math.inf)
        std = most_std * np.linspace(0, 1, N_LINES + 1)
        tau = np.array([self.best - math.exp(worst), *(self._tau(worst, s) for s in std[1:])])
        slopes = np.diff(tau) / np.diff(std)
        intercepts = tau[:-1] - slopes * std[:-1]
        return Lines(intercepts + ROOM * (np.abs(tau).max() + most_std), np.maximum(slopes, 0), 0.0)

    def _tau(self, worst: float, std: float) -> float:
        """The mean at which log expected improvement is `worst`."""
        low, high = self.best - math.exp(worst) - std, self.best
        while self._excess(high, worst, std) > 0:
            high += 2 * (high - low)
        return float(brentq(self._excess, low, high, args=(worst, std), xtol=1e-13, rtol=1e-14))

    def _excess(self, mean: float, worst: float, std: float) -> float:
        return float(self.score(np.array(mean), np.array(std))) - worst

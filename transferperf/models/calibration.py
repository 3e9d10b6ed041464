"""Calibration: from a latent mean and variance to a probability, by what an opinion said of rows it had not seen.

P = Phi((a m + b) / sqrt(1 + a^2 v)) with the most likely a >= 0 and b (Platt 1999; Rasmussen & Williams, sec. 6.5).
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize
from scipy.special import log_ndtr


@dataclass(frozen=True, slots=True)
class Moments:
    """What an opinion says of n configurations: mean and variance of the latent share; shapes (n,)."""

    mean: np.ndarray
    variance: np.ndarray

    def score(self, a: float, b: float) -> np.ndarray:
        """What the normal distribution function makes a probability of, shape (n,) (R & W, eq. 6.42)."""
        return (a * self.mean + b) / np.sqrt(1 + a**2 * self.variance)


@dataclass(frozen=True, slots=True)
class Trial:
    """What an opinion said of n rows that it had not seen.

    Parameters
    ----------
    said
        Its moments.
    y
        Share of valid runs, shape (n,).
    weight
        How much each row counts, shape (n,).
    """

    said: Moments
    y: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, said: Moments, y: np.ndarray) -> "Trial":
        """A trial in which each row counts once."""
        return cls(said, y, np.ones(len(y)))

    def log_density(self, a: float, b: float) -> np.ndarray:
        """Log probability of each row, shape (n,)."""
        score = self.said.score(a, b)
        return self.y * log_ndtr(score) + (1 - self.y) * log_ndtr(-score)

    def join(self, other: "Trial") -> "Trial":
        """Both trials as one."""
        said = Moments(_both(self.said.mean, other.said.mean), _both(self.said.variance, other.said.variance))
        return Trial(said, _both(self.y, other.y), _both(self.weight, other.weight))


def calibrate(trial: Trial, n_rows: float) -> tuple[float, float]:
    """The a >= 0 and b under which a trial is most likely.

    Of N rows, each counts as if Laplace had seen N of its kind: (N y + 1) / (N + 2) for y. An opinion that tells
    nothing becomes his rule so, and one that was always right is not certain.
    """
    t = (n_rows * trial.y + 1) / (n_rows + 2)
    m, v, weight = trial.said.mean, trial.said.variance, trial.weight

    def loss(ab: np.ndarray) -> tuple[float, np.ndarray]:
        a, b = ab
        score, root = trial.said.score(a, b), np.sqrt(1 + a**2 * v)
        up, down = log_ndtr(score), log_ndtr(-score)
        slope = weight * (t * _hazard(score, up) - (1 - t) * _hazard(score, down))  # of the likelihood, by the score
        return -float(weight @ (t * up + (1 - t) * down)), -np.array(
            [slope @ ((m - a * b * v) / root**3), (slope / root).sum()]
        )

    answer = optimize.minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=((0, 1e3), (-1e3, 1e3)))
    return float(answer.x[0]), float(answer.x[1])


def _hazard(score: np.ndarray, log_p: np.ndarray) -> np.ndarray:
    """Normal density at a score over the probability of its tail: shape kept."""
    return np.exp(-0.5 * score**2 - log_p) / np.sqrt(2 * np.pi)


def tells(trial: Trial, ab: tuple[float, float]) -> bool:
    """Whether an opinion is more likely than one that tells no row from another."""
    p = (trial.y.sum() + 1) / (len(trial.y) + 2)
    alone = trial.y * np.log(p) + (1 - trial.y) * np.log(1 - p)
    return bool(trial.log_density(*ab).sum() > alone.sum())


def _both(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.concatenate([first, second])

"""What a model says about configurations: a distribution for each, in the metric's unit."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from transferperf.metric import Metric
from transferperf.models.warping import Warping

NODES = np.linspace(-6.0, 6.0, 121)
"""Where a distribution is looked at that has no closed form, in latent standard deviations from its mean."""

SHARES = stats.norm.pdf(NODES) / stats.norm.pdf(NODES).sum()
"""How much each counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One new measurement of each of n configurations.

    Parameters
    ----------
    latent_mean, latent_std
        Mean and standard deviation of the response on the warped scale, without measurement noise; shape (n,).
    latent_noise
        Standard deviation of the measurement noise on that scale.
    warping
        The way back to the metric's unit.
    metric
        What is predicted.
    cap
        Value at which a timeout stops a measurement, in the metric's unit; infinity where none does.
    """

    latent_mean: np.ndarray
    latent_std: np.ndarray
    latent_noise: float
    warping: Warping
    metric: Metric
    cap: float = np.inf

    def __len__(self) -> int:
        return len(self.latent_mean)

    @property
    def mean(self) -> np.ndarray:
        """Mean, in the metric's unit, shape (n,)."""
        if np.isfinite(self.cap):
            return SHARES @ self._at_nodes()
        return self.warping.mean(self.latent_mean, self._latent_total)

    @property
    def std(self) -> np.ndarray:
        """Standard deviation, in the metric's unit, shape (n,)."""
        if np.isfinite(self.cap):
            return np.sqrt(SHARES @ (self._at_nodes() - self.mean) ** 2)
        return self.warping.std(self.latent_mean, self._latent_total)

    @property
    def median(self) -> np.ndarray:
        """Median, in the metric's unit, shape (n,): the value with the smallest expected absolute error."""
        return self.quantile(0.5)

    @property
    def least_relative_error(self) -> np.ndarray:
        """The value with the smallest expected relative error |value - y| / |y|, in the metric's unit, shape (n,).

        It is the median of the distribution weighted by 1 / |y|: exp(m - s^2) where log y is normal.
        """
        if self.warping.kind == "log" and not np.isfinite(self.cap):
            m, s = self.latent_mean, self._latent_total
            return self.warping.unwarp(m - self.warping.scale * s**2)
        y = self._at_nodes()
        share = SHARES[:, None] / np.maximum(np.abs(y), 1e-300)
        below = np.cumsum(share, axis=0) - 0.5 * share  # (nodes, n)
        after = np.argmax(below >= 0.5 * share.sum(0), axis=0).clip(min=1)
        ends = np.stack([after - 1, after])  # (2, n): the nodes on both sides of the median
        (y_low, y_high), (low, high) = (np.take_along_axis(x, ends, axis=0) for x in (y, below))
        return y_low + (y_high - y_low) * np.clip((0.5 * share.sum(0) - low) / (high - low), 0, 1)

    @property
    def p_timeout(self) -> np.ndarray:
        """Probability that a measurement reaches the timeout's cap, shape (n,)."""
        if not np.isfinite(self.cap):
            return np.zeros(len(self))
        above = self.latent_mean - float(self.warping.warp(np.array(self.cap)))
        return stats.norm.cdf(above / np.maximum(self._latent_total, 1e-300))

    def quantile(self, p: float) -> np.ndarray:
        """Quantile p of one new measurement, in the metric's unit, shape (n,)."""
        return np.minimum(self.warping.quantile(p, self.latent_mean, self._latent_total), self.cap)

    def interval(self, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the central interval that holds a new measurement with probability `level`, each (n,)."""
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)

    def response_interval(self, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the interval of the response itself: what the mean of many repeats would be; each (n,)."""
        tails = ((1 - level) / 2, (1 + level) / 2)
        low, high = (np.minimum(self.warping.quantile(p, self.latent_mean, self.latent_std), self.cap) for p in tails)
        return low, high

    @property
    def _latent_total(self) -> np.ndarray:
        return np.hypot(self.latent_std, self.latent_noise)

    def _at_nodes(self) -> np.ndarray:
        """Measurements at NODES, which stop at the cap; shape (nodes, n)."""
        y = self.warping.unwarp(self.latent_mean + self._latent_total * NODES[:, None])
        return np.minimum(y, self.cap)

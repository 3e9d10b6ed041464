"""What a model says about configurations: a distribution for each, in the metric's unit."""

from dataclasses import dataclass

import numpy as np

from transferperf.metric import Metric
from transferperf.models.warping import Warping


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
    """

    latent_mean: np.ndarray
    latent_std: np.ndarray
    latent_noise: float
    warping: Warping
    metric: Metric

    def __len__(self) -> int:
        return len(self.latent_mean)

    @property
    def mean(self) -> np.ndarray:
        """Mean, in the metric's unit, shape (n,)."""
        return self.warping.mean(self.latent_mean, self._latent_total)

    @property
    def std(self) -> np.ndarray:
        """Standard deviation, in the metric's unit, shape (n,)."""
        return self.warping.std(self.latent_mean, self._latent_total)

    @property
    def median(self) -> np.ndarray:
        """Median, in the metric's unit, shape (n,): the value with the smallest expected absolute error."""
        return self.quantile(0.5)

    def quantile(self, p: float) -> np.ndarray:
        """Quantile p of one new measurement, in the metric's unit, shape (n,)."""
        return self.warping.quantile(p, self.latent_mean, self._latent_total)

    def interval(self, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the central interval that holds a new measurement with probability `level`, each (n,)."""
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)

    def response_interval(self, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the interval of the response itself: what the mean of many repeats would be; each (n,)."""
        tails = ((1 - level) / 2, (1 + level) / 2)
        low, high = (self.warping.quantile(p, self.latent_mean, self.latent_std) for p in tails)
        return low, high

    @property
    def _latent_total(self) -> np.ndarray:
        return np.hypot(self.latent_std, self.latent_noise)

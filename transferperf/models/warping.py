"""Warping: the scale on which a metric is modelled, with the exact way back.

A latent value is z = (w(y) - location) / scale with w the identity or the logarithm; a normal z is a normal or a
lognormal y, whose mean, standard deviation and quantiles have closed forms.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from transferperf.errors import NotEnoughDataError

WarpingKind = Literal["identity", "log"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Warping:
    """An increasing map between a metric's unit and a standardised latent scale.

    Examples
    --------
    >>> warping = Warping.standardising("log", np.array([1.0, 10.0, 100.0]))
    >>> warping.quantile(0.5, warping.warp(np.array([20.0])), np.array([0.3])).round(6)
    array([20.])
    """

    kind: WarpingKind
    location: float
    scale: float

    @classmethod
    def standardising(cls, kind: WarpingKind, y: np.ndarray) -> "Warping":
        """The warping that gives values y (n,) zero mean and unit variance; equal values keep the scale 1."""
        if not len(y):
            raise NotEnoughDataError(f"cannot standardise {len(y)} values; give at least one")
        w = np.log(y) if kind == "log" else y
        scale = float(np.std(w))
        tiny = 1e-12 * max(1.0, float(np.abs(w).max()))
        return cls(kind=kind, location=float(np.mean(w)), scale=scale if scale > tiny else 1.0)

    def warp(self, y: np.ndarray) -> np.ndarray:
        """Latent values of y in the metric's unit, shape kept."""
        return ((np.log(y) if self.kind == "log" else y) - self.location) / self.scale

    def log_slope(self, y: np.ndarray) -> np.ndarray:
        """Logarithm of dz/dy, which turns a log density of z into one of y; shape kept."""
        return -np.log(self.scale) - (np.log(y) if self.kind == "log" else np.zeros_like(y))

    def mean(self, m: np.ndarray, s: np.ndarray) -> np.ndarray:
        """Mean of y where z is normal with mean m and standard deviation s, both (n,)."""
        m, s = self._unscaled(m, s)
        return np.exp(m + s**2 / 2) if self.kind == "log" else m

    def std(self, m: np.ndarray, s: np.ndarray) -> np.ndarray:
        """Standard deviation of y where z is normal with mean m and standard deviation s, both (n,)."""
        m, s = self._unscaled(m, s)
        return np.exp(m + s**2 / 2) * np.sqrt(np.expm1(s**2)) if self.kind == "log" else s

    def quantile(self, p: float, m: np.ndarray, s: np.ndarray) -> np.ndarray:
        """Quantile p of y where z is normal with mean m and standard deviation s, both (n,)."""
        m, s = self._unscaled(m, s)
        w = m + s * stats.norm.ppf(p)
        return np.exp(w) if self.kind == "log" else w

    def _unscaled(self, m: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.location + self.scale * m, self.scale * s

"""Warping: the scale on which a metric is modelled, with the exact way back.

A latent value is z = (w(y) - location) / scale with w increasing: the identity, the logarithm, or a power (Box & Cox
1964 for positive values, Yeo & Johnson 2000 for any). Quantiles of y are those of z, warped back. The mean and the
standard deviation have closed forms for the identity and the logarithm; for powers they are integrated by the rule of
Gauss and Hermite.

A timer shows 0 for what is shorter than its resolution: on the scales that need positive values, 0 stands for half of
the smallest positive value.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import optimize, stats

from transferperf.errors import NotEnoughDataError

WarpingKind = Literal["identity", "log", "box-cox", "yeo-johnson"]

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(24)
"""Where a function of a standard normal is looked at, and how much each counts."""


LARGEST = 700.0
"""Logarithm of the largest number that is still told from infinity."""

POWER_ROWS = 50
"""Values from which a power can be told."""


def legal_kinds(y: np.ndarray, *, has_cap: bool = False, is_known: bool = False) -> tuple[WarpingKind, ...]:
    """The warpings that have a value for each of y (n,), the one to prefer first.

    Powers need many values, and none that a cap has piled up, unless the power is known.
    """
    has_log = len(y) > 0 and (y >= 0).all() and (y > 0).any()
    plain: tuple[WarpingKind, ...] = ("log", "identity") if has_log else ("identity",)
    power: WarpingKind = "box-cox" if has_log else "yeo-johnson"
    return (*plain, power) if is_known or (len(y) >= POWER_ROWS and not has_cap) else plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Warping:
    """An increasing map between a metric's unit and a standardised latent scale.

    Parameters
    ----------
    kind
        Which map w is.
    location, scale
        What makes w(y) standardised.
    floor
        What 0, or less, stands for, in the metric's unit; 0 where the map has a value for any y.
    power
        Exponent of the power warpings.
    unit
        Value whose power is taken for 1, in the metric's unit, so that milliseconds warp as seconds do.

    Examples
    --------
    >>> warping = Warping.standardising("log", np.array([1.0, 10.0, 100.0]))
    >>> warping.quantile(0.5, warping.warp(np.array([20.0])), np.array([0.3])).round(6)
    array([20.])
    """

    kind: WarpingKind
    location: float
    scale: float
    floor: float = 0.0
    power: float = 1.0
    unit: float = 1.0

    @classmethod
    def standardising(cls, kind: WarpingKind, y: np.ndarray, power: float | None = None) -> "Warping":
        """The warping that gives values y (n,) zero mean and unit variance; equal values keep the scale 1.

        A kind that is not legal for them becomes the first one that is.

        Parameters
        ----------
        power
            Exponent of a power warping, where it is known; it takes many values to tell it.
        """
        if not len(y):
            raise NotEnoughDataError(f"cannot standardise {len(y)} values; give at least one")
        known = power if kind in {"box-cox", "yeo-johnson"} else None
        kind = kind if kind in legal_kinds(y, is_known=known is not None) else legal_kinds(y)[0]
        floor, power, unit = 0.0, 1.0, 1.0
        if kind in {"log", "box-cox"}:
            floor = float(y[y > 0].min()) / 2
        if kind in {"box-cox", "yeo-johnson"} and y.any():
            unit = float(np.median(np.abs(y[y != 0])))
        if kind == "box-cox":
            power = known if known is not None else _likely_power(stats.boxcox_llf, np.maximum(y, floor) / unit)
        if kind == "yeo-johnson":
            power = known if known is not None else _likely_power(stats.yeojohnson_llf, y / unit)
        plain = cls(kind=kind, location=0.0, scale=1.0, floor=floor, power=power, unit=unit)
        w = plain.warp(y)
        size = float(np.abs(w).max()) or 1.0  # squares of huge or tiny values leave float64
        location, scale = size * float(np.mean(w / size)), size * float(np.std(w / size))
        rounding = 1e-12 * (size if kind == "identity" else max(size, 1.0))  # near 1, a logarithm is all rounding
        return replace(plain, location=location, scale=scale if scale > rounding else 1.0)

    def warp(self, y: np.ndarray) -> np.ndarray:
        """Latent values of y in the metric's unit, shape kept."""
        return (self._w(np.asarray(y, dtype=float)) - self.location) / self.scale

    def log_slope(self, y: np.ndarray) -> np.ndarray:
        """Logarithm of dz/dy, which turns a log density of z into one of y; shape kept."""
        y = self._legal(np.asarray(y, dtype=float))
        match self.kind:
            case "identity":
                slope = np.zeros_like(y)
            case "log":
                slope = -np.log(y)
            case "box-cox":
                slope = (self.power - 1) * np.log(y / self.unit) - np.log(self.unit)
            case "yeo-johnson":
                slope = np.sign(y) * (self.power - 1) * np.log1p(np.abs(y) / self.unit) - np.log(self.unit)
        return slope - np.log(self.scale)

    def mean(self, m: np.ndarray, s: np.ndarray) -> np.ndarray:
        """Mean of y where z is normal with mean m and standard deviation s, both (n,)."""
        location, spread = self._unscaled(m, s)
        match self.kind:
            case "identity":
                return location
            case "log":
                return np.exp(np.minimum(location + spread**2 / 2, LARGEST))
        return self.unit * (self._at_nodes(m, s) @ WEIGHTS) / WEIGHTS.sum()

    def std(self, m: np.ndarray, s: np.ndarray) -> np.ndarray:
        """Standard deviation of y where z is normal with mean m and standard deviation s, both (n,)."""
        location, spread = self._unscaled(m, s)
        match self.kind:
            case "identity":
                return spread
            case "log":
                variance = np.minimum(spread**2, LARGEST)
                return np.exp(np.minimum(location + spread**2 / 2, LARGEST - variance / 2)) * np.sqrt(
                    np.expm1(variance)
                )
        y = self._at_nodes(m, s)
        mean = y @ WEIGHTS / WEIGHTS.sum()
        return self.unit * np.sqrt((y - mean[:, None]) ** 2 @ WEIGHTS / WEIGHTS.sum())

    def quantile(self, p: float | np.ndarray, m: np.ndarray, s: np.ndarray) -> np.ndarray:
        """Quantile p of y where z is normal with mean m and standard deviation s, both (n,)."""
        return self.unwarp(m + s * stats.norm.ppf(p))

    def unwarp(self, z: np.ndarray) -> np.ndarray:
        """Values in the metric's unit at latent z, shape kept: the inverse of `warp`."""
        w = self.location + self.scale * np.asarray(z, dtype=float)
        match self.kind:
            case "identity":
                return w
            case "log":
                return np.exp(np.minimum(w, LARGEST))
            case "box-cox":
                return self.unit * np.exp(_log_inverse_power(w, self.power))
            case "yeo-johnson":
                up = np.expm1(_log_inverse_power(np.maximum(w, 0), self.power))
                down = -np.expm1(_log_inverse_power(np.maximum(-w, 0), 2 - self.power))
                return self.unit * np.where(w >= 0, up, down)

    def _legal(self, y: np.ndarray) -> np.ndarray:
        return np.where(y > 0, y, self.floor) if self.floor else y

    def _w(self, y: np.ndarray) -> np.ndarray:
        y = self._legal(y)
        match self.kind:
            case "identity":
                return y
            case "log":
                return np.log(y)
            case "box-cox":
                return _power(np.log(y / self.unit), self.power)
            case "yeo-johnson":
                up = _power(np.log1p(np.maximum(y / self.unit, 0)), self.power)
                down = -_power(np.log1p(np.maximum(-y / self.unit, 0)), 2 - self.power)
                return np.where(y >= 0, up, down)

    def _unscaled(self, m: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.location + self.scale * m, self.scale * s

    def _at_nodes(self, m: np.ndarray, s: np.ndarray) -> np.ndarray:
        y = self.unwarp(np.asarray(m)[:, None] + np.asarray(s)[:, None] * NODES)
        return y / self.unit  # (n, nodes): squares of huge or tiny values leave float64


def _power(log_y: np.ndarray, power: float) -> np.ndarray:
    """Box and Cox's power of y > 0, given its logarithm, which it is itself at power 0."""
    return log_y if abs(power) < 1e-8 else np.expm1(power * log_y) / power


def _log_inverse_power(w: np.ndarray, power: float) -> np.ndarray:
    """Logarithm of the y whose power is w; beyond the end of powers it is that of the end."""
    if abs(power) < 1e-8:
        return np.minimum(w, LARGEST / 2)
    beyond = np.log(np.maximum(1 + power * w, np.finfo(float).tiny ** 0.25))
    near = np.log1p(np.maximum(power * w, -0.5))  # exact near 1
    return np.minimum(np.where(power * w < -0.5, beyond, near) / power, LARGEST / 2)


def _likely_power(log_likelihood: Callable[[float, np.ndarray], float], y: np.ndarray) -> float:
    """The power between 0 and 2 (each latent value is then finite) that makes y (n,) most normal; 1 where all equal."""
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        return 1.0
    found = optimize.minimize_scalar(lambda power: -log_likelihood(power, y), bounds=(0, 2), method="bounded")
    return float(found.x)

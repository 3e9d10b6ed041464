"""Estimates with intervals, by drawing the common configurations again (Efron's percentile bootstrap)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, and how sure it is.

    Parameters
    ----------
    value
        NaN where there is no answer.
    low, high
        Ends of the 95 % interval; NaN where none was asked for.
    reason
        Why there is no answer, else "".
    """

    value: float
    low: float = float("nan")
    high: float = float("nan")
    reason: str = ""


def bootstrap(
    statistic: Callable[[np.ndarray], Mapping[str, float]], n: int, n_resamples: int, draws: np.random.Generator
) -> dict[str, Estimate]:
    """Estimates of a statistic of n rows with percentile intervals.

    Parameters
    ----------
    statistic
        Numbers of row (n,) -> name -> value.
    n, n_resamples
        How many rows, and how often they are drawn again; 0 gives no intervals.
    draws
        Of the rows.

    Examples
    --------
    >>> y = np.arange(9.0)
    >>> found = bootstrap(lambda rows: {"mean": float(y[rows].mean())}, 9, 100, np.random.default_rng(0))["mean"]
    >>> found.value, found.low < 4 < found.high
    (4.0, True)
    """
    values = statistic(np.arange(n))
    drawn = [statistic(draws.integers(n, size=n)) for _ in range(n_resamples)]
    return {name: interval(value, np.array([one[name] for one in drawn])) for name, value in values.items()}


def interval(value: float, drawn: np.ndarray) -> Estimate:
    """An estimate with the percentile interval of its resamples (s,), widened to hold it."""
    if np.isnan(value) or not np.isfinite(drawn).any():
        return Estimate(float(value))
    low, high = map(float, percentiles(drawn))
    return Estimate(float(value), min(low, value), max(high, value))


def percentiles(values: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the central interval of resamples (s, ...), those without an answer left out; shape (...) each."""
    values = np.sort(values, axis=0)  # NaN come last
    last = np.maximum(np.isfinite(values).sum(axis=0) - 1, 0)
    tail = np.floor((1 - level) / 2 * (last + 1)).astype(int)
    low, high = (np.take_along_axis(values, k[None], axis=0)[0] for k in (tail, last - tail))
    return low, high

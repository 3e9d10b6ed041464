"""Estimates with 95 % intervals, by drawing the common configurations again (Efron and Tibshirani 1993).

The percentile interval of few rows is too short where tails are heavy, and has no width where all rows say the same:
correlations and shares have intervals of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95
MOST = 1 - 1e-12
"""Fisher's scale ends here: 14.2."""


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


def percentiles(values: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the central interval of resamples (s, ...), those without an answer left out; shape (...) each."""
    values = np.sort(values, axis=0)  # NaN come last
    last = np.maximum(np.isfinite(values).sum(axis=0) - 1, 0)
    tail = np.floor((1 - level) / 2 * (last + 1)).astype(int)
    low, high = (np.take_along_axis(values, k[None], axis=0)[0] for k in (tail, last - tail))
    return low, high


def correlation_ends(estimate: np.ndarray, drawn: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends of intervals of correlations of n rows, from their resamples (s, ...); shape (...) each, NaN without any.

    They are as many standard errors wide on Fisher's scale (1915) as Student's t of n - 2 says, or as Fisher's formula
    for normal values does if that is wider: resamples know of heavy tails, the formula of what few rows did not show.
    """
    z = fisher(estimate)
    student = float(stats.t.ppf((1 + LEVEL) / 2, max(n - 2, 1)))
    least = float(stats.norm.ppf((1 + LEVEL) / 2)) / np.sqrt(max(n - 3, 1))
    half = np.maximum(student * _moments(fisher(drawn))[1], least)
    return np.minimum(np.tanh(z - half), estimate), np.maximum(np.tanh(z + half), estimate)


def attenuated(value: float, drawn: np.ndarray, n: int) -> Estimate:
    """A correlation of n numbers that are themselves estimates, with its interval from resamples (s,).

    Error in the numbers moves their correlation towards 0, and resampling moves it once more by as much: the interval
    reaches as far beyond the estimate, on Fisher's scale and on its own, which unlike Fisher's gets to 1.
    """
    if np.isnan(value) or not np.isfinite(drawn).any():
        return Estimate(float(value))
    student = float(stats.t.ppf((1 + LEVEL) / 2, max(n - 2, 1)))
    (z_mean, z_error), (mean, error) = _moments(fisher(drawn)), _moments(drawn)
    z = fisher(value)
    by_fisher = np.tanh(
        [end for centre in (z, 2 * z - z_mean) for end in (centre - student * z_error, centre + student * z_error)]
    )
    own = [end for centre in (value, 2 * value - mean) for end in (centre - student * error, centre + student * error)]
    ends = np.clip([value, *by_fisher, *own], -1.0, 1.0)
    return Estimate(float(value), float(ends.min()), float(ends.max()))


def spread(value: float, drawn: np.ndarray, n: int) -> Estimate:
    """An estimate from n rows with an interval of Student's t around it, widened to hold that of resamples (s,)."""
    found = interval(value, drawn)
    half = float(stats.t.ppf((1 + LEVEL) / 2, max(n - 2, 1)) * _moments(np.asarray(drawn))[1])
    return Estimate(found.value, min(found.low, value - half), max(found.high, value + half))


def share(value: float, n: float) -> Estimate:
    """A share of n rows with Jeffreys's interval, which has a width also where it is 0 or 1.

    Examples
    --------
    >>> share(0.0, 20).high > 0.1
    True
    """
    if np.isnan(value) or n <= 0:
        return Estimate(float(value))
    tail = (1 - LEVEL) / 2
    low, high = (float(stats.beta.ppf(p, n * value + 0.5, n * (1 - value) + 0.5)) for p in (tail, 1 - tail))
    return Estimate(float(value), min(low, value) if value else 0.0, max(high, value) if value < 1 else 1.0)


def fisher(r: float | np.ndarray) -> np.ndarray:
    """Fisher's z of correlations of any shape, at most 14.2."""
    return np.arctanh(np.clip(r, -MOST, MOST))


def _moments(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of resamples (s, ...), those without an answer left out; NaN where none has one."""
    is_known = np.isfinite(drawn)
    count = is_known.sum(axis=0)
    count = np.where(count > 0, count, np.nan)
    mean = np.where(is_known, drawn, 0.0).sum(axis=0) / count
    squares = np.where(is_known, (drawn - mean) ** 2, 0.0).sum(axis=0)
    return mean, np.sqrt(squares / np.maximum(count - 1, 1))

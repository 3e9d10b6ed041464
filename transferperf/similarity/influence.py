"""Do the same options matter, in the same direction: M6 to M9 of Jamshidi et al. (ASE 2017, H2.1).

The study pairs configurations that differ in one option only, calls it influential where a paired t-test rejects at 5
%, and counts, of those influential in both environments, whether the signs of the median differences agree (M8) or not
(M9); its text calls M8 and M9 "influential in both" and "in one". It does not correct for testing many options.
Corrected: Benjamini and Hochberg's procedure, signs of the mean that was tested, and where a sample has hardly such
pairs, as a random sample of few rows, a t-test of each option's slope. `c` contrasts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from transferperf.similarity.contrasts import Contrast, design, flips
from transferperf.similarity.values import CONSTANT, varies

LEVEL = 0.05
MIN_FLIPS = 5
"""Fewer pairs that differ in one option only do not say what it does."""
KINDS = ("agrees", "flips", "vanishes", "appears", "nowhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What options do in one environment; arrays of shape (c,).

    Parameters
    ----------
    n
        Pairs or rows behind each.
    mean, median
        Change of the metric, in its unit.
    error
        Standard error of the mean.
    p_value
        That there is no effect; NaN where nobody can say.
    size
        Mean in deviations of the metric.
    """

    n: np.ndarray
    mean: np.ndarray
    median: np.ndarray
    error: np.ndarray
    p_value: np.ndarray
    size: np.ndarray

    def influential(self, *, corrected: bool, level: float = LEVEL) -> np.ndarray:
        """Which options have an influence, shape (c,); corrected: at most `level` of them are expected to have none."""
        p = np.where(np.isnan(self.p_value), 1.0, self.p_value)
        return (stats.false_discovery_control(p) if corrected and len(p) else p) < level


def flip_effects(X: np.ndarray, y: np.ndarray, contrasts: Sequence[Contrast]) -> Effects:
    """Effects by pairs of configurations that differ in one option only, X (n, d) with responses y (n,)."""
    return _gather([_tested(y[after] - y[before]) for before, after in flips(X, contrasts)], y)


def slope_effects(X: np.ndarray, y: np.ndarray, contrasts: Sequence[Contrast]) -> Effects:
    """Effects by the slope of y (n,) over each contrast alone, for samples in which options vary independently."""
    return _gather([_slope(z, y) for z in design(X, contrasts).T], y)


def effects(X: np.ndarray, y: np.ndarray, contrasts: Sequence[Contrast]) -> Effects:
    """Effects by flips where there are enough, else by slopes."""
    paired, sloped = flip_effects(X, y, contrasts), slope_effects(X, y, contrasts)
    use = paired.n >= MIN_FLIPS
    chosen = {name: np.where(use, getattr(paired, name), getattr(sloped, name)) for name in Effects.__slots__}
    return Effects(**chosen)


def redrawn(X: np.ndarray, y: np.ndarray, contrasts: Sequence[Contrast], counts: np.ndarray) -> np.ndarray:
    """Mean effects, as `effects` has them, where each row counts as often as a resample has it.

    Parameters
    ----------
    X, y
        Configurations (n, d) and responses (n,).
    contrasts
        What they are compared as.
    counts
        How often each row stands in each resample, shape (s, n).

    Returns
    -------
    means
        Shape (s, c); NaN where a resample does not say.
    """
    found = _weighted_slopes(design(X, contrasts), y, counts)
    for k, (before, after) in enumerate(flips(X, contrasts)):
        if len(before) >= MIN_FLIPS:
            moved = y[after] - y[before]
            for i, count in enumerate(counts):
                weights = count[before] * count[after]
                total = weights.sum()
                found[i, k] = weights @ moved / total if total > 0 else np.nan
    return found


def _weighted_slopes(Z: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Slope of y (n,) over each column of Z (n, c) in each resample (s, n), shape (s, c)."""
    w = counts / counts.sum(axis=1, keepdims=True)
    Z, y = Z - Z.mean(axis=0), y - y.mean()
    z, squares = w @ Z, w @ Z**2
    varied = squares - z**2
    product = w @ (Z * y[:, None]) - z * (w @ y)[:, None]
    return np.where(varied > CONSTANT * np.maximum(squares, 1e-300), product, np.nan) / np.where(varied > 0, varied, 1)


def kinds(source: Effects, target: Effects, *, corrected: bool) -> np.ndarray:
    """What becomes of each option's influence from source to target, words of `KINDS`, shape (c,)."""
    in_source, in_target = (found.influential(corrected=corrected) for found in (source, target))
    signs = [np.sign(found.mean if corrected else found.median) for found in (source, target)]
    same = np.where(signs[0] == signs[1], "agrees", "flips")
    one = np.where(in_source, "vanishes", np.where(in_target, "appears", "nowhere"))
    return np.where(in_source & in_target, same, one)


def _tested(differences: np.ndarray) -> tuple[float, ...]:
    """Number, mean, median, standard error and p-value of paired differences; NaN where too few."""
    n = len(differences)
    if n == 0:
        return (0, *[float("nan")] * 4)
    mean, median = float(differences.mean()), float(np.median(differences))
    error = float(differences.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    return (n, mean, median, error, _p_value(mean, error, n - 1))


def _slope(z: np.ndarray, y: np.ndarray) -> tuple[float, ...]:
    """The same of the slope of y over z, both (n,)."""
    n = len(y)
    if n < 3 or not varies(z):
        return (n, *[float("nan")] * 4)
    centred = z - z.mean()
    slope = float(centred @ y / (centred @ centred))
    left = y - y.mean() - slope * centred
    error = float(np.sqrt(left @ left / (n - 2) / (centred @ centred)))
    return (n, slope, slope, error, _p_value(slope, error, n - 2))


def _p_value(mean: float, error: float, freedom: int) -> float:
    if np.isnan(error) or (error == 0 and mean == 0):
        return float("nan")
    return float(2 * stats.t.sf(abs(mean) / error, freedom)) if error > 0 else 0.0


def _gather(found: Sequence[tuple[float, ...]], y: np.ndarray) -> Effects:
    n, mean, median, error, p_value = np.array(found, dtype=float).reshape(-1, 5).T
    deviation = float(np.std(y)) if varies(y) else float("nan")
    return Effects(n=n.astype(int), mean=mean, median=median, error=error, p_value=p_value, size=mean / deviation)

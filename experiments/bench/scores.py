"""How good predictions are, given what was measured; every score is of the test rows of one fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

ALPHA = 0.1
"""The interval is to hold all but this share of the measurements."""

SCORES = (
    "mre",
    "median_ape",
    "log_rmse",
    "log_mae",
    "spearman",
    "coverage",
    "interval_score",
    "mre_least",
    "brier",
)
TIMES = ("background_s", "fit_s", "predict_s")
"""Seconds for the sources, once; for the fit; for its predictions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a model says of test rows, in the metric's unit, shape (n,) each.

    Parameters
    ----------
    point
        The predicted value.
    low, high
        Ends of the 90 % interval; NaN where the model has none.
    least
        The point with the least expected relative error; NaN where the model does not say.
    p_timeout
        Probability that a measurement is cut off by the timeout; NaN where the model does not say.
    """

    point: np.ndarray
    low: np.ndarray
    high: np.ndarray
    least: np.ndarray
    p_timeout: np.ndarray

    @classmethod
    def of_point(cls, point: np.ndarray, low: np.ndarray | None = None, high: np.ndarray | None = None) -> "Forecast":
        """The forecast of a model that gives a value, and perhaps an interval, for each row."""
        unknown = np.full(len(point), np.nan)
        return cls(
            point=point,
            low=unknown if low is None else low,
            high=unknown if high is None else high,
            least=unknown,
            p_timeout=unknown,
        )


def scores(y: np.ndarray, forecast: Forecast, *, cap: float = np.inf) -> dict[str, float]:
    """All scores of predictions of the measured y (n,), by name; errors in per cent or as logs, NaN where undefined.

    Relative errors are of all rows; logs, intervals and their scores leave out rows at the timeout's cap, and logs
    also rows at or below 0. A prediction at or below a tenth of the least positive measurement counts as that tenth.
    """
    free, positive = y < cap, y > 0
    error = 100 * np.abs(forecast.point[positive] - y[positive]) / y[positive]
    least = 100 * np.abs(forecast.least[positive] - y[positive]) / y[positive]
    logs = log_error(y, forecast.point, free & positive)
    low, high, inside = forecast.low[free], forecast.high[free], y[free]
    return {
        "mre": _mean(error),
        "median_ape": float(np.median(error)) if len(error) else np.nan,
        "log_rmse": _mean(logs**2) ** 0.5,
        "log_mae": _mean(np.abs(logs)),
        "spearman": rank_correlation(y[free], forecast.point[free]),
        "coverage": _mean(np.where(np.isnan(low), np.nan, (low <= inside) & (inside <= high))),
        "interval_score": _mean(interval_score(inside, low, high)),
        "mre_least": _mean(least),
        "brier": _mean((forecast.p_timeout - ~free) ** 2) if np.isfinite(cap) else np.nan,
    }


def scored(
    names: Mapping[str, object], y: np.ndarray, made: tuple[Forecast, Sequence[float]], *, cap: float
) -> dict[str, object]:
    """The row of a fit: what it is called, how good its forecast of the measured y (n,) is, and its TIMES."""
    forecast, seconds = made
    return {**names, **scores(y, forecast, cap=cap), **dict(zip(TIMES, seconds, strict=True))}


def log_error(y: np.ndarray, point: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """log(prediction) - log(measurement) of the chosen rows, all of which are above 0."""
    if not rows.any():
        return np.empty(0)
    measured = y[rows]
    return np.log(np.maximum(point[rows], measured.min() / 10)) - np.log(measured)


def interval_score(y: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Width of each interval, and what it missed by at 2 / ALPHA (Gneiting & Raftery 2007, eq. 43); shape (n,)."""
    missed = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    return (high - low) + 2 / ALPHA * missed


def rank_correlation(y: np.ndarray, point: np.ndarray) -> float:
    """Spearman's rank correlation; 0 for predictions that are all equal, NaN for measurements that are."""
    if len(y) < 3 or np.ptp(y) == 0:
        return float("nan")
    return float(stats.spearmanr(y, point).statistic) if np.ptp(point) > 0 else 0.0


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")

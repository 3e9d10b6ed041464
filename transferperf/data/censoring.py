"""Caps: values at which a timeout stopped what would have taken longer, held by a file as if they were measured."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from transferperf.data.measurement import Status
from transferperf.data.table import is_ok
from transferperf.metric import Metric

OVERSHOOT = 1.05
"""A run is stopped at its limit or soon after: no value is larger than the cap by more than this factor."""

LEAST_ROWS, LEAST_SHARE = 5, 0.02
"""A cap is reached by so many rows, and by such a share of them."""

EXCESS = 10.0
"""A cap is so many times as frequent as other values."""


def inferred_cap(y: np.ndarray) -> float | None:
    """The cap of measurements of one environment, in their unit; None where none can be seen.

    A timeout cuts off the slow tail of a distribution, and piles it up in one place. So a cap is the first value,
    within `OVERSHOOT` of the largest one, that is shared exactly by `EXCESS` times as many rows as is usual for the
    values in the decade below, and for those just below it. Where values go beyond it (a run is not stopped in the same
    instant), nearly no row may be just below it, and it has to be a round number, as limits are. A metric of few
    distinct values, as a count or a rate that saturates, shows no cap.

    Parameters
    ----------
    y
        Values of a metric of which less is better, NaN where it was not measured, shape (n,).

    Examples
    --------
    >>> times = np.linspace(0.1, 9.0, 100)
    >>> inferred_cap(np.minimum(times, 5.0)), inferred_cap(times)
    (5.0, None)
    """
    y = np.sort(y[~np.isnan(y)])
    if len(y) < LEAST_ROWS or y[-1] <= 0:
        return None
    values, counts = np.unique(y, return_counts=True)
    top = values[-1] / OVERSHOOT
    usual = counts[(values >= top / 10) & (values < top)]
    if len(usual) < 10:
        return None
    is_shared = counts >= max(LEAST_ROWS, EXCESS * np.median(usual))
    for value in values[is_shared & (values >= top)]:
        is_last = value == values[-1]
        cap = value if is_last else _round_limit(value)
        n_capped, near = np.count_nonzero(y >= cap), counts[(values >= cap / OVERSHOOT) & (values < cap)]
        rival = near.mean() if is_last and len(near) else near.sum()
        if cap >= value / 1.002 and n_capped >= max(LEAST_SHARE * len(y), EXCESS * rival):
            return float(cap)
    return None


def infer_caps(
    frame: pd.DataFrame, factors: Sequence[str], metrics: Sequence[Metric]
) -> tuple[tuple[Metric, ...], tuple[str, ...]]:
    """The metrics with the caps that their values show, and a note on each of these.

    A cap shows in one environment at least, and no environment has values beyond it. Where it is declared, or where
    rows say that they timed out, nothing is inferred.
    """
    if "status" in frame and frame["status"].eq(Status.TIMEOUT).any():
        return tuple(metrics), ()
    codes = frame.groupby(list(factors)).ngroup().to_numpy() if factors else np.zeros(len(frame), dtype=int)
    order = np.argsort(codes, kind="stable")
    ends = np.flatnonzero(np.diff(codes[order])) + 1
    found, notes = [], []
    is_valid = is_ok(frame)
    for metric in metrics:
        y = np.where(is_valid, frame[metric.name].to_numpy(dtype=float), np.nan)
        cap = _common_cap(np.split(y[order], ends)) if metric.lower_is_better and metric.cap is None else None
        found.append(metric if cap is None else replace(metric, cap=cap))
        if cap is not None:
            share = np.count_nonzero(y >= cap) / np.count_nonzero(~np.isnan(y))
            what = f"`{metric.name}`: {cap:g} {metric.unit}".rstrip()
            notes.append(
                f"{what} is taken for a timeout's cap ({100 * share:.0f} % of the rows reach it); "
                "if it is none, declare the metric with cap = inf"
            )
    return tuple(found), tuple(notes)


def _common_cap(environments: Sequence[np.ndarray]) -> float | None:
    """The largest cap that one environment shows, unless another has values beyond it."""
    caps = [cap for y in environments if (cap := inferred_cap(y)) is not None]
    if not caps or max(np.nanmax(y, initial=0.0) for y in environments) > OVERSHOOT * max(caps):
        return None
    return max(caps)


def _round_limit(value: float) -> float:
    """The largest number of two digits that is not above the value."""
    step = 10.0 ** (np.floor(np.log10(value)) - 1)
    return float(f"{np.floor(value / step * (1 + 1e-9)) * step:.1e}")

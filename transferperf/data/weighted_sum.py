"""Weighted sums of metrics as text, "2 * time_s + 0.5 * size_mb": metrics of which less is better."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from transferperf.errors import DataError
from transferperf.metric import Metric

_TERM = re.compile(
    r"(?P<sign>\s*-\s*|\s+[+-]\s+|)\s*(?:(?P<weight>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*\*\s*)?"
    r"(?P<name>`[^`]+`|[^\W\d]\w*)(?=\s+[+-]\s|\s*$)"
)
"""A term; signs stand between spaces, so that `run-time` is one name."""

EXAMPLE = "'2 * time_s - 0.5 * `psnr-y`'"


def split_sum(text: str) -> dict[str, float]:
    """Weight of each metric in a weighted sum, as it is written; a name alone is none, and gives {}.

    Examples
    --------
    >>> split_sum("2 * time_s - `psnr-y`"), split_sum("time_s")
    ({'time_s': 2.0, 'psnr-y': -1.0}, {})
    """
    weights: dict[str, float] = {}
    start, n_written, text = 0, 0, text.strip()
    while start < len(text):
        term = _TERM.match(text, start)
        sign = term["sign"].strip() if term else ""
        if term is None or bool(start) > bool(sign):
            return {}
        name, weight = term["name"].strip("`"), float(term["weight"] or 1)
        weights[name] = weights.get(name, 0.0) + (-weight if sign == "-" else weight)
        n_written += bool(sign or term["weight"])
        start = term.end()
    return weights if n_written else {}


def metrics_in(text: str, names: Sequence[str]) -> tuple[str, ...]:
    """The metrics that a metric's name or a weighted sum speaks of, where `names` are there."""
    return (text,) if text in names else tuple(split_sum(text)) or (text,)


def weighted_sum(text: str, metrics: Sequence[Metric]) -> Metric | None:
    """The metric that a weighted sum of known ones is; None where the text is no such sum.

    Raises
    ------
    DataError
        Where a metric has the weight 0, or one of which more is better is added.

    Examples
    --------
    >>> weighted_sum("2*time + 0.50 * size", [Metric("time", unit="s"), Metric("size")]).name
    '2 * time + 0.5 * size'
    """
    known, weights = {metric.name: metric for metric in metrics}, split_sum(text)
    if not weights or weights.keys() - known:
        return None
    for name, weight in weights.items():
        if not weight:
            raise DataError(f"metric '{name}' has the weight 0 in '{text}'; leave it out")
        if weight > 0 and not known[name].lower_is_better:
            raise DataError(
                f"weighted sum '{text}' adds '{name}', of which more is better, and less of a sum is; "
                f"give it a minus sign, as in {EXAMPLE}"
            )
    return Metric(_spelled(weights), cap=np.inf)


def sum_of(name: str, values: Mapping[str, np.ndarray] | pd.DataFrame) -> np.ndarray | None:
    """What a weighted sum comes to, shape (n,), by the values (n,) of its metrics; None where one of these is missing.

    Examples
    --------
    >>> sum_of("2 * time - rate", {"time": np.array([3.0]), "rate": np.array([1.0])})
    array([5.])
    """
    weights = split_sum(name)
    if not weights or any(metric not in values for metric in weights):
        return None
    return np.sum([weight * np.asarray(values[metric], dtype=float) for metric, weight in weights.items()], axis=0)


def _spelled(weights: Mapping[str, float]) -> str:
    """One text for one sum."""
    text = ""
    for name, weight in weights.items():
        sign = ("-" if weight < 0 else "") if not text else (" - " if weight < 0 else " + ")
        quoted = name if re.fullmatch(r"[^\W\d]\w*", name) else f"`{name}`"
        text += f"{sign}{f'{abs(weight):.12g} * ' if abs(weight) != 1 else ''}{quoted}"
    return text

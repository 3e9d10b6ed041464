"""Tables whose environments are made from one another in known ways."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd

from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.space import BinaryOption, ConfigurationSpace

NAMES = tuple("abcdefg")
X = np.array(list(product((0, 1), repeat=len(NAMES))), dtype=float)  # (128, 7)
EFFECTS = np.array([3.0, 2.0, -1.5, 1.0, 0.0, 0.0, 0.0])


def base(seed: int = 0) -> np.ndarray:
    """A response with main effects, an interaction and a little noise."""
    return 10 + X @ EFFECTS + 2 * X[:, 0] * X[:, 1] + 0.02 * np.random.default_rng(seed).normal(size=len(X))


def table(
    responses: Mapping[str, np.ndarray], rows: Mapping[str, np.ndarray] | None = None, status: str = ""
) -> MeasurementTable:
    """One workload for each response (128,), NaN where it failed with a status; `rows` says what was tried."""
    parts = []
    for name, y in responses.items():
        part = pd.DataFrame(X.astype(int), columns=list(NAMES)).assign(workload=name, time=y)
        if status:
            part = part.assign(status=np.where(np.isnan(y), status, "ok"))
        parts.append(part.iloc[(rows or {}).get(name, np.arange(len(X)))])
    space = ConfigurationSpace(tuple(BinaryOption(name=name) for name in NAMES))
    frame = pd.concat(parts)
    return MeasurementTable(frame if status else frame.dropna(), space, ("workload",), (Metric("time", unit="s"),))


def pair(pairs: pd.DataFrame, source: str, target: str) -> pd.Series:
    """One row of the pairs."""
    is_it = (pairs["source"] == f"workload={source}") & (pairs["target"] == f"workload={target}")
    return pairs[is_it].iloc[0]

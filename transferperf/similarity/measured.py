"""What was measured in each environment of a table, and which of it counts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from transferperf.data.table import MeasurementTable, Samples
from transferperf.errors import NotEnoughDataError
from transferperf.metric import Metric
from transferperf.space import Environment


def two_or_more(table: MeasurementTable) -> tuple[Environment, ...]:
    """The environments of a table; NotEnoughDataError where there is one."""
    environments = table.environments
    if len(environments) < 2:
        factors = ", ".join(table.factors) or "none"
        raise NotEnoughDataError(
            f"the table has one environment (factors: {factors}); similarity needs two or more. Add measurements."
        )
    return environments


def measured(table: MeasurementTable, metric: str | Metric, environment: Environment) -> Samples:
    """What was measured in one environment; values may be infinite."""
    with np.errstate(invalid="ignore"):  # the variance of infinite repeats
        return table.samples(metric, environment)


def valid(samples: Samples) -> Samples:
    """Samples that are measurements."""
    return samples.select(are_valid(samples))


def are_valid(samples: Samples) -> np.ndarray:
    """Which of n samples are measurements: a timeout's cap and what is not finite are none; shape (n,)."""
    return ~samples.is_capped & np.isfinite(samples.y)


def numbered(parts: Sequence[np.ndarray]) -> list[np.ndarray]:
    """A number for each encoded configuration of parts (n, d), equal where configurations are; 0.0 and -0.0 are one."""
    X = np.ascontiguousarray(np.concatenate(parts), dtype=float) + 0.0
    codes, _ = pd.factorize(np.array([row.tobytes() for row in X], dtype=object))
    return np.split(codes, np.cumsum([len(part) for part in parts])[:-1])

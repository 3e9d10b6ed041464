"""One measurement: what ran, where, how often, what came of it and what it cost."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from transferperf.data.weighted_sum import sum_of
from transferperf.errors import DataError
from transferperf.space import Environment, Value


class Status(StrEnum):
    """How a measurement ended."""

    OK = "ok"
    INVALID = "invalid"
    """The system refused the configuration."""
    FAILED = "failed"
    """It crashed, or what it printed could not be read."""
    TIMEOUT = "timeout"
    """It was stopped at its time limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """All repeats of one configuration in one environment.

    Parameters
    ----------
    configuration
        What really ran: option -> value.
    environment
        Where.
    repeats
        Metric name -> values, shape (r,) each, in the metric's unit; empty where nothing was measured.
    status
        How it ended; anything but OK comes with a `reason`.
    cost_s
        Seconds that it took, all repeats together; NaN where nobody knows.
    """

    configuration: Mapping[str, Value]
    environment: Environment
    repeats: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    status: Status = Status.OK
    reason: str = ""
    cost_s: float = math.nan

    def __post_init__(self) -> None:
        object.__setattr__(self, "configuration", MappingProxyType(dict(self.configuration)))
        object.__setattr__(self, "repeats", MappingProxyType({k: tuple(v) for k, v in self.repeats.items()}))
        object.__setattr__(self, "status", Status(self.status))
        if len({len(values) for values in self.repeats.values()}) > 1:
            counts = {name: len(values) for name, values in self.repeats.items()}
            raise DataError(f"metrics have {counts} repeats; expected as many of each")
        if self.status is Status.OK and not self.n_repeats:
            raise DataError(f"measurement of {dict(self.configuration)} is ok but has no value; give one, or a status")

    @property
    def n_repeats(self) -> int:
        """How often it was measured."""
        return max((len(values) for values in self.repeats.values()), default=0)

    def values(self, metric: str) -> tuple[float, ...]:
        """Repeats of a metric, or of a weighted sum of metrics, shape (r,); empty where it was not measured."""
        if metric in self.repeats:
            return self.repeats[metric]
        came = sum_of(metric, {name: np.array(values) for name, values in self.repeats.items()})
        return () if came is None else tuple(came.tolist())

    def mean(self, metric: str) -> float:
        """Mean over the repeats, in the metric's unit; NaN where the metric was not measured."""
        values = self.values(metric)
        return math.fsum(values) / len(values) if values else math.nan

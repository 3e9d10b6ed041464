"""The best configuration against the default: both measured again, in turns, and the ratio with its interval."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scipy.special import stdtrit

from transferperf.data.measurement import Measurement, Status
from transferperf.errors import MeasurementError
from transferperf.metric import Metric
from transferperf.space import Configuration

LEAST_VALUES = 3
"""Values of each side below which there is no interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many times better the best configuration is than the default.

    Parameters
    ----------
    metric
        What was measured.
    default, best
        Its values at both, in the metric's unit.
    ratio
        Of the means, so turned that more than 1 is better.
    low, high
        Its 95 % interval; infinite ends where the values do not bound it.
    """

    metric: Metric
    default: tuple[float, ...]
    best: tuple[float, ...]
    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        means = (f"{statistics.fmean(values):.4g}" for values in (self.best, self.default))
        unit = f" {self.metric.unit}" if self.metric.unit else ""
        return (
            f"{self.metric.name} {' instead of '.join(means)}{unit}: {self.ratio:.3g} times better than the default "
            f"(95 % interval {self.low:.3g} to {self.high:.3g}; {len(self.best)} and {len(self.default)} runs)"
        )


def compare(default: Sequence[float], best: Sequence[float], metric: Metric) -> Comparison:
    """Compare values of a metric at the default and at the best configuration.

    Examples
    --------
    >>> compare([4.0, 4.1, 3.9], [2.0, 2.1, 1.9], Metric("time")).ratio
    2.0
    """
    pair = (default, best) if metric.lower_is_better else (best, default)
    ratio, low, high = ratio_of_means(*pair)
    return Comparison(metric=metric, default=tuple(default), best=tuple(best), ratio=ratio, low=low, high=high)


def ratio_of_means(
    above: Sequence[float], below: Sequence[float], confidence: float = 0.95
) -> tuple[float, float, float]:
    """Ratio of two means and the ends of its interval.

    Fieller's interval, for unequal variances: all r with `(a - r b)^2 <= t^2 (v_a + r^2 v_b)`, where v is the variance
    of a mean and t has Welch's degrees of freedom at the ratio itself. Its ends are infinite where the mean below could
    be 0.

    Raises
    ------
    MeasurementError
        Where there are fewer than LEAST_VALUES finite values of each.
    """
    for values in (above, below):
        if len(values) < LEAST_VALUES or not all(map(math.isfinite, values)):
            raise MeasurementError(f"got the values {list(values)}; a comparison needs {LEAST_VALUES} numbers of each")
    a, b = statistics.fmean(above), statistics.fmean(below)
    v_a, v_b = statistics.variance(above) / len(above), statistics.variance(below) / len(below)
    if b == 0:
        return math.nan, -math.inf, math.inf
    ratio = a / b
    if v_a + v_b == 0:
        return ratio, ratio, ratio
    spread = v_a + ratio**2 * v_b
    n_free = spread**2 / (v_a**2 / (len(above) - 1) + (ratio**2 * v_b) ** 2 / (len(below) - 1))
    t = float(stdtrit(n_free, 0.5 + confidence / 2))
    lead = b**2 - t**2 * v_b  # of the quadratic lead r^2 - 2 a b r + (a^2 - t^2 v_a) <= 0
    if lead <= 0:
        return ratio, -math.inf, math.inf
    half = t * math.sqrt(max(0.0, a**2 * v_b + b**2 * v_a - t**2 * v_a * v_b))
    return ratio, (a * b - half) / lead, (a * b + half) / lead


def measure_in_turns(
    measure: Callable[[Configuration], Measurement], configurations: Sequence[Configuration], n_rounds: int
) -> list[list[Measurement]]:
    """Each configuration measured once in each round, every other round backwards: drift meets all alike.

    Raises
    ------
    MeasurementError
        Where a measurement does not succeed.
    """
    measured: list[list[Measurement]] = [[] for _ in configurations]
    for k in range(n_rounds):
        for i in sorted(range(len(configurations)), reverse=k % 2 == 1):
            latest = measure(configurations[i])
            if latest.status is not Status.OK:
                raise MeasurementError(
                    f"{dict(configurations[i])} ended as '{latest.status}': {latest.reason}; mend it and try again"
                )
            measured[i].append(latest)
    return measured

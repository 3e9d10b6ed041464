"""What a measured number means: its name, its unit, and which way is better."""

import math
from dataclasses import dataclass
from typing import Literal, Self

from transferperf.errors import DataError

Direction = Literal["min", "max"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured quantity.

    Parameters
    ----------
    name
        Column name in a measurement file.
    unit
        Unit of its values, "" for a plain number.
    direction
        "min" where smaller is better, "max" where larger is better.
    cap
        Value from which on a measurement means "a timeout stopped it, the true value is larger"; infinite where there
        is none. Where it is None, a cap of which less is better is looked for in what was measured.

    Examples
    --------
    >>> Metric("encoding_time", unit="s").label
    'encoding_time [s]'
    >>> Metric.parse("$>fps")
    Metric(name='fps', unit='', direction='max', cap=None)
    """

    name: str
    unit: str = ""
    direction: Direction = "min"
    cap: float | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise DataError(f"a metric needs a name, got {self.name!r}")
        if self.direction not in ("min", "max"):
            raise DataError(f"metric '{self.name}' has direction {self.direction!r}; expected 'min' or 'max'")
        if self.cap is not None:
            object.__setattr__(self, "cap", self._checked_cap(self.cap))

    def _checked_cap(self, cap: object) -> float:
        if isinstance(cap, bool) or not isinstance(cap, int | float) or math.isnan(cap):
            wanted = (
                f"a number in the metric's unit{f' ({self.unit})' if self.unit else ''}, or inf where there is none"
            )
            raise DataError(f"metric '{self.name}' has cap {cap!r}; expected {wanted}")
        return float(cap)

    @classmethod
    def parse(cls, declaration: "str | Metric") -> Self:
        """The metric that a name declares: `$<name` smaller is better, `$>name` larger, a plain name smaller."""
        metric = declaration if isinstance(declaration, Metric) else Metric(declaration)
        if not metric.name.startswith(MARKS):
            return cls(metric.name, metric.unit, metric.direction, metric.cap)
        return cls(metric.name[2:], metric.unit, "max" if metric.name[1] == ">" else "min", metric.cap)

    @property
    def lower_is_better(self) -> bool:
        """Whether a smaller value is the better one."""
        return self.direction == "min"

    @property
    def sign(self) -> float:
        """Factor that turns a value into a cost: +1 where smaller is better, -1 where larger is."""
        return 1.0 if self.lower_is_better else -1.0

    @property
    def label(self) -> str:
        """Name with its unit, for axes and table heads."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


MARKS = ("$<", "$>")
"""The field's own habit of marking a metric in a column head."""

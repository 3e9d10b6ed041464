"""What a measured number means: its name, its unit, and which way is better."""

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

    Examples
    --------
    >>> Metric("encoding_time", unit="s").label
    'encoding_time [s]'
    >>> Metric.parse("$>fps")
    Metric(name='fps', unit='', direction='max')
    """

    name: str
    unit: str = ""
    direction: Direction = "min"

    def __post_init__(self) -> None:
        if not self.name:
            raise DataError(f"a metric needs a name, got {self.name!r}")
        if self.direction not in ("min", "max"):
            raise DataError(f"metric '{self.name}' has direction {self.direction!r}; expected 'min' or 'max'")

    @classmethod
    def parse(cls, declaration: "str | Metric") -> Self:
        """The metric that a name declares: `$<name` smaller is better, `$>name` larger, a plain name smaller."""
        metric = declaration if isinstance(declaration, Metric) else Metric(declaration)
        if not metric.name.startswith(MARKS):
            return cls(metric.name, metric.unit, metric.direction)
        return cls(metric.name[2:], metric.unit, "max" if metric.name[1] == ">" else "min")

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

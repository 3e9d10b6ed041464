"""What is wanted beside a good value of one metric: conditions on options and other metrics, and further metrics."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transferperf.data.table import MeasurementTable
from transferperf.errors import DataError, SpaceError, UnknownNameError
from transferperf.metric import Metric
from transferperf.search import Grid, Where
from transferperf.space import ConfigurationSpace, Exclusion
from transferperf.space.encoding import known_codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Conditions, the space that those on options leave, and further metrics to improve.

    Parameters
    ----------
    space
        The table's space, without the values of options that no condition allows.
    on_metrics
        The other conditions.
    texts
        All conditions, as they were given.
    others
        What is to be improved beside the first metric: the answer is a front then.
    """

    space: ConfigurationSpace
    on_metrics: tuple[Where, ...] = ()
    texts: tuple[str, ...] = ()
    others: tuple[Metric, ...] = ()

    @classmethod
    def of(cls, table: MeasurementTable, texts: Sequence[str], others: Sequence[Metric] = ()) -> "Goal":
        """The goal that conditions state, such as "memory_mb <= 512" or "psnr within 2 %".

        Raises
        ------
        DataError, UnknownNameError
            Where one of them cannot be read, or speaks of nothing in the table.
        SpaceError
            Where no value of an option is allowed.
        """
        if isinstance(texts, str):
            raise DataError(f"conditions are '{texts}'; expected a list of texts, such as ['{texts}']")
        space, on_metrics = table.space, []
        metrics = {metric.name for metric in table.metrics}
        for where in map(Where.parse, texts):
            if where.name in space.names:
                space = _narrowed(space, where)
            elif where.name not in metrics:
                raise UnknownNameError("option or metric in a condition", where.name, [*space.names, *sorted(metrics)])
            elif not (where.is_bound or where.is_moving):
                raise DataError(f"condition '{where}' is on a metric; expected <=, <, >= or > and a number")
            else:
                on_metrics.append(where)
        return cls(space=space, on_metrics=tuple(on_metrics), texts=tuple(texts), others=tuple(others))

    def allows(self, X: np.ndarray) -> np.ndarray:
        """Whether encoded configurations X (n, d) are valid and meet the conditions on options, shape (n,)."""
        return Grid.of(self.space).is_valid(X)

    def __str__(self) -> str:
        return " and ".join(self.texts)


def improved(table: MeasurementTable, metric: str | Metric | Sequence[str | Metric]) -> tuple[Metric, ...]:
    """The metrics that are to be improved, as the table knows them where they are named; DataError for no list of some.

    A Metric stands for itself: its direction is that of the study.
    """
    given = (metric,) if isinstance(metric, str | Metric) else tuple(metric)
    found = tuple(table.metric(each) for each in given)
    if not found or len({each.name for each in found}) < len(found):
        came = ", ".join(each.name for each in found) or "none"
        raise DataError(f"the metrics to improve are {came}; expected at least one, and each once")
    return tuple(each if isinstance(each, Metric) else known for each, known in zip(given, found, strict=True))


def _narrowed(space: ConfigurationSpace, where: Where) -> ConfigurationSpace:
    """The space without the values of an option that do not meet a condition."""
    _, values = known_codes(space[where.name])
    met: np.ndarray = where.holds(pd.Series(values))
    if not met.any():
        known = ", ".join(map(str, values[:8]))
        raise SpaceError(f"no value of option '{where.name}' meets '{where}'; it has {known}. Correct the condition")
    if met.all():
        return space
    others = tuple(value for value, is_met in zip(values, met, strict=True) if not is_met)
    never = Exclusion(values=((where.name, others),), reason=f"{where} is wanted")
    return replace(space, constraints=(*space.constraints, never))

"""What a study is told: taken in canonical form, or refused in one line."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from numbers import Real

from transferperf.data.measurement import Measurement, Status
from transferperf.data.table import MeasurementTable
from transferperf.data.weighted_sum import metrics_in
from transferperf.errors import DataError, SpaceError, UnknownNameError
from transferperf.metric import Metric
from transferperf.space import Configuration, ConfigurationSpace
from transferperf.study.state import State


def check_configuration(space: ConfigurationSpace, configuration: Configuration) -> None:
    """An error where a configuration does not belong to the space."""
    for name in configuration:
        if name not in space.names:
            raise UnknownNameError("option", str(name), space.names)
    why = space.why_invalid(configuration)
    if why is not None:
        raise SpaceError(f"{why}, in {dict(configuration)}; tell a configuration of the space")


def needed_metrics(table: MeasurementTable, metrics: Iterable[Metric]) -> tuple[str, ...]:
    """Names of what has to be measured to know all of these metrics, each once."""
    names = [metric.name for metric in table.metrics]
    return tuple(dict.fromkeys(name for metric in metrics for name in metrics_in(metric.name, names)))


def named_values(
    table: MeasurementTable, needed: Sequence[str], value: float | Mapping[str, float] | None
) -> dict[str, float]:
    """Metric -> value; an error for a metric that the table does not have.

    Parameters
    ----------
    needed
        Names of what has to be measured: a bare number is the value of one metric.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping) and len(needed) > 1:
        wanted = ", ".join(f"'{name}': ..." for name in needed)
        raise DataError(f"value is {value!r}, and the study needs {' and '.join(needed)}; tell {{{wanted}}}")
    values = value if isinstance(value, Mapping) else {needed[0]: value}
    return {table.metric(name).name: number for name, number in values.items()}


def checked(state: State, needed: Sequence[str], measured: Measurement) -> Measurement:
    """The measurement with its configuration in canonical form; an error where a study cannot use it."""
    space, cost_s = state.table.space, measured.cost_s
    check_configuration(space, measured.configuration)
    for name, repeats in measured.repeats.items():
        for value in repeats:
            if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
                remedy = "tell a measurement without value with status='failed'"
                raise DataError(f"value of metric '{name}' is {value!r}; expected a finite number; {remedy}")
    missing = [name for name in needed if not measured.repeats.get(name)]
    if measured.status is Status.OK and missing:
        raise DataError(f"a value of metric '{missing[0]}' is missing, got {list(measured.repeats)}; tell it too")
    if not isinstance(cost_s, Real) or cost_s < 0 or math.isinf(cost_s):
        raise DataError(f"cost_s is {cost_s!r}; expected seconds, at least 0")
    state.budget.cost(measured)  # says what is missing
    return replace(measured, configuration=space.canonical(measured.configuration))

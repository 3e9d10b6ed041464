"""What a study is told: taken in canonical form, or refused in one line."""

import math
from collections.abc import Mapping
from dataclasses import replace
from numbers import Real

from transferperf.data.measurement import Measurement, Status
from transferperf.data.table import MeasurementTable
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


def named_values(
    table: MeasurementTable, metric: Metric, value: float | Mapping[str, float] | None
) -> dict[str, float]:
    """Metric -> value; an error for a metric that the table does not have.

    Parameters
    ----------
    metric
        What a bare number is a value of.
    """
    if value is None:
        return {}
    values = value if isinstance(value, Mapping) else {metric.name: value}
    return {table.metric(name).name: number for name, number in values.items()}


def checked(state: State, measured: Measurement) -> Measurement:
    """The measurement with its configuration in canonical form; an error where a study cannot use it."""
    space, metric, cost_s = state.table.space, state.metric, measured.cost_s
    check_configuration(space, measured.configuration)
    for name, repeats in measured.repeats.items():
        for value in repeats:
            if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
                remedy = "tell a measurement without value with status='failed'"
                raise DataError(f"value of metric '{name}' is {value!r}; expected a finite number; {remedy}")
    if measured.status is Status.OK and not measured.repeats.get(metric.name):
        raise DataError(f"a value of metric '{metric.name}' is missing, got {list(measured.repeats)}; tell it too")
    if not isinstance(cost_s, Real) or cost_s < 0 or math.isinf(cost_s):
        raise DataError(f"cost_s is {cost_s!r}; expected seconds, at least 0")
    state.budget.cost(measured)  # says what is missing
    return replace(measured, configuration=space.canonical(measured.configuration))

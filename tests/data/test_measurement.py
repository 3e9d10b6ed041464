"""Single measurements: frozen, and valid from birth."""

import math

import pytest

from transferperf.data import Measurement, Status
from transferperf.errors import DataError
from transferperf.space import Environment

HERE = Environment.of({"hardware": "h1"})


def test_a_measurement_has_the_mean_of_its_repeats() -> None:
    """NaN where a metric was not measured."""
    measurement = Measurement(configuration={"a": 1}, environment=HERE, repeats={"time": (1.0, 2.0, 4.5)})
    assert measurement.n_repeats == 3
    assert measurement.mean("time") == 2.5
    assert math.isnan(measurement.mean("energy"))


def test_a_measurement_does_not_change_with_what_it_was_made_of() -> None:
    """It holds its own copy, which cannot be written to."""
    configuration, values = {"a": 1}, [1.0]
    measurement = Measurement(configuration=configuration, environment=HERE, repeats={"time": values})  # type: ignore[dict-item]  # a list is what a caller may give
    configuration["a"] = 2
    values.append(9.0)
    assert measurement.configuration == {"a": 1}
    assert measurement.repeats == {"time": (1.0,)}
    with pytest.raises(TypeError):
        measurement.configuration["a"] = 3  # type: ignore[index]  # this is what is tested


def test_a_failed_measurement_needs_no_value_but_an_ok_one_does() -> None:
    """Failure is a measurement with a status, not a missing one."""
    failed = Measurement(configuration={"a": 1}, environment=HERE, status=Status("timeout"), reason="20 s are over")
    assert failed.status is Status.TIMEOUT
    assert failed.n_repeats == 0
    with pytest.raises(DataError, match="is ok but has no value"):
        Measurement(configuration={"a": 1}, environment=HERE)


def test_metrics_are_repeated_equally_often() -> None:
    """One run gives one value of each metric."""
    with pytest.raises(DataError, match="expected as many of each"):
        Measurement(configuration={}, environment=HERE, repeats={"time": (1.0,), "energy": (1.0, 2.0)})

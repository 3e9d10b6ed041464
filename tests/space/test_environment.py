"""Environments: values as text, numbers whatever their spelling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.errors import SpaceError
from transferperf.space import Environment
from transferperf.space.environment import factor_text


@given(st.integers(-(10**12), 10**12))
def test_a_whole_number_is_the_same_environment_in_every_spelling(number: int) -> None:
    """As int, float, text and numpy scalar."""
    assert {factor_text(value) for value in (number, float(number), f" {number}.0 ", np.int64(number))} == {str(number)}


@given(st.text(max_size=8) | st.floats() | st.integers())
def test_normalising_twice_is_normalising_once(value: object) -> None:
    """The text of a factor is a fixed point."""
    assert factor_text(factor_text(value)) == factor_text(value)


@pytest.mark.parametrize("version", ["3.40", "3.4", "2.10.0", "v12", "nan", "-", "h1_2762"])
def test_text_that_is_no_whole_number_stays_as_it_is(version: str) -> None:
    """Version 3.40 is not version 3.4."""
    assert factor_text(version) == version


def test_an_environment_shows_itself_and_refuses_an_empty_value() -> None:
    """Label for people, text for the command line, mapping for programs."""
    environment = Environment.of({"hardware": "h1", "workload": 128.0})
    assert environment.label == "h1 · 128"
    assert str(environment) == "hardware=h1,workload=128"
    assert Environment.of(environment.as_mapping()) == environment
    assert Environment().label == "the only environment"
    with pytest.raises(SpaceError, match="empty value"):
        Environment.of({"hardware": " "})

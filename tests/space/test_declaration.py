"""Spaces as mappings: what is written is read back."""

import json
from typing import Any

import pytest
from hypothesis import given

from tests.space.strategies import spaces
from transferperf.errors import SpaceError, TransferPerfError, UnknownNameError
from transferperf.space import ConfigurationSpace, declare_space, parse_space


@given(spaces())
def test_a_declared_space_is_read_back_equal_also_through_json(space: ConfigurationSpace) -> None:
    """Options, defaults, units, scales and constraints survive the way through a file."""
    assert parse_space(json.loads(json.dumps(declare_space(space)))) == space


BINARY = {"name": "b", "type": "binary"}


@pytest.mark.parametrize(
    ("declaration", "cause", "text"),
    [
        ({}, SpaceError, "got only an empty file"),
        ({"name": "x"}, SpaceError, r"a space needs \[\[options\]\]; got only \['name'\]"),
        (
            {"options": [{"name": "o", "type": "integr", "levels": [1]}]},
            UnknownNameError,
            "type of option 'o' 'integr'",
        ),
        ({"options": [{"name": "o", "levles": [1]}]}, UnknownNameError, "key of choice option 'o' 'levles'"),
        ({"options": [{"name": "o", "type": "real"}]}, SpaceError, "lacks a name or levels"),
        ({"options": [BINARY], "one_of": [{"options": ["b", "c"]}]}, UnknownNameError, "option in a constraint 'c'"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(
    declaration: dict[str, Any], cause: type[TransferPerfError], text: str
) -> None:
    """One line, with the word that came and those that are known."""
    with pytest.raises(cause, match=text):
        parse_space(declaration)

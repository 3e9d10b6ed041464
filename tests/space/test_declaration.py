"""Spaces as mappings: what is written is read back."""

import json
from typing import Any

import pytest
from hypothesis import given

from tests.space.strategies import combinations, spaces, tied_spaces
from transferperf.errors import SpaceError, TransferPerfError, UnknownNameError
from transferperf.space import ConfigurationSpace, declare_space, parse_space


@given(tied_spaces())
def test_constraints_of_every_kind_are_read_back_or_their_clash_is_said(space: ConfigurationSpace) -> None:
    """A space that nothing satisfies is refused; of any other the constraints are the same, sorted by kind."""
    if not any(space.contains(space.canonical(row)) for row in combinations(space)):
        with pytest.raises(SpaceError, match="no configuration is valid, th"):
            parse_space(declare_space(space))
        return
    read = parse_space(json.loads(json.dumps(declare_space(space))))
    assert read.options == space.options
    assert sorted(map(str, read.constraints)) == sorted(map(str, space.constraints))
    assert declare_space(read) == declare_space(space)


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
        (
            {"options": [BINARY], "formula": [{"hold": "b"}]},
            UnknownNameError,
            r"key of \[\[formula\]\] 'hold'; there are holds, reason",
        ),
        ({"options": [BINARY], "required": [{"if": {"b": 1}}]}, SpaceError, "lacks then; give each of if, then"),
        ({"options": [BINARY], "formula": [{"holds": "b >"}]}, SpaceError, "formula 'b >' cannot be read"),
        ({"options": [BINARY], "formula": [{"holds": "b > 1"}]}, SpaceError, "this constraint cannot hold: b > 1"),
        ({"options": [BINARY], "one_of": [{"options": ["b", "c"]}]}, UnknownNameError, "option in a constraint 'c'"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(
    declaration: dict[str, Any], cause: type[TransferPerfError], text: str
) -> None:
    """One line, with the word that came and those that are known."""
    with pytest.raises(cause, match=text):
        parse_space(declaration)


def test_requirements_and_formulas_are_declared_as_tables() -> None:
    """One value or a list of them; a reason where there is one."""
    options = [
        {"name": "journal", "levels": ["delete", "wal"]},
        {"name": "shared", "type": "binary"},
        {"name": "threads", "type": "integer", "levels": [1, 2, 4, 8]},
        {"name": "buffer_mb", "type": "integer", "levels": [16, 64, 256]},
    ]
    required = [{"if": {"journal": "wal"}, "then": {"shared": [1]}, "reason": "it maps memory"}]
    formula = [{"holds": "threads * buffer_mb <= 512", "reason": "memory"}, {"holds": "threads > 1 or not shared"}]
    space = parse_space({"options": options, "required": required, "formula": formula})
    assert space == parse_space(
        {"options": options, "required": required, "formula": [formula[0], "threads > 1 or not shared"]}
    )
    row = {"journal": "wal", "shared": 0, "threads": 4, "buffer_mb": 64}
    assert space.why_invalid(row) == "journal=wal requires shared=1, not shared=0: it maps memory"
    assert space.contains({**row, "shared": 1})
    assert space.why_invalid({**row, "shared": 1, "buffer_mb": 256}) == (
        "threads * buffer_mb <= 512 does not hold with buffer_mb=256, threads=4: memory"
    )

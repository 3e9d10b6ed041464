"""Feature models as clauses: the space has the models of the formula."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.test_uvl import configurations
from transferperf.data.dimacs import read_dimacs
from transferperf.data.feature_model import FeatureModel
from transferperf.errors import DataError

LITERALS = st.integers(1, 5).flatmap(lambda k: st.sampled_from([k, -k]))


def read(text: str) -> FeatureModel:
    """The model of a text."""
    return read_dimacs(Path("m.dimacs"), text)


@given(st.lists(st.lists(LITERALS, min_size=1, max_size=4), max_size=9), st.sampled_from([" ", "\n"]))
def test_a_space_has_the_models_of_its_clauses(clauses: list[list[int]], between: str) -> None:
    """Unit clauses, repeated literals and tautologies among them, on one line each or spread over many."""
    words = between.join(f"{literal}" for clause in clauses for literal in [*clause, 0])
    model = read(f"c 2 second-one\nc 4 a b\np cnf 5 {len(clauses)}\n{words}\n")
    every = itertools.product([0, 1], repeat=5)
    expected = {row for row in every if all(any(row[abs(x) - 1] == (x > 0) for x in clause) for clause in clauses)}
    assert [feature.name for feature in model.features] == ["v1", "second-one", "v3", "a b", "v5"]
    if not expected or len(model.fixed) == 5:
        with pytest.raises(DataError, match=r"no configuration is valid|all features are always on"):
            model.space()
        return
    space = model.space()
    assert configurations(model, space) == expected
    assert space.contains(space.default)


def test_clauses_that_clash_are_named_by_their_lines() -> None:
    """Those that clash, and no others."""
    with pytest.raises(DataError) as caught:
        read("p cnf 3 5\n1 2 0\n-1 2 0\n1 -2 0\n-1 -2 0\n2 3 0\n").space()
    assert str(caught.value) == (
        "m.dimacs: no configuration is valid, these 4 constraints clash: never v1=0 with v2=0 (line 2); "
        "never v1=1 with v2=0 (line 3); never v1=0 with v2=1 (line 4); never v1=1 with v2=1 (line 5). Loosen one"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("c nothing\n", "m.dimacs: there is no line 'p cnf"),
        ("1 0\np cnf 1 1\n", "line 1: '1' stands before the line 'p cnf"),
        ("p sat 1 1\n", "line 1: 'p sat 1 1' cannot be read"),
        ("p cnf 2 1\n1 3 0\n", "line 2: '3' is no literal; expected numbers from 1 to 2"),
        ("p cnf 2 1\n1 x 0\n", "line 2: 'x' is no literal"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(text: str, says: str) -> None:
    """One line with the file, the line, what came and what was expected."""
    with pytest.raises(DataError, match=says):
        read(text).space()

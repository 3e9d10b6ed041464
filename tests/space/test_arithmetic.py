"""Formulas: Python's own arithmetic on many rows, and nothing else of Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.space.strategies import NUMERIC, formulas
from transferperf.errors import SpaceError, UnknownNameError
from transferperf.space import BinaryOption, ChoiceOption, ConfigurationSpace, Formula, IntegerOption
from transferperf.space.arithmetic import evaluate, is_true, names_in, parse_formula

ROWS = st.lists(st.tuples(*[st.integers(0, 8)] * 3, st.sampled_from("abc"), st.booleans()), min_size=1, max_size=5)


@given(formulas(), ROWS)
def test_a_formula_means_what_python_means(text: str, rows: list[tuple[int, int, int, str, bool]]) -> None:
    """Row by row the same as Python's own value; where Python divides by zero, no comparison is claimed."""
    names = (*NUMERIC, "word", "on")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    values = {name: np.array(columns[name], dtype=object if name == "word" else float) for name in names}
    held = np.broadcast_to(is_true(evaluate(parse_formula(text), values)), len(rows))
    for row, answer in zip(rows, held, strict=True):
        try:
            expected = bool(eval(text, {}, dict(zip(names, row, strict=True))))  # noqa: S307
        except ZeroDivisionError:
            continue
        assert answer == expected


def test_what_is_no_number_compares_with_nothing() -> None:
    """Neither equal nor different nor ordered."""
    for sign in ("==", "!=", "<=", ">="):
        assert not evaluate(parse_formula(f"0 / x {sign} 0 / x"), {"x": np.array(0.0)})


@pytest.mark.parametrize(
    "text",
    [
        "", "a +", "a + 1", "a <= ", "f(a) > 1", "a.b > 1", "a is 1", "[a]", "~a", "a @ b > 1", "a in b", "a & b", "1",
        "lambda: 1", "a if b else c", "(a := 1)", "a in ()", "{1}", "a[0] > 1", "__import__('os')", "1j == a", "a; b",
        "1" * 400 + " < a", "'x'", "*a", "f'{a}' == 'x'",
    ],
)  # fmt: skip
def test_nothing_but_a_formula_is_read(text: str) -> None:
    """One line that shows the text and an example."""
    with pytest.raises(SpaceError, match=r"^formula '.*expected comparisons of options and numbers"):
        parse_formula(text)


def test_names_are_taken_as_they_are() -> None:
    """Python's keywords, its spelling of letters and other signs in backticks are all names."""
    assert names_in(parse_formula("class <= `cache-size` + ℌ and `a.b` or 1e5 > if")) == (
        *("a.b", "cache-size", "class", "if", "ℌ"),
    )


@pytest.mark.parametrize(
    ("text", "cause", "says"),
    [
        ("n * jurnal <= 3", UnknownNameError, "unknown option in a constraint 'jurnal'; there are journal"),
        ("n * journal <= 3", SpaceError, "computes with the text option 'journal'"),
        ("journal and n", SpaceError, "computes with the text option 'journal'"),
        ("not journal", SpaceError, "computes with the text option 'journal'"),
        ("journal", SpaceError, "states nothing of the text option 'journal'"),
        ("journal < 'wal'", SpaceError, "orders the text option 'journal'"),
        ("journal == n", SpaceError, "compares the text option 'journal' with a number"),
        ("n == 'wal'", SpaceError, "compares numbers with text"),
        (
            "journal == 'wall'",
            UnknownNameError,
            "level of option 'journal' in formula .* 'wall'; there are wal, delete",
        ),
        ("journal in ('wal', 3)", UnknownNameError, "'3'; there are"),
    ],
)
def test_text_is_compared_with_its_levels_only(text: str, cause: type[Exception], says: str) -> None:
    """At the birth of the space, in one line."""
    options = (ChoiceOption(name="journal", levels=("delete", "wal")), IntegerOption(name="n", levels=(1, 2)))
    with pytest.raises(cause, match=says):
        ConfigurationSpace(options, (Formula(holds=text),))


def test_a_violated_formula_is_said_with_its_values() -> None:
    """The formula, what came, and the reason."""
    options = (
        ChoiceOption(name="mode", levels=("a", "b")),
        IntegerOption(name="n", levels=(1, 9)),
        BinaryOption(name="x"),
    )
    space = ConfigurationSpace(options, (Formula(holds="mode == 'a' or n <= 2 and x", reason="memory"),))
    assert space.why_invalid({"mode": "b", "n": 9, "x": 1}) == (
        "mode == 'a' or n <= 2 and x does not hold with mode=b, n=9, x=1: memory"
    )
    assert space.contains({"mode": "b", "n": 1, "x": "1"})

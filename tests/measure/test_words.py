"""Words of commands: what placeholders become, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.errors import DataError, UnknownNameError
from transferperf.measure.words import fill, fill_text, placeholders

NAMES = {"one": ("a",), "two": ("b c", "d"), "none": ()}


@given(st.lists(st.text()))
def test_words_without_placeholders_stay_as_they_are(words: list[str]) -> None:
    """Whatever stands in a word, its braces written twice give it back."""
    doubled = [word.replace("{", "{{").replace("}", "}}") for word in words]
    assert fill(doubled, {}) == tuple(words)


def test_a_placeholder_alone_is_as_many_words_as_it_stands_for() -> None:
    """None, one, or several, and a word with a blank stays one."""
    assert fill(["x", "{two}", "{none}", "{one}"], NAMES) == ("x", "b c", "d", "a")


def test_a_placeholder_inside_a_word_is_replaced() -> None:
    """Text around it stays."""
    assert fill_text("--level={one}/{one}", NAMES) == "--level=a/a"


@pytest.mark.parametrize(("word", "came"), [("x{two}", "b c d"), ("x{none}", "nothing")])
def test_a_placeholder_inside_a_word_is_one_word(word: str, came: str) -> None:
    """The error says what came."""
    with pytest.raises(DataError, match=f"stands for {came}; expected one word"):
        fill([word], NAMES)


def test_an_unknown_placeholder_is_refused() -> None:
    """The error lists those that are known, and says how a brace is written."""
    with pytest.raises(UnknownNameError, match=r"unknown placeholder 'on'.* one.*brace that is none is written twice"):
        fill(["{on}"], NAMES)


def test_placeholders_are_the_names_inside() -> None:
    """Doubled braces are none."""
    assert placeholders(["{a}", "x{b}{{c}}"]) == {"a", "b"}

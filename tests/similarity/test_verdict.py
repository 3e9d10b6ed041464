"""Correlations in words."""

import math

import pytest

from transferperf.similarity import verdict


@pytest.mark.parametrize(
    ("pearson", "spearman", "words"),
    [
        (0.97, 0.99, "linear shift, same ranking"),
        (0.96, 0.17, "linear shift, other ranking"),
        (0.59, 0.91, "same ranking, not linear"),
        (0.67, 0.64, "related"),
        (-0.2, -0.7, "inversely related"),
        (-0.97, -0.99, "reversed"),
        (-0.10, 0.14, "unrelated"),
    ],
)
def test_each_case_has_its_words(pearson: float, spearman: float, words: str) -> None:
    """Pairs of the published table, and their mirror images, get the verdict that their numbers mean."""
    assert verdict(1000, pearson, spearman) == words


def test_a_pair_without_an_answer_says_why() -> None:
    """Too few common configurations and a constant response are told apart."""
    assert verdict(3, 1.0, 1.0) == "too few in common: 3, at least 4 are needed"
    assert verdict(50, math.nan, math.nan) == "no answer: one of the two does not vary"

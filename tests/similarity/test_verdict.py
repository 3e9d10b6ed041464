"""What carries over, as a class and in words."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.similarity import KINDS, NO_ANSWER, verdict, verdicts


@pytest.mark.parametrize(
    ("pearson", "spearman", "kind", "words"),
    [
        (0.97, 0.99, "linear shift", "linear shift, same ranking"),
        (0.96, 0.17, "linear shift", "linear shift, other ranking"),
        (-0.97, -0.99, "linear shift", "linear shift of negative slope, reversed ranking"),
        (-0.97, 0.3, "linear shift", "linear shift of negative slope, other ranking"),
        (0.59, 0.97, "monotone", "same ranking, not linear"),
        (0.59, -0.97, "monotone", "reversed ranking, not linear"),
        (-0.10, 0.14, "nothing", "nothing carries over"),
    ],
)
def test_each_case_has_its_words(pearson: float, spearman: float, kind: str, words: str) -> None:
    """Pairs of the published table, and their mirror images, get the verdict that their numbers mean."""
    found = verdict(1000, pearson, spearman)
    assert (found.kind, found.words) == (kind, words)
    assert found.is_certain


def test_a_pair_without_an_answer_says_why() -> None:
    """Too few common configurations and a constant response are told apart."""
    few, flat = verdict(3, math.nan, math.nan), verdict(50, math.nan, math.nan)
    assert few.kind == flat.kind == NO_ANSWER
    assert few.words == "too few in common: 3, at least 4 are needed"
    assert flat.words == "no answer: one of the two does not vary"
    assert not few.is_certain


def _evidence(**estimates: float) -> dict[str, np.ndarray]:
    return {name: np.full((3, 1), value) for name, value in ({"pearson": 0.1, "spearman": 0.1} | estimates).items()}


def test_weaker_evidence_counts_where_the_stronger_is_missing() -> None:
    """Options, then the invalid region, stand where values say nothing; an invalid region needs no values."""
    (options,) = verdicts(np.array([1000]), _evidence(options=0.8, invalid=0.9))
    (region,) = verdicts(np.array([1000]), _evidence(options=0.1, invalid=0.9))
    (alone,) = verdicts(np.array([0]), _evidence(pearson=math.nan, spearman=math.nan, invalid=0.9))
    assert [options.kind, region.kind, alone.kind] == ["same options matter", *["only the invalid region"] * 2]


def test_what_few_rows_allow_is_named() -> None:
    """Of ten rows a correlation of 0.92 may also be of less; of a thousand it may not."""
    few, many = verdict(10, 0.92, 0.7), verdict(10_000, 0.92, 0.7)
    assert few.kind == many.kind == "linear shift"
    assert few.others == ("monotone", "nothing")
    assert few.words == "linear shift, other ranking (uncertain: or monotone or nothing)"
    assert many.others == ()


def test_ranks_of_four_rows_may_agree_by_chance() -> None:
    """Four rows in the same order are no proof of a ranking, a hundred are."""
    assert "nothing" in verdict(4, 0.2, 1.0).others
    assert verdict(100, 0.2, 1.0).is_certain


correlation = st.floats(-1, 1)


@given(st.integers(4, 200), correlation, correlation, st.integers(0, 3))
def test_more_rows_never_allow_more(n: int, pearson: float, spearman: float, factor: int) -> None:
    """The class is that of the estimate whatever the number of rows, and what more rows allow, fewer do."""
    few, many = verdict(n, pearson, spearman), verdict(n * (1 + factor), pearson, spearman)
    assert few.kind in KINDS
    assert few.kind == many.kind
    assert set(many.others) <= set(few.others)
    assert few.kind not in few.others
    assert verdict(n, -pearson, -spearman).kind == few.kind

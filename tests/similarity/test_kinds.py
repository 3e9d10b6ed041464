"""Known relations get their class, from many rows and from few; what cannot be compared says why."""

import numpy as np
import pandas as pd
import pytest

from tests.similarity.worlds import EFFECTS, X, base, pair, table
from transferperf.similarity import NO_ANSWER, compare_environments

y, draws = base(), np.random.default_rng(1)
SIGNS = np.array([1, -1, -1, 1, 1, 1, 1])
RESPONSES = {
    "base": y,
    "shifted": 5 + 3 * y,
    "reversed": 100 - 2 * y,
    "warped": np.exp(1.5 * (y - y.min())),
    "turned": 10 + X @ (EFFECTS * SIGNS) + 0.5 * draws.normal(size=len(X)),
    "permuted": 10 + X @ EFFECTS[::-1] + 0.5 * draws.normal(size=len(X)),
    "noise": 10 + draws.normal(size=len(X)),
}
KINDS = {
    "shifted": "linear shift",
    "reversed": "linear shift",
    "warped": "monotone",
    "turned": "same options matter",
    "permuted": "nothing",
    "noise": "nothing",
}


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    """All pairs, of all rows."""
    return compare_environments(table(RESPONSES), "time", n_resamples=50)


@pytest.fixture(scope="module")
def few() -> pd.DataFrame:
    """All pairs, where twelve random rows of all but the first are known."""
    rows = {name: np.random.default_rng(3).permutation(len(X))[:12] for name in RESPONSES if name != "base"}
    return compare_environments(table(RESPONSES, rows), "time", n_resamples=50)


@pytest.mark.parametrize(("target", "kind"), KINDS.items())
def test_a_known_relation_has_its_class(pairs: pd.DataFrame, target: str, kind: str) -> None:
    """Shifts of either sign, warps, turned effects, other options and noise are told apart."""
    assert pair(pairs, "base", target)["kind"] == kind


@pytest.mark.parametrize(("target", "kind"), KINDS.items())
def test_few_rows_do_not_rule_the_truth_out(few: pd.DataFrame, target: str, kind: str) -> None:
    """From twelve rows the class is the first that is named or one of the others in brackets."""
    found = pair(few, "base", target)
    assert found["n_common"] == 12
    assert found["kind"] == kind or kind in found["verdict"]


def test_exact_relations_save_all_that_was_looked_for_and_noise_saves_nothing(
    pairs: pd.DataFrame, few: pd.DataFrame
) -> None:
    """From all rows and from twelve; the error is next to none for a shift."""
    for found in (pairs, few):
        for target in ("shifted", "warped"):
            assert pair(found, "base", target)["saved"] > 20
        assert pair(found, "base", "shifted")["error"] < 0.01
        assert pair(found, "base", "noise")["saved_low"] == 0
    assert pair(pairs, "base", "warped")["is_bound"]
    assert pair(pairs, "base", "noise")["saved"] < 5


def test_a_common_invalid_region_is_all_that_may_carry_over() -> None:
    """Values are unrelated, but the same configurations fail; where others fail there is nothing."""
    fails, elsewhere = (X[:, 0] > 0) & (X[:, 1] > 0), (X[:, 2] > 0) & (X[:, 3] > 0)
    values = 10 + np.random.default_rng(2).normal(size=(3, len(X)))
    responses = {
        "one": np.where(fails, np.nan, values[0]),
        "same": np.where(fails, np.nan, values[1]),
        "other": np.where(elsewhere, np.nan, values[2]),
    }
    found = compare_environments(table(responses, status="failed"), "time", n_resamples=20)
    assert pair(found, "one", "same")["kind"] == "only the invalid region"
    assert pair(found, "one", "same")["invalid"] == 1
    assert pair(found, "one", "other")["kind"] == "nothing"


def test_a_source_measured_elsewhere_is_predicted() -> None:
    """Without a common configuration a model of the source stands in, and the words say so; of noise there is none."""
    halves = np.array_split(np.random.default_rng(0).permutation(len(X)), 2)
    responses = {"base": y, "shifted": 5 + 3 * y, "noise": RESPONSES["noise"]}
    rows = {"base": halves[0], "shifted": halves[1], "noise": halves[0]}
    found = compare_environments(table(responses, rows), "time", n_resamples=20)
    matched, other = pair(found, "base", "shifted"), pair(found, "noise", "shifted")
    assert (matched["n_common"], matched["matched"], matched["kind"]) == (0, "model", "linear shift")
    assert matched["verdict"].endswith("(the source predicted by a model: too few in common)")
    assert matched["saved"] > 0
    assert other["kind"] == NO_ANSWER
    assert other["verdict"] == "too few in common: 0, at least 4 are needed"


@pytest.mark.parametrize(
    ("responses", "words"),
    [
        ({"flat": np.full(len(X), 7.0)}, "no answer: one of the two does not vary"),
        ({"single": np.where(np.arange(len(X)) == 3, y, np.nan)}, "too few in common: 1, at least 4 are needed"),
        ({"two": np.where(np.arange(len(X)) < 2, y, np.nan)}, "too few in common: 2, at least 4 are needed"),
        ({"infinite": np.full(len(X), np.inf)}, "too few in common: 0, at least 4 are needed"),
    ],
)
def test_what_cannot_be_compared_says_why(responses: dict[str, np.ndarray], words: str) -> None:
    """A constant response, one or two rows and infinite values: one line, and the other pairs keep their answer."""
    found = compare_environments(table({"base": y, "shifted": 5 + 3 * y} | responses), "time", n_resamples=20)
    (name,) = responses
    for source, target in (("base", name), (name, "base")):
        one = pair(found, source, target)
        assert (one["kind"], one["verdict"]) == (NO_ANSWER, words)
        assert one[["saved", "error", "pearson"]].isna().all()
    assert pair(found, "base", "shifted")["kind"] == "linear shift"


def test_all_invalid_in_one_environment_is_told() -> None:
    """Where nothing ran there is no answer, and no warning."""
    found = compare_environments(table({"base": y, "dead": np.full(len(X), np.nan)}, status="failed"), "time")
    assert set(found["kind"]) == {NO_ANSWER}
    assert found["verdict"].str.startswith("too few in common: 0").all()


def test_two_hundred_environments_are_compared() -> None:
    """39 800 pairs of eight rows each have an answer."""
    rows = dict.fromkeys((f"w{k}" for k in range(200)), np.arange(0, len(X), 16))
    responses = {name: (1 + k) * y for k, name in enumerate(rows)}
    found = compare_environments(table(responses, rows), "time", n_resamples=10)
    assert len(found) == 200 * 199
    assert set(found["kind"]) == {"linear shift"}

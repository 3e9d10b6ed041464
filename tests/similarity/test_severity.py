"""Which kind of change keeps how much."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.errors import NotEnoughDataError, UnknownNameError
from transferperf.similarity.severity import change_of, odd_levels, severity
from transferperf.space import Environment

ENVIRONMENTS = [
    Environment.of({"hardware": h, "workload": w}) for h, w in itertools.product("abc", ("one", "two", "three", "odd"))
]


def _pairs(seed: int = 0) -> pd.DataFrame:
    """Hardware keeps nearly all, a workload half, both less, and the odd workload nothing."""
    stream = np.random.default_rng(seed)
    rows = []
    for source, target in itertools.permutations(ENVIRONMENTS, 2):
        base = {"hardware": 0.95, "workload": 0.5, "hardware+workload": 0.4}[change_of(source, target)]
        is_odd = "workload" in change_of(source, target) and "odd" in f"{source} {target}"
        rho = (0.0 if is_odd else base) + 0.02 * stream.normal()
        rows.append({"source": str(source), "target": str(target), "spearman": rho, "regret": 1 - rho})
    return pd.DataFrame(rows)


def test_changes_are_sorted_by_how_little_they_keep() -> None:
    """Both factors first, hardware last; medians are those of the pairs, within their intervals."""
    pairs = _pairs()
    found = severity(pairs, ENVIRONMENTS)
    assert found["change"].tolist() == ["hardware+workload", "workload", "hardware"]
    assert found["n_pairs"].sum() == len(pairs)
    assert found["n_environments"].tolist() == [12, 12, 12]
    by_change = {
        change: part["spearman"].median()
        for change, part in pairs.groupby(
            [
                change_of(*(next(e for e in ENVIRONMENTS if str(e) == name) for name in ends))
                for ends in zip(pairs["source"], pairs["target"], strict=True)
            ]
        )
    }
    assert found["spearman"].tolist() == pytest.approx([by_change[change] for change in found["change"]])
    for name in ("spearman", "regret"):
        low, value, high = found[[f"{name}_low", name, f"{name}_high"]].to_numpy().T
        assert ((low <= value) & (value <= high)).all()
    assert found["p_value"].to_numpy()[-1] < 0.05


@given(seed=st.integers(0, 50))
def test_the_order_of_pairs_changes_nothing(seed: int) -> None:
    """Shuffled pairs give the same numbers, and so does the same seed twice."""
    pairs = _pairs()
    shuffled = pairs.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(
        severity(pairs, ENVIRONMENTS, n_resamples=20), severity(shuffled, ENVIRONMENTS, n_resamples=20)
    )


def test_the_odd_workload_is_named_first() -> None:
    """Of four workloads the one that is like no other leads, and is the only one with a small p-value."""
    found = odd_levels(_pairs(), ENVIRONMENTS)
    assert (found["factor"][0], found["level"][0]) == ("workload", "odd")
    assert found["p_value"].to_numpy()[0] < 0.05
    inside, others = found[["spearman", "others"]].to_numpy(dtype=float)[0]
    assert (inside < 0.1, others > 0.4) == (True, True)
    assert set(found["factor"]) == {"hardware", "workload"}


def test_few_environments_have_no_interval_and_no_certainty() -> None:
    """Three environments have a median, but NaN for its ends; where nothing differs p-values are not small."""
    few = [Environment.of({"version": k}) for k in range(3)]
    pairs = pd.DataFrame(
        [{"source": str(a), "target": str(b), "spearman": 0.5} for a, b in itertools.permutations(few, 2)]
    )
    found = severity(pairs, few)
    assert (found["spearman"][0], found["n_environments"][0]) == (0.5, 3)
    assert found[["spearman_low", "spearman_high", "p_value"]].isna().all(axis=None)
    assert (odd_levels(pairs, few)["p_value"] > 0.05).all()


def test_equal_changes_are_seldom_told_apart() -> None:
    """Of forty tables in which workload and hardware keep the same, at most a fifth has a p-value below 5 %."""
    small = 0
    for seed in range(40):
        stream = np.random.default_rng(seed)
        of_each = dict(zip(map(str, ENVIRONMENTS), stream.normal(size=len(ENVIRONMENTS)), strict=True))
        pairs = _pairs()
        rho = [np.tanh(of_each[a] + of_each[b]) for a, b in zip(pairs["source"], pairs["target"], strict=True)]
        small += bool((severity(pairs.assign(spearman=rho), ENVIRONMENTS, n_resamples=200)["p_value"] < 0.05).any())
    assert small <= 8


def test_what_cannot_be_summarised_is_told() -> None:
    """No answer at all, an environment that nobody knows, a measure that is not there."""
    pairs = _pairs()
    with pytest.raises(NotEnoughDataError, match="none of 132 pairs has a similarity"):
        severity(pairs.assign(spearman=np.nan, regret=np.nan), ENVIRONMENTS)
    with pytest.raises(UnknownNameError, match="unknown environment 'hardware=c,workload=odd'"):
        severity(pairs, ENVIRONMENTS[:-1])
    with pytest.raises(UnknownNameError, match="unknown measure 'spaerman'"):
        severity(pairs, ENVIRONMENTS, measures=["spaerman"])

"""First samples guided by sources: what matters there is switched on, the largest effects first."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transferperf.data.table import MeasurementTable
from transferperf.errors import NotEnoughDataError
from transferperf.metric import Metric
from transferperf.space import BinaryOption, ChoiceOption, ConfigurationSpace, Exclusion, IntegerOption
from transferperf.study.guided import guided_design, terms_by_effect

BINARY = ConfigurationSpace(tuple(BinaryOption(name=f"o{j}") for j in range(6)))
MIXED = ConfigurationSpace(
    (
        BinaryOption(name="cache", default=1),
        ChoiceOption(name="mode", levels=("safe", "fast", "wild")),
        IntegerOption(name="threads", levels=(1, 2, 4, 8), default=4),
    ),
    constraints=(Exclusion(values=(("mode", ("wild",)), ("threads", (1,))), reason="it starves"),),
)


def table_of(space: ConfigurationSpace, values: np.ndarray, rows: Sequence[tuple[object, ...]]) -> MeasurementTable:
    """One source with all rows of a space."""
    frame = pd.DataFrame(rows, columns=[*space.names]).assign(time=values, hardware="h1")
    return MeasurementTable(frame, space, ("hardware",), (Metric("time"),))


def binary(effects: list[float], pair: float = 0.0) -> MeasurementTable:
    """All configurations of BINARY: effects of each option, and one of the last two together."""
    X = np.array(list(itertools.product((0, 1), repeat=6)))
    noise = 0.01 * np.random.default_rng(0).normal(size=len(X))
    return table_of(BINARY, 9 + X @ effects + pair * X[:, 4] * X[:, 5] + noise, [*map(tuple, X.tolist())])


def mixed() -> MeasurementTable:
    """Valid configurations of MIXED: the mode matters most, then threads."""
    rows = [row for row in itertools.product((0, 1), ("safe", "fast", "wild"), (1, 2, 4, 8)) if row[1:] != ("wild", 1)]
    slow = {"safe": 9.0, "fast": 5.0, "wild": 1.0}
    return table_of(MIXED, np.array([slow[mode] - 0.3 * threads for _, mode, threads in rows]), rows)


def on(row: pd.Series) -> set[str]:
    """The options of BINARY that are on."""
    return {str(name) for name in row.index if row[name]}


def test_the_largest_effects_of_the_source_are_switched_on_first() -> None:
    """All that matters at once, then each alone by the size of its effect, then two: no other option is touched."""
    terms = terms_by_effect(binary([0, 4, 0, -2, 0, 1]), Metric("time"), 0)
    assert terms == [{1: 1.0}, {3: 1.0}, {5: 1.0}]
    wanted = [{"o1", "o3", "o5"}, {"o1"}, {"o3"}, {"o5"}, {"o1", "o3"}, {"o1", "o5"}, {"o3", "o5"}]
    found = [on(row) for _, row in guided_design(binary([0, 4, 0, -2, 0, 1]), 12, metric="time").iterrows()]
    assert [names for names in found if names in wanted] == wanted


def test_an_interaction_is_a_term() -> None:
    """Two options that matter together more than alone are switched together before the lesser one is."""
    terms = terms_by_effect(binary([0, 0, 0.5, 0, 0.2, 0.2], pair=4.0), Metric("time"), 0)
    assert {4: 1.0, 5: 1.0} in terms
    assert terms.index({4: 1.0, 5: 1.0}) < terms.index({2: 1.0})


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**20), n=st.integers(1, 22))
def test_each_configuration_is_valid_and_comes_once(seed: int, n: int) -> None:
    """Of any kind of options, up to all that there are; the same seed gives the same."""
    found = guided_design(mixed(), n, metric="time", seed=seed)
    assert len(found.drop_duplicates()) == n
    assert all(MIXED.contains(row) for row in found.to_dict("records"))  # type: ignore[arg-type]
    assert found.equals(guided_design(mixed(), n, metric="time", seed=seed))


def test_an_option_with_an_order_goes_to_its_farther_end() -> None:
    """From 4 threads to 8, which 1 is nearer to; what does not matter stays at its default."""
    found = guided_design(mixed(), 8, metric="time", seed=1)
    assert (found["cache"] == 1).sum() >= 6
    assert {4, 8} <= set(found["threads"])
    assert set(found["mode"]) == {"safe", "fast", "wild"}


def test_one_in_ten_explores_and_the_rest_follows_the_list() -> None:
    """Over many seeds, the first configuration is another one than the list's in about a tenth of them."""
    table = binary([0, 4, 0, -2, 0, 1])
    firsts = [on(guided_design(table, 1, metric="time", seed=seed).iloc[0]) for seed in range(100)]
    n_others = sum(names != {"o1", "o3", "o5"} for names in firsts)
    assert 2 <= n_others <= 22


def test_sources_of_different_size_count_alike() -> None:
    """One in other units changes no term."""
    frame = binary([0, 4, 0, -2, 0, 1]).frame
    both = pd.concat([frame, frame.assign(hardware="h2", time=1000 * frame["time"])], ignore_index=True)
    table = MeasurementTable(both, BINARY, ("hardware",), (Metric("time"),))
    assert terms_by_effect(table, Metric("time"), 0) == [{1: 1.0}, {3: 1.0}, {5: 1.0}]


def test_what_cannot_guide_is_said() -> None:
    """Nothing that varies in any source; more than the space has."""
    frame = binary([0] * 6).frame.assign(time=1.0)
    with pytest.raises(NotEnoughDataError, match="no source has two different values of time"):
        guided_design(MeasurementTable(frame, BINARY, ("hardware",), (Metric("time"),)), 3, metric="time")
    with pytest.raises(NotEnoughDataError, match="65 configurations were asked for"):
        guided_design(binary([1.0] * 6), 65, metric="time")

"""One table of two: what is renamed, filled in, told apart and refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from transferperf.data import MeasurementTable, combine, read_frame
from transferperf.data.table_state import dump_table, restore_table
from transferperf.errors import DataError, UnknownNameError
from transferperf.metric import Metric
from transferperf.space import BinaryOption, ChoiceOption, ConfigurationSpace, Environment, IntegerOption, RealOption

TIME = Metric("time", "s")
NEW = pd.DataFrame(
    {"cache_kb": [1, 4, 8, 4], "mode": ["FAST", "SAFE", "FAST", "TINY"], "flag": [0, 1, 1, 0], "time": [5.0, 3, 2, 4]}
)
OLD = pd.DataFrame(
    {"cache-size": [1, 2, 4], "mode": ["fast", "safe", "fast"], "old": [0, 1, 0], "ms": [9000.0, 8000, 6000]}
)
MAPPING: dict[str, Any] = {
    "options": {"cache-size": "cache_kb"},
    "metrics": {"ms": "time"},
    "values": {"mode": {"fast": "FAST", "safe": "SAFE"}},
}
TARGET, SOURCE = Environment.of({"origin": "own"}), Environment.of({"origin": "source"})


def table(frame: pd.DataFrame, metric: Metric | str = TIME) -> MeasurementTable:
    """The table of a frame with one metric."""
    return read_frame(frame, metrics=[metric])


def both(mapping: Any = MAPPING, **keywords: Any) -> MeasurementTable:
    """New and old together."""
    return combine(table(NEW), table(OLD, Metric("ms", "ms")), mapping=mapping, **keywords)


def test_renamed_options_metrics_and_levels_become_one() -> None:
    """Rows of both stand under the target's names, and nothing of the source's spelling is left."""
    found = both()
    assert found.space.names == ("cache_kb", "mode", "flag", "old")
    assert found.space["mode"] == table(NEW).space["mode"]
    assert found.metrics == (TIME,)
    assert found.samples("time", SOURCE).y.tolist() == [9000, 8000, 6000]
    assert found.frame["mode"].tolist() == ["FAST", "SAFE", "FAST", "TINY", "FAST", "SAFE", "FAST"]
    assert [note for note in found.notes if "in ms in the source, in s in the target" in note]


def test_an_option_that_one_side_lacks_is_there_at_its_default() -> None:
    """That of the mapping, or else the option's own; a note says so."""
    found = both()
    assert found.frame["flag"].tolist() == [0, 1, 1, 0, 0, 0, 0]
    assert found.frame["old"].tolist() == [0, 0, 0, 0, 0, 1, 0]
    assert [note for note in found.notes if "source has no `flag`; its rows are read as flag = 0" in note]
    assert [note for note in found.notes if "target has no `old`; its rows are read as old = 0" in note]
    declared = both({**MAPPING, "defaults": {"flag": 1, "old": 1}})
    assert declared.frame["flag"].tolist()[4:] == [1, 1, 1]
    assert declared.frame["old"].tolist()[:4] == [1, 1, 1, 1]


def test_what_the_target_lacks_is_not_searched() -> None:
    """Every configuration has it at its default, also after a table was saved."""
    found = both({**MAPPING, "defaults": {"old": 1}})
    for space in (found.space, restore_table(*dump_table(found)).space):
        here = {"cache_kb": 4, "mode": "FAST", "flag": 1, "old": 0}
        assert space.canonical(here)["old"] == 1
        assert {there["old"] for there in space.neighbours(here)} == {1}


def test_tables_without_factors_are_told_apart_and_the_target_needs_no_name() -> None:
    """A factor `origin` is made, which the target may leave out; further sources get names of their own."""
    found = both()
    assert found.environments == (TARGET, SOURCE)
    assert found.target({}) == TARGET
    third = combine(found, table(OLD, Metric("ms", "ms")), mapping=MAPPING)
    assert [where.label for where in third.environments] == ["own", "source", "source 2"]
    assert third.target({}) == TARGET


def test_environments_that_differ_get_no_further_factor() -> None:
    """Whether the file has the factor, or the caller says it of the source."""
    new = table(NEW.assign(version=2))
    for source, where in ((table(NEW.assign(version=1)), None), (table(NEW), {"version": "1.0"})):
        found = combine(new, source, source_environment=where)
        assert found.factors == ("version",)
        assert [where.label for where in found.environments] == ["1", "2"]
    lacking = combine(new, table(NEW))
    assert [str(where) for where in lacking.environments] == ["version=2", "version=source"]
    alone = combine(table(NEW), table(NEW.assign(hardware="h1")))
    assert alone.target({}) == Environment.of({"hardware": "own"})


@pytest.mark.parametrize(
    ("ours", "theirs", "kind", "levels"),
    [
        ([1, 8], [1, 2, 8], IntegerOption, (1, 2, 8)),
        ([1, 4, 8], [2, 4], IntegerOption, (1, 4, 8)),
        ([1, 2, 3], [2, 7, 9], IntegerOption, (1, 2, 3, 7, 9)),
        ([1, 2, 3], [0.5, 2.5, 3.5], RealOption, (0.5, 1, 2, 2.5, 3, 3.5)),
        (["a", "b"], ["b", "c", "d"], ChoiceOption, ("a", "b", "c", "d")),
        ([0, 1], ["0", "1"], BinaryOption, (0, 1)),
    ],
)
def test_options_are_as_wide_as_both_need(ours: list[Any], theirs: list[Any], kind: type, levels: tuple[Any]) -> None:
    """Known answers; every value that was measured is legal, in one spelling."""
    tables = [table(pd.DataFrame({"k": values, "time": 1.0})) for values in (ours, theirs)]
    found = combine(*tables)
    option = found.space["k"]
    assert (type(option), option.levels, option.default) == (kind, levels, ours[0])
    assert all(option.contains(value) for value in found.frame["k"])
    assert len(found.frame["k"].map(type).unique()) == 1


def test_a_cap_of_one_unit_is_none_in_another() -> None:
    """5 s caps the target's rows only: the source's milliseconds are measured up to their own cap."""
    new = table(NEW, Metric("time", "s", cap=5.0))
    for cap, n_capped in ((None, 0), (8000.0, 2)):
        found = combine(new, table(OLD, Metric("ms", "ms", cap=cap)), mapping=MAPPING)
        assert found.samples("time", TARGET).is_capped.sum() == 1
        assert found.samples("time", SOURCE).is_capped.sum() == n_capped
        assert len(found.samples("time", SOURCE)) == 3


def test_a_cap_that_only_the_sources_reach_often_holds_for_the_target() -> None:
    """Few rows of a target do not show their cap, unless they have values beyond it."""
    times = np.minimum(np.random.default_rng(0).lognormal(size=100), 2.0)
    source = table(pd.DataFrame({"k": range(100), "time": times}))
    few = pd.DataFrame({"k": [1, 2, 3], "time": [2.0, 1.0, 0.5]})
    assert combine(table(few), source).samples("time", TARGET).is_capped.tolist() == [True, False, False]
    more = combine(table(few.assign(time=[7.0, 1.0, 0.5])), source)
    assert not more.samples("time", TARGET).is_capped.any()
    assert more.samples("time", SOURCE).is_capped.sum() == (times == 2.0).sum()


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        (
            {"options": {"cach": "cache_kb"}},
            "unknown option of the source in the mapping 'cach'; there are cache-size,",
        ),
        (
            {"options": {"cache-size": "cache"}},
            "unknown option of the target in the mapping 'cache'; there are cache_kb",
        ),
        ({"metrics": {"sec": "time"}}, "unknown metric of the source in the mapping 'sec'; there is ms"),
        ({"metrics": {"ms": "tim"}}, "unknown metric of the target in the mapping 'tim'; there is time"),
        ({"values": {"mod": {}}}, "unknown option in the mapping 'mod'"),
        ({"values": {"mode": {"slow": "SAFE"}}}, "unknown level of 'mode' of the source in the mapping 'slow'"),
        ({"values": {"mode": {"safe": "safest"}}}, "unknown level of 'mode' of the target in the mapping 'safest'"),
        ({"defaults": {"flags": 1}}, "unknown option in the mapping 'flags'"),
        ({"option": {}}, "unknown table in the mapping 'option'; there are options"),
    ],
)
def test_a_name_that_is_not_there_is_one_line(mapping: dict[str, Any], text: str) -> None:
    """Which name, of what, and what there is."""
    with pytest.raises(UnknownNameError) as raised:
        both({"metrics": {"ms": "time"}, **mapping})
    assert str(raised.value).startswith(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        ({}, r"the source has the metric ms; expected time\. Say in the mapping's \[metrics\]"),
        ({"metrics": {"ms": "time"}, "options": {"old": "mode"}}, "makes two columns of the source 'mode'"),
        ({"metrics": {"ms": "time"}, "defaults": {"flag": 7}}, "'flag' has the default 7; expected one of 0, 1"),
        ({"options": 3}, r"the mapping has options = 3; expected a table \[options\] of names"),
    ],
)
def test_what_does_not_fit_together_is_one_line(mapping: dict[str, Any], text: str) -> None:
    """What came, and what to do."""
    with pytest.raises(DataError, match=text):
        both(mapping)


def test_a_column_has_one_role() -> None:
    """A metric that the source does not declare would be an option that tells the answer."""
    with pytest.raises(DataError, match="'time' is a metric in the target and an option in the source"):
        combine(table(NEW), table(NEW.assign(other=1.0), "other"))
    with pytest.raises(DataError, match="'mode' is a column of the source but no factor"):
        combine(table(NEW), table(NEW), source_environment={"mode": "x"})
    with pytest.raises(DataError, match=r"share the environment .* tell them apart with source_environment="):
        combine(*[table(NEW.rename(columns={"flag": "origin"}))] * 2)


def test_a_mapping_is_read_from_a_file(tmp_path: Path) -> None:
    """The same as in keywords, and errors name the file."""
    path = tmp_path / "names.toml"
    path.write_text('[options]\n"cache-size" = "cache_kb"\n[metrics]\nms = "time"\n[values.mode]\nfast = "FAST"\n')
    assert both(path).space.names == both(str(path)).space.names == ("cache_kb", "mode", "flag", "old")
    path.write_text("[metrics]\nms = 'tim'\n")
    with pytest.raises(UnknownNameError, match=r"metric of the target in .*names\.toml 'tim'"):
        both(path)


def test_a_declared_space_stays_declared() -> None:
    """Units, scales, defaults and constraints of the target hold in the whole table."""
    cache = IntegerOption(name="cache_kb", levels=(1, 4, 8, 64), unit="kB", scale="log", default=4)
    space = ConfigurationSpace((cache,))
    new = read_frame(NEW[["cache_kb", "time"]], metrics=[TIME], space=space)
    old = table(OLD[["cache-size", "ms"]], Metric("ms", "ms"))
    found = combine(new, old, mapping={name: MAPPING[name] for name in ("options", "metrics")})
    assert found.space == space

"""Measurement files: what is written is read back, and columns are what they are declared to be."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transferperf.data import read_csv, read_frame, write_table
from transferperf.errors import DataError, OutputError, UnknownNameError
from transferperf.metric import Metric
from transferperf.space import BinaryOption, ChoiceOption, ConfigurationSpace, IntegerOption, RealOption

TEXT = """workload,cabac,ref,me,qp,time,fps,status,cost_s
128,0,1,None,0.5,2.5,10,ok,1
128.0,1,5,hex,1.5,,,timeout,20
8,1,9,umh,2.25,1e-3,30,,1
"""
TIME = Metric("time", "s")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A small file of everything."""
    path = tmp_path / "runs.csv"
    path.write_text(TEXT)
    return path


def test_columns_are_read_as_what_they_say(path: Path) -> None:
    """Environment, options of every kind, metrics, status; an empty metric cell is not measured."""
    table = read_csv(path, metrics=[TIME, "$>fps"])
    assert table.metrics == (TIME, Metric("fps", direction="max"))
    assert [environment.label for environment in table.environments] == ["128", "8"]
    assert table.space.options == (
        BinaryOption(name="cabac"),
        IntegerOption(name="ref", levels=(1, 5, 9)),
        ChoiceOption(name="me", levels=("None", "hex", "umh")),
        RealOption(name="qp", levels=(0.5, 1.5, 2.25)),
    )
    assert table.frame["time"].isna().tolist() == [False, True, False]
    assert table.frame["status"].tolist() == ["ok", "timeout", "ok"]
    assert len(table.samples("time", table.environments[0])) == 1


@pytest.mark.parametrize("kind", ["bom", "windows", "gzip", "both and blank lines"])
def test_spellings_of_a_file_do_not_matter(path: Path, tmp_path: Path, kind: str) -> None:
    """A byte order mark, Windows line ends, compression and blank lines give the same table."""
    expected, other = read_csv(path, metrics=["time", "fps"]), tmp_path / "other.csv"
    if kind == "gzip":
        other = tmp_path / "other.csv.gz"
        other.write_bytes(gzip.compress(TEXT.encode()))
    else:
        text = TEXT if kind == "bom" else TEXT.replace("\n", "\r\n")
        text = text.replace("\n", "\n\r\n") if kind.startswith("both") else text
        other.write_bytes(text.encode("utf-8" if kind == "windows" else "utf-8-sig"))
    table = read_csv(other, metrics=["time", "fps"])
    pd.testing.assert_frame_equal(table.frame, expected.frame)
    assert table.space == expected.space


def test_a_declaration_beside_the_file_declares(path: Path) -> None:
    """Metrics, environments and options come from `<file>.toml`; what it does not name is inferred."""
    path.with_suffix(".toml").write_text(
        'environments = ["cabac"]\n[[metrics]]\nname = "time"\nunit = "s"\n'
        '[[metrics]]\nname = "fps"\ndirection = "max"\n'
        '[[options]]\nname = "ref"\ntype = "integer"\nlevels = [1, 16]\nunit = "frames"\ndefault = 3\n'
    )
    table = read_csv(path)
    assert table.metrics == (TIME, Metric("fps", direction="max"))
    assert table.factors == ("workload", "cabac")
    assert table.space["ref"] == IntegerOption(name="ref", levels=(1, 16), unit="frames", default=3)
    assert table.space.names == ("ref", "me", "qp")


def test_a_compressed_file_has_its_declaration_under_the_same_name(path: Path) -> None:
    """`runs.toml` belongs to `runs.csv.gz`, and comes before a manifest.json."""
    packed = path.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(TEXT.encode()))
    manifest = {
        "machine": "m1",
        "metrics": ["time", {"name": "fps", "direction": "max"}],
        "environments": {"cabac": [0, 1]},
    }
    path.with_name("manifest.json").write_text(json.dumps(manifest))
    assert read_csv(packed).factors == ("workload", "cabac")
    assert read_csv(packed).metric("fps").direction == "max"
    path.with_suffix(".toml").write_text('metrics = ["fps"]\n')
    assert read_csv(packed, ignore=["time"]).metric("fps").direction == "min"


def test_what_the_caller_says_comes_before_what_stands_beside(path: Path) -> None:
    """A plain name asks for the metric as it is declared, a Metric says itself what it is."""
    path.with_suffix(".toml").write_text('[[metrics]]\nname = "fps"\ndirection = "max"\n')
    assert read_csv(path, metrics=["time", "fps"]).metrics == (Metric("time"), Metric("fps", direction="max"))
    assert read_csv(path, metrics=[Metric("fps", "1/s")], ignore="time").metrics == (Metric("fps", "1/s"),)


def test_marks_in_heads_declare_metrics_and_are_no_part_of_the_name(tmp_path: Path) -> None:
    """`$<` is smaller, `$>` larger."""
    path = tmp_path / "pool.csv"
    path.write_text("a,$<time,$>fps\n0,1,2\n1,2,3\n")
    table = read_csv(path)
    assert table.metrics == (Metric("time"), Metric("fps", direction="max"))
    assert list(table.frame.columns) == ["a", "time", "fps"]


def test_a_space_file_declares_the_whole_space(path: Path, tmp_path: Path) -> None:
    """A column too many or too few, or a value outside, is an error with its place."""
    system = tmp_path / "system.toml"
    declared = '[[options]]\nname = "ref"\ntype = "integer"\nlevels = [1, 5]\n'
    system.write_text('metrics = ["time", "fps", "energy"]\n' + declared)
    with pytest.raises(DataError, match="column cabac, me, qp is no option of the space"):
        read_csv(path, space=system)
    rest = ["cabac", "me", "qp"]
    with pytest.raises(DataError, match="line 4, column 'ref': got 9; expected a whole number from 1 to 5"):
        read_csv(path, space=system, ignore=rest)
    system.write_text(system.read_text().replace("5]", "16]"))
    table = read_csv(path, space=str(system), ignore=rest)
    assert table.space.names == ("ref",)
    assert [metric.name for metric in table.metrics] == ["time", "fps"]
    with pytest.raises(DataError, match="no column for option ref of the space"):
        read_csv(path, space=table.space, ignore=["ref"], metrics=["time", "fps"])
    system.write_text('metrics = ["time"]\n')
    with pytest.raises(DataError, match=r"system\.toml: there are no \[\[options\]\]"):
        read_csv(path, space=system)


def test_columns_that_are_not_there_are_named_with_those_that_are(path: Path) -> None:
    """A metric lists the numeric columns, since a text column can be none."""
    with pytest.raises(UnknownNameError, match="unknown metric 'tiem'; there are time, ") as caught:
        read_csv(path, metrics=["tiem"])
    assert caught.value.known == ("cabac", "ref", "qp", "time", "fps")
    with pytest.raises(UnknownNameError, match="unknown environment column 'host'"):
        read_csv(path, metrics=["time"], environment=["host"])
    with pytest.raises(UnknownNameError, match="unknown column to ignore 'x'"):
        read_csv(path, metrics=["time"], ignore=["x"])
    with pytest.raises(
        DataError, match="no column is declared a metric; the columns are cabac, ref, me, qp, time, fps"
    ):
        read_csv(path)
    with pytest.raises(DataError, match="no column is left for the options"):
        read_csv(path, metrics=["time"], ignore=["ref", "me", "qp", "fps", "cabac"])


def test_a_frame_reads_as_the_file_does_and_stays_as_it_is(path: Path) -> None:
    """The same keywords give the same table."""
    frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
    before = frame.copy()
    table = read_frame(frame, metrics=["time"], environment=["me"], ignore=["fps"])
    assert table.space == read_csv(path, metrics=["time"], environment=["me"], ignore=["fps"]).space
    assert table.factors == ("workload", "me")
    pd.testing.assert_frame_equal(frame, before)


TABLES = st.fixed_dictionaries(
    {
        "hardware": st.sampled_from(["h1", "größer, h2"]),
        "flag": st.booleans(),
        "ref": st.integers(-5, 10**12),
        "ratio": st.floats(-1e300, 1e300),
        "mode": st.sampled_from(["None", "NA", 'a "b"', "x,y"]),
        "time": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    }
)


@given(st.lists(TABLES, min_size=2, max_size=8), st.sampled_from([".csv", ".csv.gz", ".parquet"]))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_back_exactly(tmp_path: Path, rows: list[dict[str, object]], suffix: str) -> None:
    """Every number to its last bit, every text to its last sign; writing it again gives the same bytes."""
    names = ["hardware", "flag", "ref", "ratio", "mode", "time"]
    table = read_frame(pd.DataFrame(rows, columns=names).astype({"time": float}), metrics=["time"])
    path = tmp_path / f"runs{suffix}"
    write_table(table, path)
    back, content = read_csv(path, metrics=["time"]), path.read_bytes()
    assert list(back.frame.columns) == names
    assert back.space == table.space
    for name in back.frame:
        assert [*map(str, back.frame[name])] == [*map(str, table.frame[name])]
    write_table(back, path)
    assert path.read_bytes() == content


def test_columns_are_written_in_the_order_of_their_roles(tmp_path: Path, path: Path) -> None:
    """Environment, options, metrics, then what is reserved."""
    frame = read_csv(path, metrics=["time", "fps"]).frame
    table = read_frame(frame[frame.columns[::-1]].assign(reason="x", repeat=0), metrics=["time", "fps"])
    write_table(table, tmp_path / "out.csv")
    header = (tmp_path / "out.csv").read_text().splitlines()[0]
    assert header == "workload,qp,me,ref,cabac,time,fps,status,reason,cost_s,repeat"


def test_writing_where_nothing_can_be_written_is_an_output_error(tmp_path: Path, path: Path) -> None:
    """And a name of another kind is refused before anything is touched."""
    table = read_csv(path, metrics=["time", "fps"])
    with pytest.raises(OutputError, match="could not be written"):
        write_table(table, tmp_path / "missing" / "a.csv")
    with pytest.raises(DataError, match=r"ends in '\.xlsx'; expected \.csv, \.csv\.gz, \.parquet"):
        write_table(table, tmp_path / "a.xlsx")
    assert [entry.name for entry in tmp_path.iterdir()] == ["runs.csv"]


def test_many_rows_are_read_whole(tmp_path: Path) -> None:
    """20 000 rows of 12 columns: every one of them arrives."""
    stream = np.random.default_rng(0)
    frame = pd.DataFrame({f"o{k}": stream.integers(0, 3 + k, 20_000) for k in range(10)})
    frame = frame.assign(mode=stream.choice(["a", "b", "c"], 20_000), time=stream.random(20_000))
    frame.to_csv(tmp_path / "many.csv", index=False)
    table = read_csv(tmp_path / "many.csv", metrics=["time"])
    assert len(table) == 20_000
    assert table.frame["time"].sum() == frame["time"].sum()
    assert (table.configurations() == frame.drop(columns="time")).all(axis=None)


def test_levels_that_spell_truth_values_come_back_as_they_are(tmp_path: Path) -> None:
    """A file with a column of true and false is read with the levels of its space."""
    levels = BinaryOption(name="elim", levels=("false", "true"))
    (tmp_path / "runs.csv").write_text("elim,time\ntrue,1\nfalse,2\n", encoding="utf-8")
    table = read_csv(tmp_path / "runs.csv", metrics=["time"], space=ConfigurationSpace((levels,)))
    assert list(table.frame["elim"]) == ["true", "false"]

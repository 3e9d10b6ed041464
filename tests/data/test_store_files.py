"""A store as a file: what comes back is what went out."""

import math
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transferperf.data.csv import SUFFIXES
from transferperf.data.measurement import Measurement, Status
from transferperf.data.store import Store
from transferperf.data.store_files import export_rows, import_rows
from transferperf.errors import DataError, StoreError
from transferperf.space import Configuration, Environment

HERE = Environment.of({"hardware": "h1"})
ODD = ["", "NA", "null", " ", "a,b", 'say "no"', "two\nlines", "two\r\nlines", "\r", "1.0", "größe", "'", "\\"]

texts = st.sampled_from(ODD) | st.text(max_size=5)
numbers = st.floats(allow_nan=False, allow_infinity=False)
configurations = st.dictionaries(texts, st.booleans() | st.integers() | numbers | texts, max_size=3)


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    """Any measurement."""
    n = draw(st.integers(0, 3))
    repeats = st.lists(numbers | st.just(math.nan), min_size=n, max_size=n).map(tuple)
    return Measurement(
        configuration=draw(configurations),
        environment=HERE,
        repeats=draw(st.dictionaries(st.sampled_from(["time", "größe"]), repeats, min_size=1)) if n else {},
        status=draw(st.sampled_from(Status)) if n else Status.FAILED,
        reason=draw(texts),
        cost_s=draw(st.floats(1e-9, 1e9) | st.just(math.nan)),
    )


added = st.tuples(texts, configurations, measurements(), texts)


def same(store: Store) -> list[tuple[str, str]]:
    """All that is read of each system for a purpose, with names, types and values to the last bit, and the times."""
    with store.engine.connect() as connection:
        kinds = connection.exec_driver_sql("SELECT DISTINCT system, purpose FROM measurement ORDER BY 1, 2").all()
    return [
        (repr((system, purpose, store.read(system, purpose=purpose))), repr(store.frame(system).to_dict("records")))
        for system, purpose in kinds
    ]


def simple(n: int) -> Measurement:
    """A measurement with that many repeats."""
    return Measurement(configuration={"k": n}, environment=HERE, repeats={"time": (0.1,) * n}, cost_s=0.3)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=12)
@given(kept=st.lists(added, max_size=3))
def test_what_comes_back_is_what_went_out(suffix: str, kept: list[tuple[str, Configuration, Measurement, str]]) -> None:
    """Every value, its type and its last bit, order, times and purposes; once more adds nothing."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(f"sqlite:///{folder}/a.db") as store,
        Store.open(f"sqlite:///{folder}/b.db") as other,
    ):
        for system, asked, measurement, purpose in kept:
            store.add(system, asked, measurement, purpose=purpose)
        path, n = Path(folder) / f"rows{suffix}", sum(max(1, m.n_repeats) for _, _, m, _ in kept)
        assert export_rows(store, path) == n
        assert import_rows(other, path) == n
        assert same(other) == same(store)
        assert import_rows(other, path) == 0
        assert same(other) == same(store)


def test_two_kinds_of_database_hold_the_same(store_url: str, tmp_path: Path) -> None:
    """From a SQLite file to another database and back: numbers keep their kind."""
    asked: Configuration = {"share": 1.0, "n": 1, "fast": True, "name": "1", "wide": 0.1 + 0.2}
    with (
        Store.open(f"sqlite:///{tmp_path / 'first.db'}") as first,
        Store.open(store_url) as second,
        Store.open(f"sqlite:///{tmp_path / 'third.db'}") as third,
    ):
        for n in (2, 1, 3):
            first.add("sum", asked, simple(n), purpose="tune")
        for source, to in ((first, second), (second, third)):
            export_rows(source, tmp_path / "rows.parquet")
            assert import_rows(to, tmp_path / "rows.parquet") == 6
        assert same(first) == same(second) == same(third)


def test_stores_are_merged(tmp_path: Path) -> None:
    """What two machines measured comes together in one store; its own measurements stay where they are."""
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store, Store.open(f"sqlite:///{tmp_path / 'b.db'}") as other:
        store.add("sum", {"k": 1}, simple(1))
        other.add("sum", {"k": 2}, simple(2))
        other.add("sum", {"k": 3}, simple(3))
        export_rows(other, tmp_path / "rows.csv")
        assert import_rows(store, tmp_path / "rows.csv") == 5
        assert [(asked["k"], m.n_repeats) for asked, m in store.read("sum")] == [(1, 1), (2, 2), (3, 3)]


def test_rows_come_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A measurement may lie across two of them."""
    monkeypatch.setattr("transferperf.data.store_files.ROWS", 2)
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store, Store.open(f"sqlite:///{tmp_path / 'b.db'}") as other:
        for n in (3, 1, 3):
            store.add("sum", {"k": n}, simple(n))
        assert export_rows(store, tmp_path / "rows.parquet") == import_rows(other, tmp_path / "rows.parquet") == 7
        assert same(store) == same(other)


@pytest.mark.parametrize(
    ("name", "text"),
    [("no.csv", "is no export of a store"), ("runs.csv", "has the columns k, time, and without id, first_id, system")],
)
def test_what_is_no_export_is_refused(tmp_path: Path, name: str, text: str) -> None:
    """A measurement file, or no file at all; the store stays as it is."""
    pd.DataFrame({"k": [1], "time": [2.0]}).to_csv(tmp_path / "runs.csv", index=False)
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        with pytest.raises(DataError, match=text):
            import_rows(store, tmp_path / name)
        assert same(store) == []


def test_an_import_that_fails_adds_nothing(tmp_path: Path) -> None:
    """A damaged row says so; the rows before it are not there."""
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store, Store.open(f"sqlite:///{tmp_path / 'b.db'}") as other:
        store.add("sum", {"k": 1}, simple(2))
        with store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE measurement SET metrics = '{' WHERE first_id IS NOT NULL")
        export_rows(store, tmp_path / "rows.csv")
        with pytest.raises(StoreError, match="Expecting property name"):
            import_rows(other, tmp_path / "rows.csv")
        assert same(other) == []

"""The store: what was added is there, as it was added, whatever becomes of the process that added it."""

import concurrent.futures
import math
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transferperf.data.database import PATIENCE_S, from_anywhere
from transferperf.data.measurement import Measurement, Status
from transferperf.data.store import Store
from transferperf.errors import StoreError
from transferperf.space import Configuration, Environment

ROOT = Path(__file__).parents[2]
HERE, THERE = Environment.of({"hardware": "h1", "workload": 128}), Environment.of({"hardware": "h2", "workload": 128})

ADDER = """
import sys
from transferperf.data.measurement import Measurement
from transferperf.data.store import Store
from transferperf.space import Environment

url, name, n = sys.argv[1:]
with Store.open(url) as store:
    for k in range(int(n)):
        ran = {"name": name, "k": k}
        store.add("sum", ran, Measurement(configuration=ran, environment=Environment(), repeats={"time": (k, k + 0.5)}))
        print(k, flush=True)
"""

numbers = st.floats(allow_nan=False, allow_infinity=False)
configurations = st.dictionaries(
    st.text(max_size=5), st.booleans() | st.integers() | numbers | st.text(max_size=9), max_size=4
)


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    """Any measurement, in one of two environments."""
    n = draw(st.integers(0, 3))
    repeats = st.lists(numbers, min_size=n, max_size=n).map(tuple)
    names = st.sampled_from(["time", "größe"])
    return Measurement(
        configuration=draw(configurations),
        environment=draw(st.sampled_from([HERE, THERE])),
        repeats=draw(st.dictionaries(names, repeats, min_size=1)) if n else {},
        status=draw(st.sampled_from(Status)) if n else Status.FAILED,
        reason=draw(st.text(max_size=9)),
        cost_s=draw(st.floats(1e-9, 1e9) | st.just(math.nan)),
    )


def shown(configuration: Configuration) -> list[tuple[str, type, object]]:
    """Names, types and values: 1, 1.0 and True are three things."""
    return [(name, type(value), value) for name, value in configuration.items()]


def url_of(path: Path, query: str = "") -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}{query}"


def simple(k: int = 1, environment: Environment = HERE) -> Measurement:
    """A measurement with one value."""
    return Measurement(configuration={"k": k}, environment=environment, repeats={"time": (float(k),)}, cost_s=0.5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(configurations, measurements()), max_size=4))
def test_what_was_added_is_read_in_order_and_exactly(added: list[tuple[Configuration, Measurement]]) -> None:
    """Values keep their type and their last bit, also for a reader that opens the file anew."""
    with tempfile.TemporaryDirectory() as folder:
        url = url_of(Path(folder) / "a.db")
        with Store.open(url) as store:
            for asked, measurement in added:
                store.add("sum", asked, measurement)
        with Store.open(url) as store:
            found = store.read("sum")
    assert len(found) == len(added)
    for (asked, before), (asked_too, after) in zip(added, found, strict=True):
        assert shown(asked_too) == shown(asked)
        assert shown(after.configuration) == shown(before.configuration)
        assert (after.environment, after.status, after.reason) == (before.environment, before.status, before.reason)
        assert dict(after.repeats) == dict(before.repeats)
        assert after.cost_s == pytest.approx(before.cost_s, rel=1e-15, nan_ok=True)


def test_a_system_an_environment_and_a_purpose_choose_what_is_read(tmp_path: Path) -> None:
    """Each alone and together; the order of the factors says nothing."""
    with Store.open(url_of(tmp_path / "a.db")) as store:
        store.add("sum", {"k": 1}, simple(1), purpose="tune")
        store.add("sum", {"k": 2}, simple(2, THERE), purpose="tune")
        store.add("sum", {"k": 3}, simple(3), purpose="compare")
        store.add("product", {"k": 4}, simple(4), purpose="tune")

        def asked(*words: object, **wanted: str) -> list[object]:
            return [asked["k"] for asked, _ in store.read(*words, **wanted)]  # type: ignore[arg-type]

        turned = Environment(tuple(reversed(HERE.factors)))
        assert (asked("sum"), asked("product"), asked("nothing")) == ([1, 2, 3], [4], [])
        assert (asked("sum", HERE), asked("sum", turned), asked("sum", THERE)) == ([1, 3], [1, 3], [2])
        assert (asked("sum", purpose="tune"), asked("sum", HERE, purpose="compare")) == ([1, 2], [3])


def test_a_campaign_finds_its_own_measurements_and_what_it_began_with(tmp_path: Path) -> None:
    """The same identity is the same campaign, in any order and for another process; all repeats belong to it."""
    twice = Measurement(configuration={"k": 2}, environment=HERE, repeats={"time": (1.0, 2.0)}, cost_s=0.7)
    with Store.open(url_of(tmp_path / "a.db")) as store:
        store.add("sum", {"k": 1}, simple(1))
        first = store.campaign({"seed": 0, "metric": "time"})
        told = store.add("sum", {"k": 2}, twice, campaign=first)
        second = store.campaign({"seed": 1, "metric": "time"})
        store.add("sum", {"k": 3}, simple(3), campaign=second)
    with Store.open(url_of(tmp_path / "a.db")) as store:
        assert store.campaign({"metric": "time", "seed": 0}) == first != second
        assert store.read("sum", campaign=first) == [({"k": 2}, told)]
        assert [asked["k"] for asked, _ in store.read("sum", campaign=second)] == [3]
        assert [[asked["k"] for asked, _ in store.read("sum", before=c)] for c in (first, second)] == [[1], [1, 2]]


def test_processes_that_begin_a_campaign_at_once_begin_one(tmp_path: Path) -> None:
    """Whoever is second finds what the first one wrote."""
    with Store.open(url_of(tmp_path / "a.db")) as store, concurrent.futures.ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(store.campaign, [{"seed": 0}] * 40))) == 1


def test_what_is_no_number_and_what_numpy_made_are_kept_too(tmp_path: Path) -> None:
    """A metric without a number reads as NaN; a numpy scalar as the plain value that it means."""
    asked = {"size": np.int64(4), "fast": np.bool_(1), "share": np.float32(0.5)}
    measured = Measurement(configuration={"k": 1}, environment=HERE, repeats={"time": (1.0, math.inf)})
    with Store.open(url_of(tmp_path / "a.db")) as store:
        store.add("sum", asked, measured)  # type: ignore[arg-type]  # an adapter may answer so
        ((came, after),) = store.read("sum")
    assert shown(came) == [("size", int, 4), ("fast", bool, True), ("share", float, 0.5)]
    assert after.repeats["time"] == pytest.approx((1.0, math.nan), nan_ok=True)


def test_a_frame_has_the_columns_of_a_measurement_file(tmp_path: Path) -> None:
    """One row for each repeat, in UTC; the shares of the cost add up to it."""
    with Store.open(url_of(tmp_path / "a.db")) as store:
        twice = Measurement(configuration={"k": 1}, environment=HERE, repeats={"time": (1.0, 2.0)}, cost_s=3.0)
        store.add("sum", {"k": 9}, twice)
        store.add("sum", {"k": 2}, simple(2, THERE))
        frame = store.frame("sum", HERE)
        assert len(store.frame("sum")) == 3
        assert store.frame("product").empty
    heads = ["hardware", "workload", "k", "time", "status", "reason", "cost_s", "repeat", "timestamp"]
    assert list(frame) == heads
    assert frame[["k", "time", "cost_s", "repeat"]].to_numpy().tolist() == [[1, 1.0, 1.5, 0], [1, 2.0, 1.5, 1]]
    assert frame["timestamp"].str.endswith("+00:00").all()


@pytest.mark.parametrize("n_seen", [1, 4, 9])
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, n_seen: int) -> None:
    """A process that is killed between or within additions leaves all that it reported, whole, and nothing torn."""
    url = url_of(tmp_path / "a.db")
    adder = adding(url, "killed", 10**6)
    assert adder.stdout is not None
    acknowledged = [int(adder.stdout.readline()) for _ in range(n_seen)]
    os.kill(adder.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in adder.communicate()[0].splitlines()]
    with Store.open(url) as store:
        found = [asked["k"] for asked, measurement in store.read("sum") if measurement.n_repeats == 2]
    assert adder.returncode == -signal.SIGKILL
    assert found[: len(acknowledged)] == acknowledged
    assert found == list(range(len(found)))


def test_processes_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each finds its own measurements in its own order, and no repeat in a foreign measurement."""
    url, n = url_of(tmp_path / "a.db"), 60
    adders = [adding(url, name, n) for name in ("a", "b", "c")]
    assert [len(adder.communicate()[0].splitlines()) for adder in adders] == [n] * 3
    with Store.open(url) as store:
        found = store.read("sum")
    for name in ("a", "b", "c"):
        mine = [measurement for asked, measurement in found if asked["name"] == name]
        assert [measurement.configuration["k"] for measurement in mine] == list(range(n))
        assert [measurement.repeats["time"] for measurement in mine] == [(k, k + 0.5) for k in range(n)]


def adding(url: str, name: str, n: int) -> subprocess.Popen[str]:
    """A process that adds measurements and prints the number of each when it is acknowledged."""
    words = [sys.executable, "-c", ADDER, url, name, str(n)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """SQLite's own settings: a log that readers do not block, full synchronisation, and patience with other writers."""
    with Store.open(url_of(tmp_path / "a.db")) as store, store.engine.connect() as connection:
        said = [connection.exec_driver_sql(f"PRAGMA {what}").scalar() for what in ("journal_mode", "synchronous")]
        assert said == ["wal", 2]
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == PATIENCE_S * 1000


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("campaign.db", "store 'campaign.db' cannot be opened: Could not parse SQLAlchemy URL"),
        ("", "store '' cannot be opened: Could not parse"),
        ("sqlite://campaign.db", "store 'sqlite://campaign.db' cannot be opened: Invalid SQLite URL"),
        ("sqlite://", "store 'sqlite://' cannot be opened: it would be in memory only"),
        ("sqlite:///no/such/folder/a.db", "store 'sqlite:///no/such/folder/a.db' cannot be opened: unable to open"),
        ("tables://here", "cannot be opened: Can't load plugin: sqlalchemy.dialects:tables"),
    ],
)
def test_a_url_that_means_no_store_is_refused(url: str, text: str) -> None:
    """One line says what came, what was expected, and shows a URL."""
    with pytest.raises(StoreError) as refused:
        Store.open(url)
    assert text in str(refused.value)
    assert "expected a URL such as sqlite:///campaign.db, in a folder that is there" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_driver_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's driver is not one of our dependencies; the password is not repeated."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(
        StoreError, match=r'needs the Python package psycopg.* pip install "psycopg\[binary\]"'
    ) as refused:
        Store.open("postgresql://me:secret@localhost/campaign")
    assert "secret" not in str(refused.value)


def test_what_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A file that is no database, and a database with another table of this name."""
    text = tmp_path / "notes.txt"
    text.write_text("not a database, " * 100)
    with pytest.raises(StoreError, match=r"notes.txt' cannot be opened: file is not a database. expected a URL"):
        Store.open(url_of(text))
    assert text.read_text().startswith("not a database")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE measurement (id INTEGER, system TEXT)")
    connection.close()
    with pytest.raises(
        StoreError, match=r"has a table 'measurement' with the columns id, system, and without first_id"
    ):
        Store.open(url_of(other))


def test_a_store_that_cannot_be_written_says_so_when_it_is_opened(tmp_path: Path) -> None:
    """Read-only or locked: before anything is measured."""
    path = tmp_path / "a.db"
    with Store.open(url_of(path)) as store:
        store.add("sum", {"k": 1}, simple())
    with pytest.raises(StoreError, match=r"could not be written: attempt to write a readonly database. What it holds"):
        Store.open(f"sqlite:///file:{path}?mode=ro&uri=true")
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"could not be written: database is locked. What it holds is kept"):
        Store.open(url_of(path, "?timeout=0.05"))
    other.close()


def test_a_full_disk_loses_nothing_that_was_added(tmp_path: Path) -> None:
    """The addition that finds no room says so, and leaves nothing of itself."""
    n = 0
    with Store.open(url_of(tmp_path / "a.db")) as store:
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 8")
        many = Measurement(configuration={"k": 1}, environment=HERE, repeats={"time": tuple(range(30))})
        with pytest.raises(StoreError, match=r"could not be written: database or disk is full. .* free space"):  # noqa: PT012
            for n in range(100):  # noqa: B007  # until it is full
                store.add("sum", {"k": 1}, many)
        assert n > 0
        assert [measurement.n_repeats for _, measurement in store.read("sum")] == [30] * n


def test_a_row_that_was_damaged_by_hand_is_named(tmp_path: Path) -> None:
    """What is no JSON ends in one line that names the store."""
    with Store.open(url_of(tmp_path / "a.db")) as store:
        store.add("sum", {"k": 1}, simple())
        with store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE measurement SET asked = '{'")
        with pytest.raises(StoreError, match=r"a.db' cannot be read: Expecting property name"):
            store.read("sum")


def test_a_url_means_the_same_in_another_folder() -> None:
    """A SQLite file gets its whole path; a server's URL, with its password, stays as it is."""
    assert from_anywhere("sqlite:///a.db") == f"sqlite:///{Path.cwd() / 'a.db'}"
    assert from_anywhere("postgresql://me:secret@server/db") == "postgresql://me:secret@server/db"

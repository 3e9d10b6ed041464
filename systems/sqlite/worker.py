"""One run of SQLite in a process of its own: a request as JSON on standard input, its outcome on standard output.

It imports nothing of transferperf, so that it starts fast. A release of SQLite is chosen by PYTHONPATH: `apsw` where
that finds one, else Python's own sqlite3. Only the workload is measured: not the start, not the building of content.
"""

import importlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORDS = {
    "synchronous": ("off", "normal", "full", "extra"),
    "temp_store": ("default", "file", "memory"),
    "auto_vacuum": ("none", "full", "incremental"),
    "secure_delete": ("off", "on", "fast"),
}
"""What the numbers mean that these pragmas answer with."""

PRAGMAS = (
    *("page_size", "auto_vacuum", "locking_mode", "journal_mode", "synchronous", "cache_size", "cache_spill"),
    *("mmap_size", "temp_store", "secure_delete", "cell_size_check", "wal_autocheckpoint"),
)
"""Order in which they are set: the shape of the file first, since the first write of the file fixes it."""

MIB = 1 << 20
CATEGORIES = 100
SCHEMA = "CREATE TABLE item(id INTEGER PRIMARY KEY, category INTEGER, amount REAL, name TEXT, payload TEXT)"
INSERT = "INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?)"
UPDATE = "UPDATE item SET amount = amount + 1, payload = name || payload WHERE id = ?"
DELETE = "DELETE FROM item WHERE id = ?"
BY_KEY = "SELECT amount, payload FROM item WHERE id = ?"
BY_CATEGORY = "SELECT sum(amount), max(name) FROM item WHERE category = ?"
SOME_OF_CATEGORY = "SELECT id, name FROM item WHERE category = ? LIMIT 5"
AGGREGATES = (
    "SELECT category, count(*), avg(amount) FROM item GROUP BY category ORDER BY 3",
    "SELECT name, payload FROM item ORDER BY name DESC",
    "SELECT count(DISTINCT name), sum(length(payload)) FROM item",
    "SELECT count(*) FROM item a JOIN item b ON b.id = a.id WHERE a.category < 20",
    "SELECT sum(amount) FROM item WHERE category BETWEEN 10 AND 15",
)

Step = tuple[str, tuple[object, ...]]


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    sys.stdout.write(json.dumps(run(request)))


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Status, reason, metrics, and the configuration and the release that really ran."""
    path, asked = Path(request["path"]), request["configuration"]
    kind, rows = request["workload"], request["rows"]
    batch = asked["rows_per_transaction"]
    if batch < 1:
        return {"status": "invalid", "reason": f"rows_per_transaction is {batch}; expected 1 or more"}
    try:
        build(path, asked, content(rows) if kind in ("select", "scan-aggregate") else [])
        connection = configured(path, asked)
        applied = {name: read_back(connection, name) for name in PRAGMAS}
    except Exception as error:  # noqa: BLE001  # each release has error classes of its own
        return {"status": "invalid", "reason": f"SQLite refused: {error}"}
    steps = list(workload(kind, rows))
    wall, cpu = time.perf_counter(), time.process_time()
    perform(connection, steps, batch)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    size = sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))
    values = {"cpu_s": round(cpu, 6), "wall_s": round(wall, 6), "file_bytes": size}
    indexes = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'index'").fetchall()[0][0]
    release = connection.execute("SELECT sqlite_version()").fetchall()[0][0]
    connection.close()
    ran = {**asked, **applied, "secondary_index": indexes}
    return {"status": "ok", "values": values, "configuration": ran, "release": release}


def connect(path: Path) -> Any:
    """A connection that opens no transaction by itself."""
    try:
        return importlib.import_module("apsw").Connection(str(path))
    except ModuleNotFoundError:
        return importlib.import_module("sqlite3").connect(path, isolation_level=None)


def configured(path: Path, asked: dict[str, Any]) -> Any:
    """A connection with every pragma set."""
    connection = connect(path)
    for name in PRAGMAS:
        if name != "wal_autocheckpoint" or asked["journal_mode"] == "wal":
            value = {"cache_size": -1, "mmap_size": MIB}.get(name, 1) * asked[name]
            connection.execute(f"PRAGMA {name} = {value}").fetchall()
    return connection


def read_back(connection: Any, name: str) -> object:
    """What SQLite says of a pragma now, in the words of system.toml."""
    value = connection.execute(f"PRAGMA {name}").fetchall()[0][0]
    if name in WORDS:
        return WORDS[name][value]
    if name == "cache_spill":
        return int(value > 0)
    return {"cache_size": lambda v: -v, "mmap_size": lambda v: v / MIB}.get(name, lambda v: v)(value)


def build(path: Path, asked: dict[str, Any], rows: list[tuple[object, ...]]) -> None:
    """A database with these rows, closed again so that no page of it is in SQLite's cache."""
    connection = configured(path, asked)
    connection.execute(SCHEMA)
    if asked["secondary_index"]:
        connection.execute("CREATE INDEX by_category ON item(category, amount)")
    connection.execute("BEGIN")
    connection.executemany(INSERT, rows)
    connection.execute("COMMIT")
    connection.close()


def content(n: int) -> list[tuple[object, ...]]:
    """Rows of the table: the same in every run, keys spread over the whole tree."""
    return [(key(i), key(i) % CATEGORIES, key(i) % 1009 / 8, f"item {key(i):x}", f"{key(i):x}" * 24) for i in range(n)]


def key(i: int) -> int:
    """A key far from its neighbours' (multiplicative hashing, Knuth 6.4)."""
    return i * 2654435761 % 4294967296


def workload(kind: str, n: int) -> Iterator[Step]:
    """The statements of a workload, in order."""
    rows = content(n)
    match kind:
        case "insert":
            yield from ((INSERT, row) for row in rows)
        case "select":
            yield from (
                (BY_CATEGORY, (i % CATEGORIES,)) if i % (n // 20) == 0 else (BY_KEY, (key(i * 7 % n),))
                for i in range(3 * n)
            )
        case "mixed":
            yield from (mixed_step(i, rows[i]) for i in range(n))
        case "scan-aggregate":
            yield from ((statement, ()) for _ in range(4) for statement in AGGREGATES)


def mixed_step(i: int, row: tuple[object, ...]) -> Step:
    """Of ten statements five insert, two update, one deletes, one finds a row, one finds rows of a category."""
    earlier = key(i * 5 // 8 // 10 * 10 + i % 5)
    match i % 10:
        case 5 | 6:
            return UPDATE, (earlier,)
        case 7:
            return DELETE, (earlier,)
        case 8:
            return BY_KEY, (earlier,)
        case 9:
            return SOME_OF_CATEGORY, (i // 10 % CATEGORIES,)
        case _:
            return INSERT, row


def perform(connection: Any, steps: list[Step], batch: int) -> None:
    """Run the statements, so many to a transaction."""
    for start in range(0, len(steps), batch):
        connection.execute("BEGIN")
        for statement, values in steps[start : start + batch]:
            for _ in connection.execute(statement, values):
                pass
        connection.execute("COMMIT")


if __name__ == "__main__":
    main()

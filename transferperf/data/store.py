"""The one record of measurements: a database, SQLite unless its URL says otherwise; what was added stays."""

import contextlib
import datetime as dt
import json
import math
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateTable

from transferperf.data.measurement import Measurement, Status
from transferperf.errors import StoreError
from transferperf.space import Configuration, Environment

TABLE = sa.Table(
    "measurement",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("first_id", sa.Integer),  # of the measurement's first repeat; NULL in that repeat itself
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("environment", sa.JSON, nullable=False),  # factor -> value
    sa.Column("asked", sa.JSON, nullable=False),  # option -> value, as it was asked for
    sa.Column("configuration", sa.JSON, nullable=False),  # option -> value, as it really ran
    sa.Column("metrics", sa.JSON, nullable=False),  # metric -> value of this repeat; null where it is no number
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("cost_s", sa.Double),  # this repeat's share; NULL where nobody knows
    sa.Column("repeat", sa.Integer, nullable=False),
    sa.Column("timestamp", sa.Text, nullable=False),  # UTC, when the measurement was added
)
"""One row for each repeat, and one for a measurement without values."""

EXAMPLE = "expected a URL such as sqlite:///campaign.db, in a folder that is there"
REMEDY = "What it holds is kept: close what else writes to it, free space, or name another store"

DRIVERS = {"postgresql": "postgresql+psycopg"}
"""What a URL that names no driver means, where SQLAlchemy would take an old one."""

PACKAGES = {"psycopg": "psycopg[binary]", "psycopg2": "psycopg2-binary"}
"""What to install for a driver, where it has another name."""

PATIENCE_S = 60.0
"""How long a process waits for another one to finish writing; `?timeout=` in a SQLite URL says otherwise."""


@dataclass(frozen=True, slots=True)
class Store:
    """Measurements of any number of systems; several processes may add at once.

    Parameters
    ----------
    engine
        The database; use `Store.open`.
    """

    engine: sa.Engine

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at a URL, made where there is none yet; close it, or use it in a `with`.

        Raises
        ------
        StoreError
            Where it cannot be opened or written, or is another kind of database.
        """
        store = cls(_engine(url))
        try:
            with store._saying("cannot be opened", EXAMPLE), store.engine.begin() as connection:
                connection.execute(CreateTable(TABLE, if_not_exists=True))
                came = [column["name"] for column in sa.inspect(connection).get_columns(TABLE.name)]
            store._check(came)
        except BaseException:
            store.close()
            raise
        return store

    def add(self, system: str, asked: Configuration, measurement: Measurement, *, purpose: str = "") -> None:
        """Record a measurement; when this returns it is on the disk, and when it raises nothing of it is there.

        Parameters
        ----------
        asked
            The configuration that was asked for; what really ran stands in the measurement.
        purpose
            What it was measured for, in a word of the caller's.

        Raises
        ------
        StoreError
            Where it could not be written: locked, read-only, disk full.
        """
        rows = _rows(system, asked, measurement, purpose)
        with self._saying("could not be written", REMEDY), self.engine.begin() as connection:
            (first_id,) = connection.execute(TABLE.insert(), rows[0]).inserted_primary_key or (None,)
            if rows[1:]:
                connection.execute(TABLE.insert(), [{**row, "first_id": first_id} for row in rows[1:]])

    def read(
        self, system: str, environment: Environment | None = None, *, purpose: str | None = None
    ) -> list[tuple[Configuration, Measurement]]:
        """What was asked for and what came of it, in the order in which it came; None stands for all.

        Raises
        ------
        StoreError
            Where the store cannot be read.
        """
        found: dict[int, list[sa.RowMapping]] = {}
        for row in self._select(system, environment, purpose):
            found.setdefault(row["first_id"] or row["id"], []).append(row)
        return [(repeats[0]["asked"], _measurement(repeats)) for repeats in found.values()]

    def frame(self, system: str, environment: Environment | None = None) -> pd.DataFrame:
        """One row for each repeat, with the columns of a measurement file."""
        reserved = ("status", "reason", "cost_s", "repeat", "timestamp")
        rows = self._select(system, environment, None)
        return pd.DataFrame(
            [
                {
                    **row["environment"],
                    **row["configuration"],
                    **row["metrics"],
                    **{name: row[name] for name in reserved},
                }
                for row in rows
            ]
        )

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __str__(self) -> str:
        """Its URL, without the password."""
        return self.engine.url.render_as_string(hide_password=True)

    def _select(self, system: str, environment: Environment | None, purpose: str | None) -> list[sa.RowMapping]:
        query = sa.select(TABLE).where(TABLE.c.system == system).order_by(TABLE.c.id)
        if purpose is not None:
            query = query.where(TABLE.c.purpose == purpose)
        with self._saying("cannot be read", REMEDY), self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [row for row in rows if environment is None or row["environment"] == environment.as_mapping()]

    def _check(self, came: list[str]) -> None:
        """StoreError where the table is not ours, or may not be written: nothing is inserted."""
        missing = [column.name for column in TABLE.columns if column.name not in came]
        if missing:
            raise StoreError(
                f"store '{self}' has a table '{TABLE.name}' with the columns {', '.join(came)}, and without "
                f"{', '.join(missing)}; name another store"
            )
        nothing = TABLE.insert().from_select(list(TABLE.columns), sa.select(TABLE).where(sa.false()))
        with self._saying("could not be written", REMEDY), self.engine.begin() as connection:
            connection.execute(nothing)

    @contextlib.contextmanager
    def _saying(self, problem: str, remedy: str) -> Iterator[None]:
        """What the database says against it, as one line."""
        try:
            yield
        except (SQLAlchemyError, ValueError) as error:  # ValueError: what is no JSON
            raise StoreError(f"store '{self}' {problem}: {_first_line(error)}. {remedy}") from error


def _engine(text: str) -> sa.Engine:
    """The engine of a URL; StoreError where it cannot mean a store."""
    try:
        url = sa.make_url(text)
        url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
        is_sqlite = url.get_backend_name() == "sqlite"
        if is_sqlite and not url.host and url.database in (None, "", ":memory:"):
            raise ValueError("it would be in memory only, and lost at the end")  # noqa: TRY301
        patience = {"timeout": PATIENCE_S} if is_sqlite and "timeout" not in url.query else {}
        dumps = partial(json.dumps, allow_nan=False, default=_unwrap)
        engine = sa.create_engine(url, json_serializer=dumps, connect_args=patience)
    except (SQLAlchemyError, ValueError) as error:
        raise StoreError(f"store '{text}' cannot be opened: {_first_line(error)}; {EXAMPLE}") from error
    except ImportError as error:
        name = error.name or url.get_driver_name()
        remedy = f'install it with: pip install "{PACKAGES.get(name, name)}"'
        raise StoreError(f"store '{url}' needs the Python package {name}, which cannot be loaded; {remedy}") from error
    if is_sqlite:
        sa.event.listen(engine, "connect", _make_durable)
    return engine


def _make_durable(connection: sqlite3.Connection, _record: object) -> None:
    """Each commit on the disk before it is acknowledged, and a log that lets others read meanwhile."""
    with contextlib.suppress(sqlite3.OperationalError):  # another process makes this file just now, and sees to it
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _rows(system: str, asked: Configuration, measurement: Measurement, purpose: str) -> list[dict[str, Any]]:
    """The rows of a measurement."""
    n = max(1, measurement.n_repeats)
    fixed = {
        "system": system,
        "purpose": purpose,
        "environment": measurement.environment.as_mapping(),
        "asked": dict(asked),
        "configuration": dict(measurement.configuration),
        "status": str(measurement.status),
        "reason": measurement.reason,
        "cost_s": None if math.isnan(measurement.cost_s) else float(measurement.cost_s) / n,
        "timestamp": dt.datetime.now(tz=dt.UTC).isoformat(timespec="milliseconds"),
    }
    values = {name: values for name, values in measurement.repeats.items() if values}
    return [
        {**fixed, "repeat": i, "metrics": {name: _number_or_none(values[name][i]) for name in values}} for i in range(n)
    ]


def _measurement(rows: list[sa.RowMapping]) -> Measurement:
    """The measurement that rows were made of."""
    first = rows[0]
    costs = [row["cost_s"] for row in rows]
    return Measurement(
        configuration=first["configuration"],
        environment=Environment.of(first["environment"]),
        repeats={name: tuple(_number(row["metrics"].get(name)) for row in rows) for name in first["metrics"]},
        status=Status(first["status"]),
        reason=first["reason"],
        cost_s=math.nan if None in costs else math.fsum(costs),
    )


def _number_or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _unwrap(value: object) -> object:
    """A numpy scalar as plain Python."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is no value of an option")


def _first_line(error: Exception) -> str:
    """What a database or its driver says, without statement and background."""
    said = str(getattr(error, "orig", None) or error)
    return said.splitlines()[0].rstrip(". ") if said else type(error).__name__

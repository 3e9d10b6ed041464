"""Engines of databases: from a URL to one that writes durably."""

import contextlib
import json
import sqlite3
from functools import partial
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from transferperf.errors import StoreError

EXAMPLE = "expected a URL such as sqlite:///campaign.db, in a folder that is there"

DRIVERS = {"postgresql": "postgresql+psycopg"}
"""What a URL that names no driver means, where SQLAlchemy would take an old one."""

PACKAGES = {"psycopg": "psycopg[binary]", "psycopg2": "psycopg2-binary"}
"""What to install for a driver, where it has another name."""

PATIENCE_S = 60.0
"""How long a process waits for another one to finish writing; `?timeout=` in a SQLite URL says otherwise."""


def open_engine(text: str) -> sa.Engine:
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
        raise StoreError(f"store '{text}' cannot be opened: {first_line(error)}; {EXAMPLE}") from error
    except ImportError as error:
        name = error.name or url.get_driver_name()
        remedy = f'install it with: pip install "{PACKAGES.get(name, name)}"'
        raise StoreError(f"store '{url}' needs the Python package {name}, which cannot be loaded; {remedy}") from error
    if is_sqlite:
        sa.event.listen(engine, "connect", _make_durable)
    return engine


def from_anywhere(text: str) -> str:
    """The URL by which a process that runs in another folder reaches the same store; StoreError where it is none."""
    try:
        url = sa.make_url(text)
    except SQLAlchemyError as error:
        raise StoreError(f"store '{text}' cannot be opened: {first_line(error)}; {EXAMPLE}") from error
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith("file:"):
        url = url.set(database=str(Path(url.database).absolute()))
    return url.render_as_string(hide_password=False)


def _make_durable(connection: sqlite3.Connection, _record: object) -> None:
    """Each commit on the disk before it is acknowledged, and a log that lets others read meanwhile."""
    with contextlib.suppress(sqlite3.OperationalError):  # another process makes this file just now, and sees to it
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _unwrap(value: object) -> object:
    """A numpy scalar as plain Python."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is no value of an option")


def first_line(error: Exception) -> str:
    """What a database or its driver says, without statement and background."""
    said = str(getattr(error, "orig", None) or error)
    return said.splitlines()[0].rstrip(". ") if said else type(error).__name__

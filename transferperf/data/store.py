"""The one record of measurements: a database, SQLite unless its URL says otherwise; what was added stays."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from transferperf.data.database import EXAMPLE, first_line, open_engine
from transferperf.data.measurement import Measurement
from transferperf.data.store_rows import (
    CAMPAIGNS,
    MEMBERS,
    TABLE,
    TABLES,
    insert_rows,
    make_tables,
    measurement_of,
    now,
    rows_of,
)
from transferperf.errors import StoreError, TransferPerfError
from transferperf.space import Configuration, Environment

REMEDY = "What it holds is kept: close what else writes to it, free space, or name another store"

Kept = tuple[Configuration, Measurement]
"""What was asked for, and what came of it."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A run that goes on after it was interrupted, and knows what it began with.

    Parameters
    ----------
    id
        Its number in the store.
    last_id
        Of the measurements that the store held when it began.
    """

    id: int
    last_id: int


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
        store = cls(open_engine(url))
        try:
            with store.saying("cannot be opened", EXAMPLE):
                make_tables(store.engine)
            with store.saying("cannot be opened", EXAMPLE), store.engine.connect() as connection:
                came = [[c["name"] for c in sa.inspect(connection).get_columns(table.name)] for table in TABLES]
            for table, columns in zip(TABLES, came, strict=True):
                store._check(table, columns)
        except BaseException:
            store.close()
            raise
        return store

    def campaign(self, identity: Mapping[str, object]) -> Campaign:
        """The campaign of this identity, words and numbers; it begins now where the store does not know it.

        Raises
        ------
        StoreError
            Where the store cannot be read or written.
        """
        text = json.dumps(identity, sort_keys=True, ensure_ascii=False)
        wanted = sa.select(CAMPAIGNS.c.id, CAMPAIGNS.c.last_id).where(CAMPAIGNS.c.identity == text)
        with self.saying("could not be written", REMEDY):
            with self.engine.connect() as connection:
                found = connection.execute(wanted).one_or_none()
            if found is None:
                last_id = sa.func.coalesce(sa.func.max(TABLE.c.id), 0)
                begun = sa.select(sa.literal(text), last_id, sa.literal(now()))
                columns = ["identity", "last_id", "timestamp"]
                with contextlib.suppress(IntegrityError), self.engine.begin() as connection:  # another one was quicker
                    connection.execute(CAMPAIGNS.insert().from_select(columns, begun))
                with self.engine.connect() as connection:
                    found = connection.execute(wanted).one()
        return Campaign(*found)

    def add(
        self,
        system: str,
        asked: Configuration,
        measurement: Measurement,
        *,
        purpose: str = "",
        campaign: Campaign | None = None,
    ) -> Measurement:
        """Record a measurement; when this returns it is on the disk, and when it raises nothing of it is there.

        Parameters
        ----------
        asked
            The configuration that was asked for; what really ran stands in the measurement.
        purpose
            What it was measured for, in a word of the caller's.
        campaign
            What it was measured in.

        Returns
        -------
        measurement
            As it will be read, to the last bit.

        Raises
        ------
        StoreError
            Where it could not be written: locked, read-only, disk full.
        """
        rows = rows_of(system, asked, measurement, purpose)
        with self.saying("could not be written", REMEDY), self.engine.begin() as connection:
            first_id = insert_rows(connection, rows)
            if campaign is not None:
                member = {"measurement_id": first_id, "campaign_id": campaign.id}
                connection.execute(MEMBERS.insert(), member)
        return measurement_of(rows)

    def read(
        self,
        system: str,
        environment: Environment | None = None,
        *,
        purpose: str | None = None,
        campaign: Campaign | None = None,
        before: Campaign | None = None,
    ) -> list[Kept]:
        """What was asked for and what came of it, in the order in which it came; None stands for all.

        Parameters
        ----------
        campaign
            What it was measured in.
        before
            The campaign before whose begin it was measured.

        Raises
        ------
        StoreError
            Where the store cannot be read.
        """
        found: dict[int, list[sa.RowMapping]] = {}
        for row in self._select(system, environment, _query(purpose, campaign, before)):
            found.setdefault(row["first_id"] or row["id"], []).append(row)
        return [(repeats[0]["asked"], measurement_of(repeats)) for repeats in found.values()]

    def frame(self, system: str, environment: Environment | None = None) -> pd.DataFrame:
        """One row for each repeat, with the columns of a measurement file."""
        reserved = ("status", "reason", "cost_s", "repeat", "timestamp")
        rows = self._select(system, environment, sa.select(TABLE))
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

    def counts(self) -> pd.DataFrame:
        """How many rows there are of each system, for each purpose; one for each repeat."""
        kinds = (TABLE.c.system, TABLE.c.purpose)
        query = sa.select(*kinds, sa.func.count().label("rows")).group_by(*kinds).order_by(*kinds)
        with self.saying("cannot be read", REMEDY), self.engine.connect() as connection:
            return pd.DataFrame(connection.execute(query).all(), columns=["system", "purpose", "rows"])

    @contextlib.contextmanager
    def saying(self, problem: str, remedy: str) -> Iterator[None]:
        """A StoreError with what the database says against what happens inside, in one line."""
        try:
            yield
        except TransferPerfError:
            raise
        except (SQLAlchemyError, ValueError) as error:  # ValueError: what is no JSON
            raise StoreError(f"store '{self}' {problem}: {first_line(error)}. {remedy}") from error

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

    def _select(self, system: str, environment: Environment | None, query: sa.Select[Any]) -> list[sa.RowMapping]:
        query = query.where(TABLE.c.system == system).order_by(
            sa.func.coalesce(TABLE.c.first_id, TABLE.c.id), TABLE.c.id
        )
        with self.saying("cannot be read", REMEDY), self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [row for row in rows if environment is None or row["environment"] == environment.as_mapping()]

    def _check(self, table: sa.Table, came: list[str]) -> None:
        """StoreError where a table is not ours, or may not be written: nothing is inserted."""
        missing = [column.name for column in table.columns if column.name not in came]
        if missing:
            raise StoreError(
                f"store '{self}' has a table '{table.name}' with the columns {', '.join(came)}, and without "
                f"{', '.join(missing)}; name another store"
            )
        nothing = table.insert().from_select(list(table.columns), sa.select(table).where(sa.false()))
        with self.saying("could not be written", REMEDY), self.engine.begin() as connection:
            connection.execute(nothing)


def _query(purpose: str | None, campaign: Campaign | None, before: Campaign | None) -> sa.Select[Any]:
    """The rows of measurements for a purpose, of a campaign, or made before one began."""
    query = sa.select(TABLE)
    if purpose is not None:
        query = query.where(TABLE.c.purpose == purpose)
    if campaign is not None:
        mine = sa.select(MEMBERS.c.measurement_id).where(MEMBERS.c.campaign_id == campaign.id)
        query = query.where(sa.func.coalesce(TABLE.c.first_id, TABLE.c.id).in_(mine))
    return query if before is None else query.where(TABLE.c.id <= before.last_id)

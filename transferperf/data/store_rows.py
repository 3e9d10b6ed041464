"""The tables of a store, and what a measurement is as rows."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.schema import CreateIndex, CreateTable

from transferperf.data.measurement import Measurement, Status
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

CAMPAIGNS = sa.Table(
    "campaign",
    TABLE.metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("identity", sa.Text, nullable=False, unique=True),  # what makes it this one, as JSON
    sa.Column("last_id", sa.Integer, nullable=False),  # of the measurements that were there when it began
    sa.Column("timestamp", sa.Text, nullable=False),
)
"""One row for each campaign."""

MEMBERS = sa.Table(
    "campaign_measurement",
    TABLE.metadata,
    sa.Column("measurement_id", sa.Integer, primary_key=True),  # of the first repeat
    sa.Column("campaign_id", sa.Integer, nullable=False),
)
"""Which campaign a measurement was made in; one that does not stand here was made in none."""

CLAIMS = sa.Table(
    "claim",
    TABLE.metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),  # of environment and configuration
    sa.Column("environment", sa.JSON, nullable=False),  # factor -> value
    sa.Column("place", sa.Text, nullable=False),  # the environment as `factor=value,...`
    sa.Column("configuration", sa.JSON, nullable=False),  # option -> value, as it is asked for
    sa.Column("worker", sa.Text),  # that measures it, or did; NULL where it waits for one
    sa.Column("beat", sa.Integer, nullable=False),  # counts as long as the worker lives
    sa.Column("measurement_id", sa.Integer),  # of the first repeat; NULL until it is measured
    sa.UniqueConstraint("system", "digest"),
    sa.Index("claim_waiting", "system", "place", "worker", "id"),
)
"""One row for each configuration that workers measure between them, in each environment."""

TABLES = (TABLE, CAMPAIGNS, MEMBERS, CLAIMS)


def make_tables(engine: sa.Engine) -> None:
    """All tables and indexes, where they are not there yet."""
    try:
        _make_tables(engine)
    except (IntegrityError, ProgrammingError):  # another process made them at the same time: now they are there
        _make_tables(engine)


def _make_tables(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))


def insert_rows(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Add the rows of a measurement; the id of the first."""
    (first_id,) = connection.execute(TABLE.insert(), rows[0]).inserted_primary_key or (None,)
    if rows[1:]:
        connection.execute(TABLE.insert(), [{**row, "first_id": first_id} for row in rows[1:]])
    return int(first_id or 0)


def rows_of(system: str, asked: Configuration, measurement: Measurement, purpose: str) -> list[dict[str, Any]]:
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
        "timestamp": now(),
    }
    values = {name: values for name, values in measurement.repeats.items() if values}
    return [
        {**fixed, "repeat": i, "metrics": {name: _number_or_none(values[name][i]) for name in values}} for i in range(n)
    ]


def measurement_of(rows: Sequence[Mapping[str, Any] | sa.RowMapping]) -> Measurement:
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


def now() -> str:
    """The time in UTC."""
    return dt.datetime.now(tz=dt.UTC).isoformat(timespec="milliseconds")


def _number_or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)

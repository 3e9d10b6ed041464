"""What holds for every test: the same numbers on every machine and in every run."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Read when numpy and torch are first imported: sums do not depend on the number of cores, and workers share them.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

settings.register_profile("same", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("same")

import sqlalchemy as sa  # noqa: E402  # after what numpy reads

from transferperf.errors import MeasurementError  # noqa: E402
from transferperf.testing.postgresql import find_postgresql, postgresql  # noqa: E402


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URL of a PostgreSQL server; tests that need it are skipped where it is not installed."""
    try:
        find_postgresql()
    except MeasurementError as problem:
        pytest.skip(str(problem))
    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty store: a SQLite file, and a database on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'a.db'}"
    url = sa.make_url(request.getfixturevalue("server")).set(drivername="postgresql+psycopg")
    name = f"store_{uuid.uuid4().hex}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

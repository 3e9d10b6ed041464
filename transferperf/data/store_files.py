"""A store's measurements as one file, and back: every column as the database has it, so that nothing is lost."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import sqlalchemy as sa

from transferperf.data.csv import file_suffix
from transferperf.data.files import replace_file
from transferperf.data.store import REMEDY, Store
from transferperf.data.store_rows import TABLE
from transferperf.errors import DataError

TYPES = {sa.Integer: pa.int64(), sa.Double: pa.float64(), sa.Text: pa.string(), sa.JSON: pa.string()}
SCHEMA = pa.schema([(column.name, TYPES[type(column.type)]) for column in TABLE.columns])
JSON = tuple(column.name for column in TABLE.columns if isinstance(column.type, sa.JSON))
ROWS = 20_000
"""Of a file that are in memory at once."""

SAME = ("system", "purpose", "timestamp", *JSON, "cost_s", "reason")
"""What no two measurements have in common."""


def export_rows(store: Store, path: str | Path) -> int:
    """Write all measurements of a store into a .csv, .csv.gz or .parquet file; the number of rows, one for each repeat.

    Environments, configurations and metrics are JSON in a column each. Campaigns are not part of it.

    Raises
    ------
    StoreError
        Where the store cannot be read.
    OutputError
        Where the file cannot be written; an old one is kept.
    """
    path, n = Path(path), 0
    suffix = file_suffix(path)

    def write(temporary: Path) -> None:
        nonlocal n
        with pa.output_stream(str(temporary), compression="detect") as out, _writer(out, suffix) as writer:
            for batch in _batches(store):
                writer.write_batch(batch)
                n += batch.num_rows

    replace_file(path, write)
    return n


def import_rows(store: Store, path: str | Path) -> int:
    """Add the measurements of a file that `export_rows` wrote; the number of rows that were new.

    All or nothing is added; what the store holds already is left out.

    Raises
    ------
    DataError
        Where it is no such file.
    StoreError
        Where the store cannot be written.
    """
    path, n = Path(path), 0
    ids: dict[int, int] = {}  # of a measurement in the file -> in the store
    with store.saying("could not be written", REMEDY), store.engine.begin() as connection:
        known = {_key(row) for row in connection.execute(_texts().where(TABLE.c.first_id.is_(None))).mappings()}
        for rows in _read(path):
            firsts = [row for row in rows if row["first_id"] is None and _key(row) not in known]
            ids |= zip((row["id"] for row in firsts), _insert(connection, firsts), strict=True)
            rest = [row | {"first_id": ids[row["first_id"]]} for row in rows if row["first_id"] in ids]
            _insert(connection, rest)
            n += len(firsts) + len(rest)
    return n


def _texts() -> sa.Select[Any]:
    """All columns, JSON as the text that the database has."""
    columns = [sa.cast(c, sa.Text).label(c.name) if c.name in JSON else c for c in TABLE.columns]
    return sa.select(*columns)


def _batches(store: Store) -> Iterator[pa.RecordBatch]:
    query = _texts().order_by(sa.func.coalesce(TABLE.c.first_id, TABLE.c.id), TABLE.c.id)
    with store.saying("cannot be read", REMEDY), store.engine.connect() as connection:
        for rows in connection.execution_options(yield_per=ROWS).execute(query).partitions():
            columns = [
                pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), SCHEMA, strict=True)
            ]
            yield pa.record_batch(columns, schema=SCHEMA)


def _writer(out: pa.NativeFile, suffix: str) -> Any:
    if suffix == ".parquet":
        return pa.parquet.ParquetWriter(out, SCHEMA, compression="zstd")
    return pa.csv.CSVWriter(out, SCHEMA, write_options=pa.csv.WriteOptions(quoting_style="all_valid"))


def _read(path: Path) -> Iterator[list[dict[str, Any]]]:
    """The rows of a file, some at a time; DataError says what is wrong with it."""
    suffix = file_suffix(path)
    try:
        for batch in _parquet(path) if suffix == ".parquet" else _csv(path):
            missing = [name for name in SCHEMA.names if name not in batch.schema.names]
            if missing:
                came = ", ".join(batch.schema.names)
                raise DataError(f"has the columns {came}, and without {', '.join(missing)}; export a store", path=path)
            yield batch.select(SCHEMA.names).cast(SCHEMA).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"is no export of a store: {str(error).splitlines()[0]}; export it again", path=path) from error


def _parquet(path: Path) -> Iterable[pa.RecordBatch]:
    return pa.parquet.ParquetFile(path).iter_batches(ROWS)


def _csv(path: Path) -> Iterable[pa.RecordBatch]:
    convert = pa.csv.ConvertOptions(column_types=SCHEMA, null_values=[""], quoted_strings_can_be_null=False)
    with pa.input_stream(str(path), compression="detect") as file:
        parse = pa.csv.ParseOptions(newlines_in_values=True)
        yield from pa.csv.open_csv(file, parse_options=parse, convert_options=convert)


def _insert(connection: sa.Connection, rows: list[dict[str, Any]]) -> list[int]:
    """Add rows; their ids, in order."""
    if not rows:
        return []
    values = [{name: _value(name, row[name]) for name in SCHEMA.names if name != "id"} for row in rows]
    added = TABLE.insert().returning(TABLE.c.id, sort_by_parameter_order=True)
    return [int(number) for number in connection.execute(added, values).scalars()]


def _value(name: str, value: Any) -> Any:
    return json.loads(value) if name in JSON else value


def _key(row: Any) -> tuple[object, ...]:
    return tuple(row[name] for name in SAME)

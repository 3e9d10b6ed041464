"""What can be wrong with a measurement file, said in one line with its place."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pandas as pd

from transferperf.data.measurement import Status
from transferperf.errors import DataError
from transferperf.space.environment import factor_text
from transferperf.space.option import as_number


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a frame came from, so that an error can say which line is wrong.

    Parameters
    ----------
    path
        The file; a word for it where there is none.
    is_text
        Whether it has lines of text. Rows of other kinds are counted as if they had: the first one is line 2.
    """

    path: Path | str
    is_text: bool = False

    def error(self, problem: str, *, row: int | None = None, column: str | None = None) -> DataError:
        """The error that says what is wrong in `row` (the first is 0) of `column`."""
        return DataError(problem, path=self.path, row=None if row is None else self._line(row), column=column)

    def _line(self, row: int) -> int:
        if self.is_text:
            numbers = (number for number, _ in _lines(Path(self.path)))
            return next(islice(numbers, row + 1, None))
        return row + 2


def check_is_file(path: Path) -> None:
    """DataError where there is nothing to read."""
    if path.is_dir():
        raise DataError("this is a folder; name a measurement file in it", path=path)
    if not path.exists():
        raise DataError("no such file; check the path", path=path)
    if not path.stat().st_size:
        raise DataError("the file is empty; expected a header and a row for each measurement", path=path)


def read_header(path: Path) -> list[str]:
    """The first line of a text file."""
    return [name.strip() for name in next(_lines(path), (1, []))[1]]


def check_lines(path: Path) -> list[str]:
    """The header of a text file, once every line was seen to have as many cells; the file is not kept in memory."""
    lines = _lines(path)
    _, cells = next(lines, (1, []))
    header = [name.strip() for name in cells]
    check_header(header, Origin(path))
    n_rows = 0
    for number, cells in lines:
        n_rows += 1
        if len(cells) != len(header):
            problem = f"{len(cells)} cells; the header has {len(header)}. Correct the line"
            raise DataError(problem, path=path, row=number)
    if not n_rows:
        raise DataError("there is a header but no measurement; expected a row for each", path=path)
    return header


def check_header(header: Sequence[str], origin: Origin) -> None:
    """DataError where names are missing, empty or given twice."""
    if not header:
        raise origin.error("the file is empty; expected a header and a row for each measurement")
    if len(header) == 1:
        other = next((mark for mark in ";\t|" if mark in header[0]), None)
        came = f"cells are separated by {other!r}" if other else f"there is one column, '{header[0]}'"
        raise origin.error(f"{came}; expected options and metrics separated by commas")
    if all(as_number(name) is not None for name in header):
        raise origin.error(f"no header: the first line is {','.join(header)[:60]}; expected the names of the columns")
    for k, name in enumerate(header):
        if not name:
            raise origin.error(f"column {k + 1} has no name; name it, or write the file without an index")
        if name in header[:k]:
            problem = f"two columns have this name, the {header.index(name) + 1}. and the {k + 1}.; rename one"
            raise origin.error(problem, column=name)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is not blank; DataError where the file cannot be read as such."""
    number = 1
    try:
        with _open_bytes(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True)
            for cells in reader:
                number = reader.line_num
                if cells:
                    yield number, cells
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError("broken or truncated gzip; make the file anew", path=path) from error
    except csv.Error as error:
        raise DataError(f"{error}; correct the line", path=path, row=number + 1) from error
    except OSError as error:
        raise DataError(f"not readable: {error.strerror or error}; check the path", path=path) from error


def _open_bytes(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _not_utf8(path: Path) -> DataError:
    """The first byte that is no UTF-8."""
    with _open_bytes(path) as raw:
        for number, line in enumerate(raw, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                byte = f"byte 0x{line[error.start]:02x} at position {error.start + 1} is no UTF-8"
                return DataError(f"{byte}; save the file as UTF-8", path=path, row=number)
    return DataError("the text is no UTF-8; save the file as UTF-8", path=path)


def check_numbers(values: pd.Series, origin: Origin) -> pd.Series:
    """A column of numbers and empty cells as float64; DataError at the first other cell."""
    is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    numbers = values if is_number else pd.to_numeric(values.astype(object), errors="coerce")
    numbers = numbers.astype("float64")
    is_bad = (values.notna() & ~np.isfinite(numbers)).to_numpy(dtype=bool)
    if pd.api.types.is_bool_dtype(values):
        is_bad = values.notna().to_numpy()
    if is_bad.any():
        row = int(is_bad.argmax())
        wanted = "expected a finite number, or an empty cell where nothing was measured"
        raise origin.error(f"got '{values.iloc[row]}'; {wanted}. Correct it", row=row, column=str(values.name))
    return numbers


def check_status(values: pd.Series, origin: Origin) -> pd.Series:
    """A column of `Status` words, "ok" where it is empty; DataError at the first unknown word."""
    values = values.fillna(Status.OK.value).astype(str)
    is_known = values.isin([str(status) for status in Status]).to_numpy()
    if not is_known.all():
        row = int((~is_known).argmax())
        wanted = ", ".join(Status)
        raise origin.error(f"got '{values.iloc[row]}'; expected one of {wanted}", row=row, column=str(values.name))
    return values


def check_filled(values: pd.Series, origin: Origin) -> None:
    """DataError at the first empty cell of an option or an environment factor, or at one that is infinite."""
    is_bad = values.isna().to_numpy()
    if pd.api.types.is_float_dtype(values):
        is_bad = ~np.isfinite(values.to_numpy(dtype=float))
    elif not pd.api.types.is_numeric_dtype(values):
        is_bad = is_bad | values.eq("").to_numpy(dtype=bool)
    if is_bad.any():
        row = int(is_bad.argmax())
        came = "is empty" if pd.isna(values.iloc[row]) or values.iloc[row] == "" else f"is {values.iloc[row]}"
        remedy = "Fill it (a word such as none is a value), declare the column a metric, or ignore it"
        raise origin.error(f"the cell {came}; expected a value. {remedy}", row=row, column=str(values.name))


def environment_text(values: pd.Series, origin: Origin) -> pd.Series:
    """A column of environment values as text in which 128, "128" and 128.0 are one."""
    check_filled(values, origin)
    codes, uniques = pd.factorize(values)
    return pd.Series(np.array([factor_text(value) for value in uniques], dtype=object)[codes], values.index, dtype=str)

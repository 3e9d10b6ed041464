"""What people see: tables on standard output, notes and progress on standard error."""

import contextlib
import json
import math
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TextIO

from transferperf.errors import TransferPerfWarning

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

NOT_A_TERMINAL = 100_000
"""Columns of a line in a file or a pipe: no table is cut."""

FEW = 6
"""Rows up to which a table that is too wide is turned, so that its columns become lines."""

Step = Callable[[int, int, str], None]
"""Called with how many are done, how many there are, and what is being done."""


def say(text: str) -> None:
    """One or more lines on standard output."""
    sys.stdout.write(f"{text}\n")


def say_aside(text: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"{' '.join(text.split())}\n")


def to_json(document: Mapping[str, Any]) -> str:
    """One JSON document; what is no number there is null."""
    return json.dumps(_plain(document), ensure_ascii=False, allow_nan=False, indent=1)


@contextlib.contextmanager
def notes_aside() -> Iterator[None]:
    """Each of our warnings inside becomes a line on standard error; those of other libraries are not for users."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        del filename, lineno, file, line
        if issubclass(category, TransferPerfWarning):
            say_aside(f"note: {message}")

    with warnings.catch_warnings():
        warnings.simplefilter("always", TransferPerfWarning)
        warnings.showwarning = show
        yield


def table_text(frame: "pd.DataFrame") -> str:
    """A table for people; one that is too wide for the terminal is turned, or its cells are folded."""
    from rich.measure import Measurement

    console = _console(sys.stdout)
    table = _table([*map(str, frame.columns)], [[*map(cell, row)] for row in frame.itertuples(index=False)])
    wanted = Measurement.get(console, console.options.update_width(NOT_A_TERMINAL), table).maximum
    if wanted > console.width and len(frame) <= FEW:
        heads = ["", *(str(k + 1) for k in range(len(frame)))]
        table = _table(heads, [[str(name), *map(cell, frame[name])] for name in frame.columns])
    with console.capture() as text:
        console.print(table)
    return "\n".join(line.rstrip() for line in text.get().splitlines())


def cell(value: object) -> str:
    """A value as people read it: four digits of a fraction, nothing for what is missing.

    Examples
    --------
    >>> cell(0.0123456), cell(128.0), cell("wal"), cell(float("nan"))
    ('0.01235', '128', 'wal', '')
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            return "" if math.isnan(value) else str(value)
        return f"{value:.0f}" if abs(value) >= 1000 or value == round(value) else f"{value:.4g}"
    return str(value)


@contextlib.contextmanager
def progress(doing: str, *, counted: bool = False) -> Iterator[Step]:
    """What is being done and for how long, on standard error where that is a terminal; gone when it is done.

    Parameters
    ----------
    counted
        Whether it is known how much there is to do: then there is a bar too, for the step to move.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = _console(sys.stderr)
    bars = (BarColumn(), MofNCompleteColumn()) if counted else ()
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), *bars, TimeElapsedColumn())
    is_shown, is_shared = console.is_terminal, sys.stdout.isatty()  # lines printed meanwhile go above it, if they meet
    with Progress(*columns, console=console, transient=True, disable=not is_shown, redirect_stdout=is_shared) as shown:
        task = shown.add_task(doing, total=None)
        yield lambda n_done, n, what: shown.update(task, completed=n_done, total=n, description=what)


def _console(stream: TextIO) -> "Console":
    from rich.console import Console

    width = None if stream.isatty() else NOT_A_TERMINAL
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def _table(heads: list[str], rows: list[list[str]]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for k, head in enumerate(heads):
        is_number = all(_is_number(row[k]) for row in rows)
        table.add_column(Text(head), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True


def _plain(value: Any) -> Any:
    """What JSON can hold."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, bool | int | None) else str(value)

"""What can go wrong in a way that the user can mend: one class for each cause.

The text of every error is one line that says what came, what was expected and what to do. Each class also derives
from the builtin error that a caller would catch, and keeps the objects that it speaks of.
"""

import difflib
from collections.abc import Iterable, Mapping


class TransferPerfError(Exception):
    """An error that the user can mend; the command line prints its text and exits with 2."""

    def __reduce__(self) -> tuple[object, ...]:
        """What it is made of in another process, with the text and all that it keeps."""
        return _again, (type(self), self.args, self.__dict__)


class TransferPerfWarning(UserWarning):
    """Something that a reader should know of, and that stops nothing; one line."""


class DataError(TransferPerfError, ValueError):
    """A measurement file or table that cannot be used as it is.

    Attributes
    ----------
    path, row, column
        Where it is: the file, the line in it (the header is line 1) and the column; None where that says nothing.
    """

    def __init__(self, problem: str, *, path: object = None, row: int | None = None, column: str | None = None) -> None:
        place = [str(path)] if path is not None else []
        place += [f"line {row}"] if row is not None else []
        place += [f"column '{column}'"] if column is not None else []
        super().__init__(f"{', '.join(place)}: {problem}" if place else problem)
        self.path, self.row, self.column = path, row, column


class SpaceError(TransferPerfError, ValueError):
    """An option, a constraint or a configuration that does not fit its space."""


class NotEnoughDataError(TransferPerfError, ValueError):
    """Too few measurements for what was asked."""


class ArchiveError(TransferPerfError, ValueError):
    """A model file that is truncated, of another version, or no model file at all."""


class BudgetError(TransferPerfError, ValueError):
    """A budget that cannot be read, or that is spent."""


class MeasurementError(TransferPerfError, RuntimeError):
    """A system that cannot be measured here."""


class OutputError(TransferPerfError, OSError):
    """A file that could not be written; what stood there before is still there."""


class StoreError(TransferPerfError, OSError):
    """A store of measurements that cannot be opened, read or written; what it holds is still there."""


class UnknownNameError(TransferPerfError, LookupError):
    """A name (of a metric, an option, an environment, a system) that nobody declared.

    Attributes
    ----------
    name
        The name that came.
    known
        The names that exist.
    """

    def __init__(self, what: str, name: str, known: Iterable[str], *, remedy: str = "") -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(f"unknown {what} '{name}'; {_choices(name, self.known)}{'. ' + remedy if remedy else ''}")


def _again(kind: type[TransferPerfError], args: tuple[object, ...], kept: Mapping[str, object]) -> TransferPerfError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(kept)
    return error


def _choices(name: str, known: tuple[str, ...], limit: int = 8) -> str:
    """Nearest names first, at most `limit` of them."""
    if not known:
        return "there is none"
    near = difflib.get_close_matches(name, known, n=limit, cutoff=0.4)
    shown = (near + [other for other in known if other not in near])[:limit]
    rest = f" and {len(known) - len(shown)} more" if len(known) > len(shown) else ""
    return f"there {'is' if len(known) == 1 else 'are'} {', '.join(shown)}{rest}"

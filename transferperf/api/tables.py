"""Tables: `tp.read_csv`, `tp.read_frame` and `tp.combine`, with a warning for each thing a reader should look at."""

import functools
import warnings
from collections.abc import Callable
from typing import ParamSpec

from transferperf.data import csv, union
from transferperf.data.table import MeasurementTable
from transferperf.errors import TransferPerfWarning

Wishes = ParamSpec("Wishes")


def _noted(read: Callable[Wishes, MeasurementTable]) -> Callable[Wishes, MeasurementTable]:
    """The reader, with its signature and documentation, that also warns of each of the table's notes that is new."""

    @functools.wraps(read)
    def noted(*arguments: Wishes.args, **keywords: Wishes.kwargs) -> MeasurementTable:
        table = read(*arguments, **keywords)
        known = {note for given in arguments if isinstance(given, MeasurementTable) for note in given.notes}
        for note in (note for note in table.notes if note not in known):
            warnings.warn(note, TransferPerfWarning, stacklevel=2)
        return table

    return noted


read_csv = _noted(csv.read_csv)
read_frame = _noted(csv.read_frame)
combine = _noted(union.combine)

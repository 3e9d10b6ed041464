"""One row for each fit, written when it is done: what is there is not fitted again."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A CSV file of fits.

    Parameters
    ----------
    path
        The file; several processes may append to it.
    key
        Columns that name a fit.
    scores
        Columns that say how it went.
    only
        Column -> the values that are wanted; all where it says nothing.
    """

    path: Path
    key: Key
    scores: tuple[str, ...]
    only: Mapping[str, frozenset[str]]

    def open(self, kept: Path | None = None) -> None:
        """Begin a new file, with the rows that are kept elsewhere; ValueError where one is there with other columns."""
        head = ",".join((*self.key, *self.scores))
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            text = head + "\n" if kept is None else kept.read_text(encoding="utf-8")
            self.path.write_text(text, encoding="utf-8")
        with self.path.open(encoding="utf-8") as file:
            found = file.readline().strip()
        if found != head:
            raise ValueError(f"{self.path} has the columns {found}; expected {head}. Move it away.")

    def read(self) -> pd.DataFrame:
        """All fits that are done and wanted; numbers in the columns of scores, n and run."""
        frame = pd.read_csv(self.path, dtype=dict.fromkeys(self.key, str))
        wanted = [all(row[name] in values for name, values in self.only.items()) for _, row in frame.iterrows()]
        frame = frame[pd.Series(wanted, dtype=bool)].drop_duplicates(list(self.key), keep="last")
        return frame.astype({name: int for name in ("n", "run") if name in frame})

    def done(self) -> set[Key]:
        """Names of the fits that are done."""
        frame = pd.read_csv(self.path, usecols=list(self.key), dtype=str)[list(self.key)]
        return set(frame.itertuples(index=False, name=None))

    def wants(self, **key: object) -> bool:
        """Whether fits of these values of key columns are asked for."""
        return all(str(key[name]) in values for name, values in self.only.items() if name in key)

    def append(self, row: Mapping[str, object]) -> None:
        """Add a fit, in one write."""
        text = io.StringIO()
        writer = csv.DictWriter(text, (*self.key, *self.scores), lineterminator="\n")
        writer.writerow({name: f"{v:.5g}" if isinstance(v, float) else v for name, v in row.items()})
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text.getvalue())

    def forget(self) -> None:
        """Drop the fits that are asked for, so that they are made again."""
        frame = pd.read_csv(self.path, dtype=str, keep_default_na=False)
        keep = [not self.wants(**{str(k): v for k, v in row.items()}) for row in frame.to_dict("records")]
        frame[pd.Series(keep, dtype=bool)].to_csv(self.path, index=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The fits of one task that are asked for and not yet done."""

    ledger: Ledger
    done: frozenset[Key]

    @classmethod
    def of(cls, ledger: Ledger) -> "Wanted":
        """What is asked for now."""
        return cls(ledger, frozenset(ledger.done()))

    def models(self, names: tuple[str, ...], **key: object) -> Iterator[str]:
        """Those of these models whose fit, named by the other key columns, is to be made."""
        for name in names:
            full = {**key, "model": name}
            if self.ledger.wants(**full) and tuple(str(full[k]) for k in self.ledger.key) not in self.done:
                yield name

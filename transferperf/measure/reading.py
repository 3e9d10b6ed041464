"""How a number is read off what a run leaves: by a pattern, by a place in JSON, or as the size of a file."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from transferperf.errors import DataError, MeasurementError, UnknownNameError
from transferperf.measure.words import fill_text

STREAMS = ("stdout", "stderr")
KEYS = ("from", "pattern", "json", "bytes", "times")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    r"""Where a value stands among what a run leaves.

    Parameters
    ----------
    source
        "stdout", "stderr", or the path of a file in the run's folder; it may hold placeholders.
    pattern
        A regular expression; its last match counts, and of that the first group where it has one.
    json
        Keys and places that lead to the value, with dots between them: "stats.time.0".
    is_size
        Whether the value is the number of bytes of the source.
    times
        What a number is multiplied with: 0.001 where the program says milliseconds and the metric seconds.

    Examples
    --------
    >>> Reading.parse(r"conflicts: (\d+)").number({"stdout": "conflicts: 7\nconflicts: 12"}, {})
    12.0
    >>> Reading.parse({"json": "stats.ms", "times": 0.001}).number({"stdout": '{"stats": {"ms": 250}}'}, {})
    0.25
    """

    source: str = "stdout"
    pattern: str = ""
    json: str = ""
    is_size: bool = False
    times: float = 1.0

    def __post_init__(self) -> None:
        if sum(map(bool, (self.pattern, self.json, self.is_size))) > 1:
            raise DataError(f"a value is read from {self.source} in two ways; give a pattern, json or bytes")
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise DataError(f"pattern '{self.pattern}' is no regular expression: {error}; correct it") from error

    @classmethod
    def parse(cls, declared: str | Mapping[str, Any]) -> Self:
        """The reading that system.toml declares; a text alone is a pattern for standard output."""
        table = {"pattern": declared} if isinstance(declared, str) else declared
        for key in table:
            if key not in KEYS:
                raise UnknownNameError("key of a reading", key, KEYS)
        return cls(
            source=table.get("from", "stdout"),
            pattern=table.get("pattern", ""),
            json=table.get("json", ""),
            is_size=bool(table.get("bytes", False)),
            times=float(table.get("times", 1.0)),
        )

    def text(self, streams: Mapping[str, str], names: Mapping[str, tuple[str, ...]]) -> str:
        """The value as the run wrote it; MeasurementError where it is not there."""
        path = None if self.source in STREAMS else Path(*names["run"]) / fill_text(self.source, names)
        if path is not None and not path.is_file():
            raise MeasurementError(f"the run left no file {path.name}; correct where the value is read")
        if self.is_size:
            return str(path.stat().st_size if path else len(streams[self.source].encode()))
        content = path.read_text(encoding="utf-8", errors="replace") if path else streams[self.source]
        if self.pattern:
            return self._matched(content, names)
        return str(_looked_up(content, fill_text(self.json, names))) if self.json else content.strip()

    def number(self, streams: Mapping[str, str], names: Mapping[str, tuple[str, ...]]) -> float:
        """The value as a number; MeasurementError where it is none."""
        text = self.text(streams, names)
        try:
            number = self.times * float(text)
        except ValueError as error:
            raise MeasurementError(f"{self.source} has '{text[:40]}' for a number; correct how it is read") from error
        if not math.isfinite(number):
            raise MeasurementError(f"{self.source} has {text}; expected a finite number")
        return number

    def _matched(self, content: str, names: Mapping[str, tuple[str, ...]]) -> str:
        known = {name: tuple(map(re.escape, words)) for name, words in names.items()}
        pattern = re.sub(r"\{(name|value)\}", lambda found: fill_text(found[0], known), self.pattern)
        matches = list(re.finditer(pattern, content, re.MULTILINE))
        if not matches:
            raise MeasurementError(f"{self.source} has nothing that matches '{pattern}'; correct how it is read")
        return str(matches[-1][1 if matches[-1].re.groups else 0])


def _looked_up(content: str, where: str) -> Any:
    """A value in a JSON document, or in the last line where the whole is none."""
    lines = content.strip().splitlines()
    try:
        value = _document(content, lines[-1] if lines else "")
        for key in where.split("."):
            value = value[int(key)] if isinstance(value, list) else value[key]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise MeasurementError(f"there is no '{where}' in JSON that was written; correct how it is read") from error
    return value


def _document(content: str, last: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return json.loads(last)

"""A first system.toml, to be read and corrected by whoever knows the program."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from transferperf.data.table import MeasurementTable
from transferperf.errors import MeasurementError
from transferperf.measure.help_text import draft_option, flags
from transferperf.measure.process import run_process
from transferperf.measure.template import BUILT_IN
from transferperf.space import declare_space

ASKING = re.compile(r"--?[\w-]*help[\w-]*|-[h?]")
"""Words that make a program print its help text; the options take their place."""

UNITS = {"cpu_s": "s", "wall_s": "s", "memory_bytes": "B"}
HELP_S = 30.0


def draft_from_help(command: Sequence[str], folder: Path) -> tuple[dict[str, Any], list[str]]:
    """What a program's help text says of its options, as the content of `folder`/system.toml.

    Parameters
    ----------
    command
        Words with one that asks for help, such as `gzip --help -c data.txt`; at the end where there is none.

    Returns
    -------
    content, left_out
        The second are the flags whose values nobody says, or that are not for tuning.

    Raises
    ------
    MeasurementError
        Where the program cannot be started, or no option can be read off what it says.
    """
    words = [*command] if any(map(ASKING.fullmatch, command)) else [*command, "--help"]
    said = run_process(words, timeout_s=HELP_S)
    found = {flag.name: flag for flag in flags(f"{said.stdout}\n{said.stderr}")}
    drafted = {name: draft_option(flag) for name, flag in found.items()}
    options = [entry for entry in drafted.values() if entry is not None]
    if not options:
        asked = " ".join(words)
        raise MeasurementError(
            f"'{asked}' names no option with known values; name another way to ask, or write the file"
        )
    run = ["{options}" if ASKING.fullmatch(word) else _found_from(word, folder) for word in words]
    metrics = [{"name": name, "unit": UNITS[name]} for name in ("cpu_s", "wall_s", "memory_bytes")]
    content = {"command": {"run": run}, "environments": {"hardware": ["here"]}, "metrics": metrics, "options": options}
    return content, [flag.word for name, flag in found.items() if drafted[name] is None]


def draft_from_table(table: MeasurementTable, command: Sequence[str], folder: Path) -> dict[str, Any]:
    """What a measurement file says of a system; each of its options is a `--name=value` of the command."""
    environments = [environment.as_mapping() for environment in table.environments]
    factors = {name: list(dict.fromkeys(row[name] for row in environments)) for name in table.factors}
    metrics = [
        {"name": metric.name, "unit": metric.unit, "direction": metric.direction}
        | ({} if metric.name in BUILT_IN or not command else {"read": rf"{re.escape(metric.name)}\W+([-+.\deE]+)"})
        for metric in table.metrics
    ]
    content = {"environments": factors, "metrics": metrics, **declare_space(table.space)}
    if not command:
        return content
    run = [_found_from(word, folder) for word in command]
    run += [] if "{options}" in run else ["{options}"]
    return {"command": {"run": run, "words": ["--{name}={value}"]}, **content}


def write_toml(content: Mapping[str, Any]) -> str:
    """The text of a system.toml: its tables, then its lists of tables."""
    blocks = []
    for name, value in content.items():
        if isinstance(value, Mapping):
            blocks.append([f"[{name}]", *_lines(value)])
        elif isinstance(value, list):
            blocks += [[f"[[{name}]]", *_lines(entry)] for entry in value]
        else:
            blocks.insert(0, _lines({name: value}))
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{_key(name)} = {_inline(value)}" for name, value in table.items()]


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_lines(value))} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inline, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name, ensure_ascii=False)


def _found_from(word: str, folder: Path) -> str:
    """A word that names a file here, so that it is found from the empty folder of a run."""
    path = Path(word)
    if not path.is_file() or path.is_absolute():
        return word
    if path.resolve().is_relative_to(Path.cwd()):
        return f"{{system}}/{os.path.relpath(path.resolve(), folder.resolve())}"
    return str(path.resolve())

"""`transferperf init`."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from transferperf.cli.arguments import Answer, SystemsPath, split_names
from transferperf.cli.systems import FOLDER
from transferperf.errors import OutputError

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the new system.")]
Command = Annotated[
    list[str] | None, typer.Argument(metavar="-- COMMAND --help", help="The program; --help stands where options go.")
]
Data = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A measurement file whose columns are options and metrics.")
]
Metrics = Annotated[str, typer.Option(metavar="NAME,...", help="Metric columns of --data that it does not mark.")]

HEAD = """# Drafted by `transferperf init`: read it, and correct levels, units and environments before much is measured.
"""


def init(
    name: Name,
    command: Command = None,
    *,
    data: Data = None,
    metrics: Metrics = "",
    systems_path: SystemsPath = FOLDER,
    answer: Answer,
) -> None:
    """Draft the system.toml of a program from its help text, or from the columns of a measurement file."""
    from transferperf.data.files import replace_text
    from transferperf.measure.draft import write_toml

    if not re.fullmatch(r"\w[\w.-]*", name):
        raise typer.BadParameter(f"got '{name}'; expected letters, digits, '-' and '.'", param_hint="NAME")
    folder = systems_path / name
    path = folder / "system.toml"
    if path.exists():
        raise OutputError(f"{path} is there already; remove it, or choose another name")
    content, left_out = _drafted(folder, command or [], data, split_names(metrics, "--metrics"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}; choose another --systems-path") from error
    skipped = f"# Left out: {' '.join(left_out)}\n" if left_out else ""
    replace_text(path, f"{HEAD}{skipped}\n{write_toml(content)}")
    _say(name, path, content, left_out, answer)


def _drafted(
    folder: Path, command: list[str], data: Path | None, metrics: list[str]
) -> tuple[dict[str, Any], list[str]]:
    """Content of the file, and flags that are left out."""
    from transferperf.data.csv import read_csv
    from transferperf.measure.draft import draft_from_help, draft_from_table

    if data is not None:
        return draft_from_table(read_csv(data, metrics=metrics), command, folder), []
    if not command:
        raise typer.BadParameter("got none; expected a program after --, or --data FILE", param_hint="COMMAND")
    return draft_from_help(command, folder)


def _say(name: str, path: Path, content: dict[str, Any], left_out: list[str], answer: Answer) -> None:
    """What was drafted, and the next command."""
    from transferperf.space import parse_space

    options = [entry["name"] for entry in content["options"]]
    several = "" if path.parent.parent == FOLDER else f" --systems-path {path.parent.parent}"
    following = f"transferperf measure {name} -n {min(50, parse_space(content).size)}{several}"
    lines = [f"{path}: {len(options)} options ({', '.join(options)})"]
    lines += [f"left out, as their values are not known or not for tuning: {' '.join(left_out)}"] if left_out else []
    lines += (
        [f"Read it, then: {following}"] if "command" in content else ["It has no [command] yet: add one to measure."]
    )
    answer.give({"path": path, "options": options, "left_out": left_out, "next": following}, "\n".join(lines))

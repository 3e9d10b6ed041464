"""From words to a verb, and from whatever happens to an exit code: 0, 2 where the input is at fault, 1 where we are."""

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any

import typer

import transferperf
from transferperf.cli.arguments import spread
from transferperf.cli.best import best
from transferperf.cli.export import export
from transferperf.cli.fit import fit
from transferperf.cli.history import history
from transferperf.cli.init import init
from transferperf.cli.measure import measure
from transferperf.cli.predict import predict
from transferperf.cli.similarity import similarity
from transferperf.cli.store import store
from transferperf.cli.suggest import suggest
from transferperf.cli.systems import systems
from transferperf.cli.terminal import notes_aside, say, say_aside
from transferperf.cli.tune import tune
from transferperf.errors import TransferPerfError

VERBS = (fit, predict, best, suggest, tune, measure, similarity, systems, init, history, export, store)

BAD_INPUT, OUR_FAULT, INTERRUPTED, NOBODY_READS = 2, 1, 130, 141
"""Exit codes other than 0; the last two are those of SIGINT and SIGPIPE."""

TRACEBACK = "TRANSFERPERF_TRACEBACK"
"""Environment variable that shows where an error came from."""

Version = Annotated[bool, typer.Option("--version", help="Print the version.")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        with notes_aside(), commands().make_context("transferperf", [*words]) as context:
            context.command.invoke(context)
            sys.stdout.flush()
    except typer.Exit as done:
        return done.exit_code
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # every end has its code and its line
        if os.environ.get(TRACEBACK):
            traceback.print_exc()
        code, line = explain(error)
        if line:
            say_aside(line)
        if isinstance(error, OSError):
            _write_no_more()
        return code
    return 0


def commands() -> Any:
    """The parser of all verbs."""
    app = typer.Typer(
        add_completion=False, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
    )
    app.callback()(_overview)
    for verb in VERBS:
        app.command(verb.__name__)(spread(verb))
    return typer.main.get_command(app)


def explain(error: BaseException) -> tuple[int, str]:
    """Exit code of an error, and the line that says what to do; no line where nobody reads."""
    if isinstance(error, TransferPerfError):
        return BAD_INPUT, f"error: {error}"
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, f"interrupted: {str(error) or 'nothing was written'}"
    if isinstance(error, BrokenPipeError):
        return NOBODY_READS, ""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BAD_INPUT, f"error: standard output could not be written: {error.strerror}; free space"
    usage = getattr(error, "format_message", None)
    if usage is not None:
        return BAD_INPUT, f"error: {usage().rstrip('.')}; see {_command_of(error)} --help"
    came = f"{type(error).__name__}: {error}"
    return OUR_FAULT, f"error: our fault, please report it: {came}; {TRACEBACK}=1 shows where it happened"


def _overview(context: typer.Context, *, version: Version = False) -> None:
    """Performance models of configurable systems that carry over from where measuring is cheap."""
    if version:
        say(f"transferperf {transferperf.__version__}")
    elif context.invoked_subcommand is None:
        say(context.get_help())


def _command_of(error: BaseException) -> str:
    return getattr(getattr(error, "ctx", None), "command_path", "transferperf")


def _write_no_more() -> None:
    """What standard output still holds goes nowhere, so that Python's end is silent too."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

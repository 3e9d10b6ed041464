"""The frame of all verbs: help, exit codes, and what happens when nobody reads or we are at fault."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import transferperf
from transferperf import measure
from transferperf.cli.app import VERBS, commands

NAMES = [verb.__name__ for verb in VERBS]


@pytest.mark.parametrize("verb", NAMES)
def test_help_lists_every_option_with_a_text(call: Any, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    """Each argument and option of a verb stands in its help, and says what it is; all have --json and --seed."""
    monkeypatch.setenv("COLUMNS", "200")
    ended = call(verb, "--help")
    parameters = commands().commands[verb].params
    assert (ended.code, ended.err) == (0, "")
    assert [parameter.name for parameter in parameters if not parameter.help] == []
    options = {option for parameter in parameters for option in parameter.opts if option.startswith("-")}
    assert {option for option in options if option not in ended.out} == set()
    assert {"--json", "--seed"} <= options


def test_no_verb_prints_the_list_of_verbs(call: Any) -> None:
    """Every verb stands there with a sentence."""
    ended = call()
    assert ended.code == 0
    assert [name for name in NAMES if f" {name} " not in ended.out] == []
    assert call("--version").out == f"transferperf {transferperf.__version__}\n"


def test_an_error_of_ours_is_one_line(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1, what happened, and how to see where."""

    def broken(_: Path) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(measure, "find_systems", broken)
    ended = call("systems")
    assert (ended.code, ended.out) == (1, "")
    assert "our fault, please report it: RuntimeError: two lines; TRANSFERPERF_TRACEBACK=1" in ended.err
    assert len(ended.err.splitlines()) == 1
    monkeypatch.setenv("TRANSFERPERF_TRACEBACK", "1")
    assert "Traceback (most recent call last)" in call("systems").err


def test_an_interrupt_ends_with_130(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, and no traceback."""

    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(measure, "find_systems", interrupted)
    ended = call("systems")
    assert (ended.code, ended.err) == (130, "interrupted: nothing was written\n")


def test_help_loads_no_heavy_library() -> None:
    """`transferperf --help` is quick: what a verb needs is loaded when it runs."""
    program = "import sys; from transferperf.cli import main; main(['fit', '--help']); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"torch", "sklearn", "pandas", "numpy", "matplotlib"}.isdisjoint(run.stdout.split())


def test_nobody_reads(systems: Path) -> None:
    """A closed pipe ends the program silently."""
    program = [sys.executable, "-m", "transferperf", "systems", "--systems-path", str(systems)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        assert (run.stderr.read(), run.wait()) == ("", 141)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_standard_output_on_a_full_disk_is_an_error() -> None:
    """Exit code 2 and one line, also from what Python writes at its end."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        program = [sys.executable, "-m", "transferperf", "--version"]
        run = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.splitlines() == [
        "error: standard output could not be written: No space left on device; free space"
    ]

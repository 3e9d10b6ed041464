"""Every experiment runs to its end in its short form."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXPERIMENTS = sorted(ROOT.glob("experiments/*/run.py"))


@pytest.mark.parametrize("program", EXPERIMENTS, ids=lambda program: program.parent.name)
def test_an_experiment_runs_in_its_short_form(program: Path, tmp_path: Path) -> None:
    """`run.py --smoke` takes every step of the experiment in seconds, from a folder that is not its own."""
    for folder in ("measurements", "systems"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    command = [sys.executable, str(program), "--smoke"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("program", EXPERIMENTS, ids=lambda program: program.parent.name)
def test_an_experiment_says_its_question(program: Path) -> None:
    """An experiment has a README.md that says what is asked and what is expected."""
    assert (program.parent / "README.md").read_text(encoding="utf-8").startswith("# ")

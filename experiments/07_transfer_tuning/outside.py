"""Tuners that need an environment of their own: found, started, asked by lines of JSON."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from talk import Problem

FOLDER = Path(__file__).resolve().parent
VENVS = Path(os.environ.get("TRANSFERPERF_VENVS", FOLDER.parents[1] / "build" / "venvs"))


class Peer(NamedTuple):
    """A program, the folder of its virtual environment (none: ours), and what it needs there."""

    program: str
    venv: str
    needs: str

    @property
    def python(self) -> Path | None:
        """The interpreter that runs it; None where it is not installed."""
        if not self.venv:
            return Path(sys.executable) if importlib.util.find_spec(self.needs) else None
        found = VENVS / self.venv / "bin" / "python"
        return found if found.exists() else None


PEERS = {
    "SMAC3": Peer("peer_smac.py", "smac", "smac"),
    "OpenBox RGPE": Peer("peer_openbox.py", "openbox", "openbox"),
    "botorch multi-task": Peer("peer_botorch.py", "", "botorch"),
    "BayBE tasks": Peer("peer_baybe.py", "baybe", "baybe"),
}


def installed() -> tuple[str, ...]:
    """The peers that are there; one line for each that is left out."""
    for name in (name for name, peer in PEERS.items() if peer.python is None):
        print(f"{name} is not installed (README.md says how): left out")
    return tuple(name for name, peer in PEERS.items() if peer.python is not None)


class Outside:
    """A peer that runs; RuntimeError with what it said last where it ends too early."""

    def __init__(self, name: str, problem: Problem) -> None:
        peer = PEERS[name]
        self.name, self.cpu_s, self.trouble = name, 0.0, tempfile.TemporaryFile("w+")  # noqa: SIM115 - until close
        self.process = subprocess.Popen(  # noqa: S603
            [str(peer.python), str(FOLDER / peer.program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.trouble,
            text=True,
            cwd=tempfile.gettempdir(),
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"},
        )
        self._say(problem.told())

    def _say(self, told: object) -> None:
        try:
            self.process.stdin.write(json.dumps(told) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return  # the next answer says why

    def ask(self) -> int:
        """Its answer; the processor seconds that it has spent since it knows the problem are kept."""
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.trouble.seek(0)
            raise RuntimeError(f"{self.name} ended: {' '.join(self.trouble.read().split())[-300:]}")
        answer = json.loads(line)
        self.cpu_s = answer["cpu_s"]
        return answer["next"]

    def tell(self, candidate: int, cost: float) -> None:  # noqa: ARG002
        """What it came to."""
        self._say({"cost": cost})

    def close(self) -> None:
        """End it, whatever it is at."""
        self.process.kill()
        self.process.communicate()
        self.trouble.close()

"""Commands that a process of ours starts: measured, and stopped with all their children, whatever becomes of it."""

import concurrent.futures
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.measure.processes import ends, is_running, visible
from transferperf.measure.launcher import Launcher
from transferperf.measure.process import Finished

pytestmark = visible
ROOT = Path(__file__).parents[2]
PYTHON = (sys.executable, "-S", "-c")
LEFT_ALONE = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    print(os.getpid(), flush=True)
    time.sleep(60)
time.sleep(0.2)
"""
PARENT = """
import math, sys
from pathlib import Path
from transferperf.measure.launcher import Launcher
launcher = Launcher()
launcher.run(["true"], timeout_s=9, env={}, cwd=Path("/"))
print(launcher._process.pid, flush=True)
command = ["sh", "-c", "echo $$ > " + sys.argv[1] + "; sleep 60"]
launcher.run(command, timeout_s=60, env={}, cwd=Path("/"))
"""


class Started(Launcher):
    """A launcher that runs in an empty folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def do(self, *command: str, timeout_s: float = 30.0, **env: str) -> Finished:
        """How a command ended."""
        return self.run(command, timeout_s=timeout_s, env=env, cwd=self.folder)

    def kill(self) -> None:
        """End the process behind it."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Started]:
    """A launcher, closed in the end."""
    started = Started(tmp_path)
    yield started
    started.close()
    assert started._process is None


def test_a_command_is_measured_and_heard(launcher: Started) -> None:
    """Its folder, variables, output however long, status, and the time of its children are its own."""
    code = "import os, sys; sys.stdout.write('o' * 300000); sys.stderr.write('e' * 200000 + os.getcwd()); sys.exit(7)"
    done = launcher.do(*PYTHON, code)
    assert (done.returncode, len(done.stdout), done.is_timeout) == (7, 300_000, False)
    assert done.stderr == "e" * 200_000 + str(launcher.folder)
    assert 0 < done.cpu_s < done.wall_s + 1
    assert 1e6 < done.memory_bytes < 1e8
    many = "x" * 100_000
    assert launcher.do("sh", "-c", 'echo "${#A} $B"', A=many, B="größe\r").stdout == "100000 größe\n"
    busy = "import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', 'sum(range(3000000))'])"
    assert launcher.do(*PYTHON, busy).cpu_s > launcher.do(*PYTHON, "").cpu_s


def test_a_command_that_cannot_be_started_says_why(launcher: Started) -> None:
    """As a shell does, by status 127, and nothing is measured."""
    done = launcher.do("no-such-program")
    assert (done.returncode, math.isnan(done.cpu_s)) == (127, True)
    assert "it cannot be started: [Errno 2]" in done.reason


def test_a_timeout_ends_the_whole_group(launcher: Started) -> None:
    """A command that writes all the time is stopped with its sleeping child; what it wrote is there."""
    done = launcher.do("sh", "-c", "sleep 60 & echo $!; while true; do echo y; sleep 0.01; done", timeout_s=0.3)
    assert (done.is_timeout, done.returncode) == (True, -signal.SIGKILL)
    assert ends(int(done.stdout.split()[0]))


def test_what_a_command_leaves_behind_ends_with_it(launcher: Started) -> None:
    """Its run is over when it is, though the child that it leaves holds its output."""
    done = launcher.do("sh", "-c", "sleep 60 & echo $!")
    assert (done.reason, done.is_timeout) == ("", False)
    assert ends(int(done.stdout))


def test_a_daemon_delays_nothing(launcher: Started) -> None:
    """What left its group lives on, as it wants to, and its hold on the output keeps nobody waiting."""
    done = launcher.do(*PYTHON, LEFT_ALONE)
    daemon = int(done.stdout)
    try:
        assert (done.reason, done.is_timeout, is_running(daemon)) == ("", False, True)
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_threads_run_at_once_and_hear_their_own(launcher: Started) -> None:
    """Each of many commands gives its own answer, also where the process behind it is killed in between."""

    def run(k: int) -> str:
        if k == 10:
            launcher.kill()
        return launcher.do("echo", str(k)).stdout

    launcher.do("true")
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        assert list(threads.map(run, range(30))) == [f"{k}\n" for k in range(30)]


def test_a_run_outlives_the_process_that_began_it(launcher: Started) -> None:
    """Killed by the command that it started: the run goes on to its end, and the next one has another."""
    launcher.do("true")
    assert launcher._process is not None
    first = launcher._process.pid
    assert launcher.do("sh", "-c", f"kill -9 {first}; sleep 0.1; echo done").stdout == "done\n"
    assert launcher.do("echo", "again").stdout == "again\n"
    assert launcher._process.pid != first


def test_an_interruption_ends_the_command(launcher: Started) -> None:
    """An exception while a command runs, such as Ctrl-C, ends it before it is passed on."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    launcher.do("true")
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            launcher.do("sh", "-c", "echo $$ > pid; exec sleep 60")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not is_running(int((launcher.folder / "pid").read_text()))


def test_nothing_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    """SIGKILL lets it close nothing: its launcher and the command that runs end by themselves."""
    path = tmp_path / "pid"
    words = [sys.executable, "-c", PARENT, str(path)]
    parent = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    started = int(parent.stdout.readline())
    while not (path.exists() and path.read_text().strip()):
        assert parent.poll() is None
    parent.kill()
    parent.communicate()
    assert ends(started)
    assert ends(int(path.read_text()))

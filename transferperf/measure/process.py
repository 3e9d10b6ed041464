"""Running a command in a process of its own, stopped with all its children when its time is up."""

import contextlib
import math
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from transferperf.errors import MeasurementError

GRACE_S = 1.0
"""Seconds that the output of a stopped command is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a command ended.

    Parameters
    ----------
    returncode
        Exit status; the negative number of the signal that killed it.
    stdout, stderr
        What it wrote.
    wall_s
        Seconds from start to end.
    is_timeout
        Whether it was stopped because its time was up.
    cpu_s, memory_bytes
        Processor time of it and its children, and their peak memory; NaN where nobody looked.
    """

    returncode: int
    stdout: str
    stderr: str
    wall_s: float
    is_timeout: bool
    cpu_s: float = math.nan
    memory_bytes: float = math.nan

    @property
    def reason(self) -> str:
        """Why it did not succeed, in one line; "" where it did."""
        if self.is_timeout:
            return f"stopped after {self.wall_s:.1f} s"
        if self.returncode == 0:
            return ""
        ended = f"killed by {_signal(-self.returncode)}" if self.returncode < 0 else f"exit status {self.returncode}"
        last = self.stderr.strip().splitlines()[-1:]
        return ": ".join([ended, *last])


def run_process(
    command: Sequence[str],
    *,
    timeout_s: float,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Finished:
    """Run a command to its end, or until `timeout_s`; none of its children outlives it.

    Raises
    ------
    MeasurementError
        Where the program cannot be started.
    """
    start = time.perf_counter()
    with _process_group(command, env, cwd) as process:
        try:
            stdout, stderr = process.communicate(stdin, timeout=timeout_s)
            is_timeout = False
        except subprocess.TimeoutExpired:
            is_timeout = True
            _kill_group(process)
            stdout, stderr = _rest(process)
        return Finished(
            returncode=process.wait(),
            stdout=stdout,
            stderr=stderr,
            wall_s=time.perf_counter() - start,
            is_timeout=is_timeout,
        )


@contextlib.contextmanager
def _process_group(
    command: Sequence[str], env: Mapping[str, str] | None, cwd: Path | None
) -> Iterator["subprocess.Popen[str]"]:
    """A started command that leads its own process group; the group is killed at the end."""
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(  # noqa: S603  # the command comes from the system's adapter
            command,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=env,
            cwd=cwd,
            start_new_session=True,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise MeasurementError(
            f"{command[0]} cannot be started: {error.strerror}; install it, or correct the command"
        ) from error
    try:
        yield process
    finally:
        _kill_group(process)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _kill_group(process: "subprocess.Popen[str]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _rest(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What a killed command had written; nothing where a process outside its group still holds the pipes."""
    try:
        return process.communicate(timeout=GRACE_S)
    except subprocess.TimeoutExpired:
        return "", ""


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

"""Commands that are measured, each started by a small process that lives as long as we do (`launch.py`)."""

import contextlib
import io
import math
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from transferperf.errors import MeasurementError
from transferperf.measure.launch import HEAD
from transferperf.measure.process import Finished

PROGRAM = Path(__file__).with_name("launch.py")
NOT_STARTED = 127
"""Exit status of a command that cannot be started, as a shell has it."""
TRIES = 3
"""How often a command is asked for where the process that starts it is killed before."""


@dataclass(slots=True)
class Launcher:
    """Starts commands from any number of threads; close it in the end.

    The process behind it is started with the first command, and anew where it was killed. It ends with this one.
    """

    _door: socket.socket | None = None
    _process: "subprocess.Popen[bytes] | None" = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self,
        command: Sequence[str],
        *,
        timeout_s: float,
        env: Mapping[str, str],
        cwd: Path,
        limits_mb: tuple[float, float] = (math.inf, math.inf),
    ) -> Finished:
        """Run a command to its end, or until `timeout_s`, and measure it; none of its process group outlives it.

        Parameters
        ----------
        env
            Variables besides those that this process had when it started the first command.
        limits_mb
            Of its address space, and of a file that it writes.

        Raises
        ------
        MeasurementError
            Where the process that starts commands is killed again and again.
        """
        program = shutil.which(command[0], path=env.get("PATH", os.environ.get("PATH"))) or command[0]
        fields = [*map(str, limits_mb), str(cwd), program, str(len(command)), *command]
        request = b"\0".join(map(os.fsencode, [*fields, *(f"{name}={value}" for name, value in env.items())]))
        for _ in range(TRIES):
            with _Run() as run:
                door = self._pass(run)
                if door and run.ask(request) and run.follow(timeout_s):
                    return run.finished()
            self._leave(door)
        raise MeasurementError(f"{command[0]} was not started: {PROGRAM.name} was killed {TRIES} times; run it again")

    def close(self) -> None:
        """Let go of the process behind it; the next command starts another."""
        with self._lock:
            self._close()

    def _pass(self, run: "_Run") -> socket.socket | None:
        """Hand a run over, and say by which door; None where the process that is to take it was killed."""
        with self._lock:
            door = self._door or self._open()
            try:
                socket.send_fds(door, [b"r"], run.theirs)
            except OSError:
                self._close()
                return None
        run.let_go()
        return door

    def _leave(self, door: socket.socket | None) -> None:
        """Close a door behind which nobody is; what the process began may hold it open for a while."""
        with self._lock:
            if door is not None and door is self._door:
                self._close()

    def _open(self) -> socket.socket:
        door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # a file of ours
                [sys.executable, "-I", "-S", str(PROGRAM)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        self._door = door
        return door

    def _close(self) -> None:
        if self._door is not None and self._process is not None:
            with contextlib.suppress(OSError):
                self._door.shutdown(socket.SHUT_RDWR)  # also where a fork of this process has it
            self._door.close()
            self._process.wait()
        self._door = self._process = None


class _Run:
    """One command while it runs: a socket to the process that waits for it, and pipes for what it writes."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        out, err = os.pipe(), os.pipe()
        self._reading, self._writing = (out[0], err[0]), [out[1], err[1]]
        self._said = {file: bytearray() for file in (self._ours.fileno(), *self._reading)}
        self._start = time.perf_counter()
        self._is_stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """End the command where it still runs."""
        self.let_go()
        with self._ours:
            if not self._has_ended:
                self._stop()
                self._ours.setblocking(True)
                with contextlib.suppress(OSError):
                    while self._ours.recv(1000):
                        pass
        for file in self._reading:
            os.close(file)

    @property
    def theirs(self) -> list[int]:
        """The files that go to the other side."""
        return [self._theirs.fileno(), *self._writing]

    def let_go(self) -> None:
        """Close what went to the other side."""
        self._theirs.close()
        while self._writing:
            os.close(self._writing.pop())

    def ask(self, request: bytes) -> bool:
        """Say what is to run; False where nobody is there to read it."""
        try:
            self._ours.sendall(b"%0*d" % (HEAD, len(request)) + request)
        except OSError:
            return False
        return True

    def follow(self, timeout_s: float) -> bool:
        """Read what it writes until it has ended or is stopped; False where it was never begun."""
        with selectors.DefaultSelector() as waiting:
            for file in self._said:
                os.set_blocking(file, False)
                waiting.register(file, selectors.EVENT_READ)
            while not self._has_ended and self._ours.fileno() in waiting.get_map():
                left_s = self._start + timeout_s - time.perf_counter()
                if left_s <= 0:
                    self._stop()
                for key, _ in waiting.select(None if self._is_stopped else left_s):
                    if not self._read(key.fd):
                        waiting.unregister(key.fd)
        for file in self._reading:
            while self._read(file):
                pass
        return bool(self._answer)

    def finished(self) -> Finished:
        """How it ended; MeasurementError where nobody could see."""
        pid, *answers = self._answer
        out, err = (_text(bytes(self._said[file])) for file in self._reading)
        if not self._has_ended:
            with contextlib.suppress(OSError):
                os.killpg(int(pid), signal.SIGKILL)
            raise MeasurementError("the process that waited for the command was killed; run it again")
        if answers[0].startswith(b"!"):
            said = f"it cannot be started: {_text(answers[0][1:])}"
            return Finished(returncode=NOT_STARTED, stdout="", stderr=said, wall_s=0.0, is_timeout=False)
        status, wall_s, cpu_s, memory = map(float, answers[0].split())
        return Finished(
            returncode=int(status),
            stdout=out,
            stderr=err,
            wall_s=wall_s,
            is_timeout=self._is_stopped,
            cpu_s=cpu_s,
            memory_bytes=memory,
        )

    @property
    def _answer(self) -> list[bytes]:
        """Whole lines of the other side."""
        return bytes(self._said[self._ours.fileno()]).split(b"\n")[:-1]

    @property
    def _has_ended(self) -> bool:
        return len(self._answer) > 1

    def _stop(self) -> None:
        self._is_stopped = True
        with contextlib.suppress(OSError):  # it is gone
            self._ours.shutdown(socket.SHUT_WR)

    def _read(self, file: int) -> bool:
        """Take what is there now; False where that is nothing."""
        try:
            got = os.read(file, 1 << 16)
        except OSError:  # nothing yet, or nobody there any more
            return False
        self._said[file] += got
        return bool(got)


def _text(said: bytes) -> str:
    """Bytes as a text whose lines end alike."""
    return io.TextIOWrapper(io.BytesIO(said), errors="replace").read()

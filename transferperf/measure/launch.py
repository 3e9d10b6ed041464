"""A small process between us and the commands that are measured: it starts them, and says what they used.

It imports nothing of ours and little else. A process starts with the peak memory of the one that starts it, so that
only what is above this one's (some MB) can be seen. It serves many runs, for Python takes longer to start than `true`.

Run as `python -I -S launch.py` with a socket as standard input, and ends when the other end is closed or dies. A
message is a byte with three files: a socket of the run, standard output and standard error. Each run has a process of
its own, which reads what is asked for, starts the command and answers: a line with the command's process id, then one
with status, wall time in s, CPU time in s and peak memory in bytes, or `!` and why it could not be started. Where the
run's socket is closed before, the command and its children end.
"""

import _socket
import os
import resource
import select
import signal
import time
from math import isfinite

MB = 1e6
HEAD = 8
"""Bytes that say how long a request is. It has limits in MB, folder, program, number of words, words, variables."""


def main() -> None:
    """Serve one run after the other, all at once."""
    door = _socket.socket(fileno=0)
    while True:
        message, passed, _, _ = door.recvmsg(1, _socket.CMSG_SPACE(3 * 4), _socket.MSG_CMSG_CLOEXEC)
        _collect()
        if not message:
            return
        files = memoryview(passed[0][2]).cast("i").tolist()
        if os.fork() == 0:
            try:
                _serve(_socket.socket(fileno=files[0]), files[1], files[2])
            finally:
                os._exit(0)
        for file in files:
            os.close(file)


def _collect() -> None:
    """Let go of runs that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:  # there is none
        return


def _serve(run: _socket.socket, out: int, err: int) -> None:
    """One run; at its end nothing of its process group is left."""
    fields = _received(run)
    start = time.perf_counter()
    try:
        child = _start(fields, out, err)
    except (OSError, ValueError) as error:
        run.sendall(f"0\n!{error}\n".encode(errors="replace"))
        return
    run.send(b"%d\n" % child)
    ended = os.pidfd_open(child)
    if ended not in select.select([ended, run.fileno()], [], [])[0]:
        os.killpg(child, signal.SIGKILL)
        select.select([ended], [], [])
    wall_s = time.perf_counter() - start
    os.killpg(child, signal.SIGKILL)  # what it left; its number is nobody else's until it is waited for
    _, status, used = os.wait4(child, 0)
    cpu_s, memory = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024
    run.sendall(f"{os.waitstatus_to_exitcode(status)} {wall_s:.6f} {cpu_s:.6f} {memory}\n".encode())


def _start(fields: list[bytes], out: int, err: int) -> int:
    """The process of a command that leads a group of its own, with the limits of this one."""
    memory_mb, file_mb, folder, program, n_words, *rest = fields
    words, variables = rest[: int(n_words)], rest[int(n_words) :]
    os.chdir(folder)
    for what, limit_mb in ((resource.RLIMIT_AS, float(memory_mb)), (resource.RLIMIT_FSIZE, float(file_mb))):
        if isfinite(limit_mb):
            resource.setrlimit(what, (int(limit_mb * MB), int(limit_mb * MB)))
    null = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    streams = ((os.POSIX_SPAWN_DUP2, file, place) for place, file in ((1, out), (2, err)))
    return os.posix_spawn(
        program,
        words,
        {**os.environb, **dict(variable.split(b"=", 1) for variable in variables)},
        file_actions=[null, *streams],
        setsid=True,
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],  # Python ignores them, and a command would inherit that
    )


def _received(run: _socket.socket) -> list[bytes]:
    """The fields of a request."""
    missing, got = HEAD, b""
    while missing:
        part = run.recv(missing)
        if not part:
            os._exit(0)  # who asked is gone
        got += part
        missing -= len(part)
        if len(got) == HEAD:
            missing = int(got)
    return got[HEAD:].split(b"\0")


if __name__ == "__main__":
    main()

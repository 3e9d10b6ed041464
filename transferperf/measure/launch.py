"""A small process between us and a command: it sets the command's limits and writes down what the command used.

It imports nothing of ours and little else. A process starts with the peak memory of the one that starts it, so that
only what is above this one's (some MB) can be seen.

Run as `python -I -S launch.py REPORT MEMORY_MB FILE_MB COMMAND...`; it ends as the command does, or, with 127 and no
report, where the command cannot be started.
"""

import math
import os
import resource
import signal
import sys
import time

MB = 1e6
NOT_STARTED = 127


def main(report: str, memory_mb: str, file_mb: str, *command: str) -> None:
    """Run the command; write its wall time in s, CPU time in s and peak memory in bytes."""
    start = time.perf_counter()
    reading, writing = os.pipe()  # closed by a start that succeeds
    child = os.fork()
    if child == 0:
        _become(command, float(memory_mb), float(file_mb), writing)
    os.close(writing)
    refused = os.read(reading, 1000)
    _, status, used = os.wait4(child, 0)
    wall_s = time.perf_counter() - start
    if refused:
        sys.stderr.write(refused.decode())
        sys.exit(NOT_STARTED)
    with open(report, "w", encoding="ascii") as file:  # noqa: PTH123  # pathlib would triple the time to start
        file.write(f"{wall_s:.6f} {used.ru_utime + used.ru_stime:.6f} {used.ru_maxrss * 1024}")
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    sys.exit(os.waitstatus_to_exitcode(status))


def _become(command: tuple[str, ...], memory_mb: float, file_mb: float, writing: int) -> None:
    """Turn this process into the command, or say why that cannot be."""
    try:
        for what, limit in ((resource.RLIMIT_AS, memory_mb), (resource.RLIMIT_FSIZE, file_mb)):
            if math.isfinite(limit):
                resource.setrlimit(what, (int(limit * MB), int(limit * MB)))
        for changed in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and a command would inherit that
            signal.signal(changed, signal.SIG_DFL)
        os.execvp(command[0], command)  # noqa: S606  # without a shell, as meant
    except (OSError, ValueError) as error:
        os.write(writing, f"{command[0]} cannot be started: {error}".encode())
    os._exit(NOT_STARTED)


if __name__ == "__main__":
    main(*sys.argv[1:])

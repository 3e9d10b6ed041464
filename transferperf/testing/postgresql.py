"""A PostgreSQL server for tests: started on a loopback port, gone at the end."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from transferperf.errors import MeasurementError

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian puts the programs of each version."""

ACCOUNT = "postgres"
"""Who runs the server where root starts it, which it refuses to be run by."""

SETTINGS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "''", "max_connections": "60"}


@contextlib.contextmanager
def postgresql(*, is_durable: bool = False) -> Iterator[str]:
    """The URL of a new, empty server that only this machine reaches.

    Parameters
    ----------
    is_durable
        Whether a commit waits for the disk, as in use; tests need not wait.

    Raises
    ------
    MeasurementError
        Where PostgreSQL is not installed or does not start; it says what to do.
    """
    programs = find_postgresql()
    with tempfile.TemporaryDirectory(prefix="postgresql-", ignore_cleanup_errors=True) as name:
        data, port = Path(name) / "data", _free_port()
        if os.geteuid() == 0:
            shutil.chown(name, ACCOUNT)
        _run([programs / "initdb", "--pgdata", data, "--auth=trust", f"--username={ACCOUNT}", "--no-sync"])
        settings = {**SETTINGS, "port": str(port), **({} if is_durable else {"fsync": "off"})}
        options = " ".join(f"-c {key}={value}" for key, value in settings.items())
        log = Path(name) / "log"
        try:
            _run([programs / "pg_ctl", "start", "--wait", "--pgdata", data, "--log", log, "--options", options])
            yield f"postgresql://{ACCOUNT}@127.0.0.1:{port}/postgres"
        finally:
            with contextlib.suppress(MeasurementError):  # it never started
                _run([programs / "pg_ctl", "stop", "--mode=immediate", "--pgdata", data])


def find_postgresql() -> Path:
    """The folder of the server's programs, of the newest version; MeasurementError where it is not installed."""
    on_path = shutil.which("initdb")
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found and on_path is None:
        raise MeasurementError("PostgreSQL is not installed; install it with: sudo apt-get install postgresql")
    return (found[-1] if found else Path(str(on_path)).resolve()).parent


def _run(words: Sequence[str | Path]) -> None:
    account = pwd.getpwnam(ACCOUNT) if os.geteuid() == 0 else None
    who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    with tempfile.TemporaryFile() as said:  # a pipe would be held open by the server
        ran = subprocess.run(words, stdout=said, stderr=said, cwd="/", check=False, **who)  # type: ignore[call-overload]  # noqa: S603
        said.seek(0)
        text = said.read().decode(errors="replace")
    if ran.returncode:
        last = (text.strip().splitlines() or ["nothing was said"])[-1]
        raise MeasurementError(f"PostgreSQL's {Path(words[0]).name} failed: {last}. Correct that, or leave it out.")


def _free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])

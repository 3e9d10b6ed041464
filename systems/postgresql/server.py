"""A PostgreSQL server of its own: one run a line on standard input, as JSON; what came of it on standard output.

It imports nothing of transferperf. When its input ends, as it does when the process that writes it dies, or when it is
told to end, it stops the server and removes all data. Where root starts it, PostgreSQL runs under its own account.
"""

import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ACCOUNT = "postgres"

WORKLOADS = {"tpcb": ("bank", 400), "select": ("bank", 2800), "analytical": ("shop", 3)}
"""Workload -> its database, and how many transactions are one run."""

WRITING = ("tpcb",)
"""Workloads after which the content is another one."""

FIXED = {"listen_addresses": "''", "max_connections": 20, "autovacuum": "off", "max_logical_replication_workers": 0}
QUIET = {"min_wal_size": "16MB", "log_checkpoints": "off", "client_min_messages": "warning"}
IN_PAGES = ("shared_buffers", "wal_buffers", "effective_cache_size")
"""Settings that are told in kB and that the server counts in pages of 8 kB."""

ALWAYS_THERE = ("checkpointer", "background writer", "walwriter")
"""Processes of a server that nobody is connected to."""

LIMIT_S = 60.0
"""Seconds after which a start, a stop or a reset has failed."""


class RefusedError(Exception):
    """The server does not start with what it is asked for."""


class Server:
    """A cluster in a folder of its own, and the process that serves it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder, self.data = programs, folder, folder / "data"
        self.process: subprocess.Popen[bytes] | None = None
        self.holds = ""  # what is in the database as it was made
        self.idle: frozenset[int] = frozenset()
        where = {"PGHOST": str(folder), "PGUSER": ACCOUNT, "PGDATABASE": "postgres"}
        self.env = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **where}

        self.who: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            self.who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(folder, account.pw_uid, account.pw_gid)

    def create(self) -> None:
        """A new cluster with the contents of all workloads."""
        how = ["--auth=trust", f"--username={ACCOUNT}", "--no-sync", "--locale=C", "--encoding=UTF8", "--wal-segsize=1"]
        self.run("initdb", f"--pgdata={self.data}", *how)
        for script in Path(__file__).parent.glob("*.sql"):  # its account may not see where they are
            shutil.copyfile(script, self.folder / script.name)
        self.apply({})
        self.write({}, fsync="off")
        for name in dict.fromkeys(database for database, _ in WORKLOADS.values()):
            self.run("psql", "-Xqf", str(self.folder / f"{name}.sql"))

    def run(self, program: str, *words: str, limit_s: float = LIMIT_S) -> str:
        """What a program of PostgreSQL writes."""
        ran = subprocess.run(  # noqa: S603  # one of PostgreSQL's
            [self.programs / program, *words],
            **self.who,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
        if ran.returncode:
            raise RuntimeError(f"{program}: {(ran.stderr.strip() or 'no word').splitlines()[-1]}")
        return ran.stdout

    def ask(self, *statements: str, database: str = "postgres") -> list[list[str]]:
        """Rows that the statements give."""
        commands = [word for statement in statements for word in ("-c", statement)]
        return [line.split("|") for line in self.run("psql", "-XqAtd", database, *commands).splitlines()]

    def apply(self, asked: dict[str, Any]) -> tuple[dict[str, Any], float]:
        """What is set once the server has read it, and how long a restart took; 0 where none was needed."""
        self.write(asked)
        if self.process is not None:
            applied = self.applied(asked)
            if applied == asked:
                return applied, 0.0
        start = time.monotonic()
        self.stop(signal.SIGINT)
        self.start()
        restart_s = time.monotonic() - start
        return self.applied(asked), restart_s

    def write(self, asked: dict[str, Any], fsync: str = "on") -> None:
        """Write the settings, which a running server reads before it accepts the next connection."""
        fixed = {**FIXED, **QUIET, "unix_socket_directories": f"'{self.folder}'", "fsync": fsync}
        lines = [f"{name} = {value}" for name, value in fixed.items()]
        lines += [f"{name} = '{value}{'kB' if name in IN_PAGES else ''}'" for name, value in asked.items()]
        (self.data / "postgresql.conf").write_text("\n".join([*lines, ""]), encoding="ascii")
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def applied(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The settings as the server has them, in the units that were asked in."""
        found = dict(self.ask("SELECT name, setting FROM pg_settings"))
        pages = {name: 8 if name in IN_PAGES else 1 for name in asked}
        return {
            name: found[name] if isinstance(value, str) else type(value)(float(found[name]) * pages[name])
            for name, value in asked.items()
        }

    def start(self) -> None:
        """Start, and wait until connections are accepted; RefusedError says why it ended instead."""
        log, ready, self.idle = self.folder / "log", self.data / "postmaster.pid", frozenset()
        with log.open("wb") as file:
            self.process = subprocess.Popen(  # noqa: S603
                [self.programs / "postgres", "-D", self.data],
                **self.who,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        end = time.monotonic() + LIMIT_S
        while not is_ready(ready, self.process.pid):
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop(signal.SIGQUIT)
                raise RefusedError(reason(log.read_text(encoding="utf-8", errors="replace")))
            time.sleep(0.005)
        while len(self.idle) < len(ALWAYS_THERE) and time.monotonic() < end:
            self.idle = frozenset(pid for pid in children(self.process.pid) if title(pid).startswith(ALWAYS_THERE))

    def stop(self, how: signal.Signals) -> None:
        """End the server: SIGINT lets it write what is open, SIGQUIT does not."""
        if self.process is None:
            return
        if how is signal.SIGQUIT:
            self.holds = ""
        self.process.send_signal(how)
        try:
            self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def reset(self, database: str, asked: dict[str, Any]) -> None:
        """The content as it was made, in the server's memory as far as it fits, and nothing left for it to write."""
        if self.holds == database:
            return
        self.write(asked, fsync="off")  # nobody needs this copy after a power cut
        self.settled()
        new = f"CREATE DATABASE bench TEMPLATE {database} STRATEGY wal_log"
        self.ask("DROP DATABASE IF EXISTS bench", new, "CHECKPOINT")
        self.write(asked)
        self.holds = database

    def settled(self) -> int:
        """Wait until nobody is connected any more; the server's process."""
        if self.process is None:
            raise RuntimeError("the server has ended")
        end = time.monotonic() + LIMIT_S
        while set(children(self.process.pid)) != self.idle and time.monotonic() < end:
            time.sleep(0.002)
        return self.process.pid

    def cpu_s(self) -> float:
        """CPU seconds of the server and all its processes, also those that ended."""
        pid = self.settled()
        running = sum(int(Path(f"/proc/{p}/schedstat").read_text().split()[0]) for p in [pid, *self.idle])
        ended = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[13:15]
        return running / 1e9 + sum(map(int, ended)) / os.sysconf("SC_CLK_TCK")


def is_ready(path: Path, pid: int) -> bool:
    """Whether this very process wrote there that it accepts connections."""
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    return len(lines) > 1 and (lines[0], lines[-1].strip()) == (str(pid), "ready")


def children(pid: int) -> Iterable[int]:
    """Processes that a process started and that are still there."""
    return map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())


def title(pid: int) -> str:
    """What a process of the server says that it is; "" where it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").removeprefix("postgres: ")
    return ""


def reason(log: str) -> str:
    """Why a server did not start, in its own words."""
    said = re.findall(r"^[^\n]*?\b(LOG|FATAL):  (.*)$", log, re.MULTILINE)
    fatal = [text for kind, text in said if kind == "FATAL" and not text.startswith("configuration file")]
    about = [text for kind, text in said if kind == "LOG" and ("parameter" in text or "value" in text)]
    return "the server did not start: " + next(iter([*fatal, *about]), "it said nothing")


def answer(server: Server, request: dict[str, Any]) -> dict[str, Any]:
    """What comes of one run."""
    try:
        ran, restart_s = server.apply(request["configuration"])
        database, n = WORKLOADS[request["kind"]]
        server.reset(database, request["configuration"])
        server.holds = "" if request["kind"] in WRITING else database
        values = measured(server, request, n)
    except RefusedError as error:
        return {"status": "invalid", "reason": str(error)}
    except subprocess.TimeoutExpired as error:
        server.stop(signal.SIGQUIT)
        return {"status": "timeout", "reason": f"stopped after {error.timeout:g} s"}
    except (RuntimeError, OSError) as error:
        server.stop(signal.SIGQUIT)
        return {"status": "failed", "reason": str(error)}
    return {"status": "ok", "values": {**values, "restart_s": round(restart_s, 4)}, "configuration": ran}


def measured(server: Server, request: dict[str, Any], n: int) -> dict[str, float]:
    """Numbers of one run of pgbench."""
    position = "SELECT pg_current_wal_insert_lsn() - '0/0'"
    (before,), clients = server.ask(position, database="bench")[0], request["clients"]
    words = ["-n", "-M", "prepared", "-c", str(clients), "-t", str(n // clients), "--random-seed=1"]
    script, cpu_s = str(server.folder / f"{request['kind']}.sql"), server.cpu_s()
    said = server.run("pgbench", *words, "-f", script, "bench", limit_s=request["timeout_s"])
    cpu_s = server.cpu_s() - cpu_s
    (after,) = server.ask(position)[0]
    done = int(number(r"actually processed: (\d+)", said))
    if done != n:
        raise RuntimeError(f"{done} of {n} transactions were processed")
    return {
        "cpu_ms": round(1000 * cpu_s / n, 6),
        "latency_ms": number(r"latency average = ([\d.]+)", said),
        "tps": number(r"tps = ([\d.]+)", said),
        "wal_bytes": round((int(after) - int(before)) / n, 3),
    }


def number(pattern: str, text: str) -> float:
    """The number that stands somewhere in a text."""
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"pgbench wrote nothing like '{pattern}'")
    return float(found[1])


@contextlib.contextmanager
def temporary(where: str) -> Iterator[Path]:
    """A folder that is there for as long as it is needed."""
    folder = Path(tempfile.mkdtemp(prefix="transferperf-postgresql-", dir=where))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(programs: str, where: str) -> None:
    """Make a server, and answer until the input ends."""
    os.chdir("/")
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    with temporary(where) as folder:
        server = Server(Path(programs), folder)
        try:
            server.create()
            say({"folder": str(folder)})
            for line in sys.stdin:
                say(answer(server, json.loads(line)))
        except (RefusedError, RuntimeError, OSError, subprocess.TimeoutExpired) as error:
            with contextlib.suppress(OSError):
                say({"error": str(error)})
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            server.stop(signal.SIGQUIT)


def say(document: dict[str, Any]) -> None:
    """One line of standard output."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

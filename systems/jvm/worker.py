"""One run of the JVM: a request as JSON on standard input, its outcome on standard output.

It imports nothing of transferperf, so that it starts fast and little memory stands before that of the JVM.
"""

import json
import os
import re
import resource
import subprocess
import sys
import time
from typing import Any

ALWAYS = (
    *("-XX:+UnlockExperimentalVMOptions", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData"),
    *("-XX:+PrintFlagsFinal", "-Xlog:safepoint"),
)
SIZES = ("MaxHeapSize", "InitialHeapSize", "G1HeapRegionSize")
"""Flags in bytes, whose options are in MiB."""

COLLECTORS = ("Serial", "Parallel", "G1", "Shenandoah", "Z", "Epsilon")
MIB = 1 << 20
ENV = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
"""Without JAVA_TOOL_OPTIONS and what else would add flags."""

MEMORY = "java.lang.OutOfMemoryError: "
REFUSED = ("Error occurred during initialization of VM", "Error: Could not create the Java Virtual Machine")


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    sys.stdout.write(json.dumps(run(**request)))


def run(program: list[str], asked: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Status, reason, metrics, and the configuration that really ran."""
    start = time.perf_counter()
    command = ["java", *ALWAYS, *map(flag, given, given.values()), *program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENV)  # noqa: S603
    wall_s, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = {"status": "ok", "configuration": {**asked, **applied(given, done.stdout)}}
    if done.returncode:
        return {**answer, **ending(done.returncode, done.stdout + done.stderr)}
    held_ns = sum(map(int, re.findall(r"Total: (\d+) ns$", done.stdout, re.MULTILINE)))
    values = {
        "cpu_s": round(used.ru_utime + used.ru_stime, 6),
        "wall_s": round(wall_s, 6),
        "memory_bytes": used.ru_maxrss * 1024,
        "pause_s": held_ns / 1e9,
    }
    return {**answer, "values": values}


def flag(name: str, value: Any) -> str:
    """How the JVM is told of an option; switches are named as something to do."""
    if name == "collector":
        return f"-XX:+Use{value}GC"
    if name.startswith(("Use", "Do", "Always")):
        return f"-XX:{'+' if value else '-'}{name}"
    return f"-XX:{name}={value}{'m' if name in SIZES else ''}"


def applied(given: dict[str, Any], said: str) -> dict[str, Any]:
    """The flags as the JVM says to use them; nothing where it did not come to say so."""
    flags = dict(re.findall(r"^ *\w+ (\w+) += (\S+) ", said, re.MULTILINE))
    switches = {name: int(text == "true") for name, text in flags.items() if text in {"true", "false"}}
    sizes = {name: int(flags[name]) / MIB for name in SIZES if name in flags}
    ran = {**flags, **switches, **sizes}
    ran |= {"collector": name for name in COLLECTORS if switches.get(f"Use{name}GC")}  # noqa: B035  # one is in use
    return {name: ran[name] for name in given if name in ran}


def ending(returncode: int, said: str) -> dict[str, str]:
    """Why a run did not succeed: it lacked memory, the JVM refused its flags, or something else."""
    lines = [line.strip() for line in said.splitlines()]
    for k, line in enumerate(lines):
        if MEMORY in line:
            return {"status": "failed", "reason": f"out of memory: {line.rpartition(MEMORY)[2]}"}
        if line.startswith(REFUSED):
            return {"status": "invalid", "reason": f"the JVM refused: {' '.join(lines[k + 1 : k + 2])}"}
    return {"status": "failed", "reason": f"exit status {returncode}: {lines[-1] if lines else ''}"}


if __name__ == "__main__":
    main()

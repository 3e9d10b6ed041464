"""One run: compile a kernel with these flags, then run it, or simulate it with cachegrind; numbers as JSON.

`python bench.py COMPILER HARDWARE KERNEL FLAGS...`, in an empty folder. It imports nothing of transferperf.
"""

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("kernels.c")
PASSES = {"real": 100, "simulated": 2}
MISS, MEMORY = 10, 100
"""Cycles of a miss in the first cache and in the last, beside one cycle for each instruction."""

CLOCK_HZ = 1e9
"""Of the simulated machine."""

GCC_ALONE = {"tree-pre", "if-conversion", "split-loops", "move-loop-invariants"}
"""Flags that clang does not know; others it knows and ignores."""

ENV = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
"""The same in every run: where a program's stack begins depends on the size of this, and its misses with it."""


def main(compiler: str, hardware: str, kernel: str, *flags: str) -> None:
    """Print the metrics, and the -f flags that the compiler says it uses."""
    known = [flag for flag in flags if compiler.startswith("gcc") or name_of(flag) not in GCC_ALONE]
    compiling = [compiler, *known, f"-DKERNEL={kernel}", "-c", "-o", "kernel.o", str(SOURCE)]
    call(compiling)
    compile_s = used_by_children()
    call([compiler, "-static", "kernel.o", "-lm", "-o", "kernel"])
    values = {
        "run_s": real() if hardware == "real" else simulated(hardware),
        "compile_s": compile_s,
        "code_bytes": int(call(["size", "kernel.o"]).split()[6]),
    }
    print(json.dumps({**values, "applied": applied(compiler, *flags)}))  # noqa: T201  # what the run answers


def real() -> float:
    """Seconds of CPU time that a pass takes on this machine."""
    return float(call(["./kernel", str(PASSES["real"]), "timed"]).split()[0])


def simulated(caches: str) -> float:
    """Seconds that a pass takes with caches such as `8k-128k`: the first ones for data and code, and the last one."""
    first, last = (1024 * int(size.removesuffix("k")) for size in caches.split("-"))
    sizes = [f"--I1={first},8,64", f"--D1={first},8,64", f"--LL={last},16,64"]
    tool = ["valgrind", "--tool=cachegrind", "--cache-sim=yes", "--cachegrind-out-file=/dev/null", *sizes]
    said = call([*tool, "./kernel", str(PASSES["simulated"])])
    counts = {name: int(n.replace(",", "")) for name, n in re.findall(r"(\w+ +\w+): +([\d,]+)", said)}
    by_name = {" ".join(name.split()): n for name, n in counts.items()}
    first_misses = by_name["I1 misses"] + by_name["D1 misses"]
    cycles = by_name["I refs"] + MISS * first_misses + MEMORY * by_name["LL misses"]
    return cycles / CLOCK_HZ / PASSES["simulated"]


def applied(compiler: str, *flags: str) -> dict[str, str]:
    """The flags as gcc says to use them; as they were given where nobody says."""
    asked = {name_of(flag): str(int(not flag.startswith("-fno-"))) for flag in flags if flag.startswith("-f")}
    if not compiler.startswith("gcc"):
        return asked
    said = call([compiler, *flags, "-Q", "--help=optimizers"])
    on = {
        name: str(int(word == "enabled"))
        for name, word in re.findall(r"^ +-f([\w-]+) +\t+\[(\w+)\]", said, re.MULTILINE)
    }
    return {name: on.get(name, value) for name, value in asked.items()}


def name_of(flag: str) -> str:
    """The option that a flag turns on or off."""
    return flag.removeprefix("-f").removeprefix("no-")


def call(command: list[str]) -> str:
    """What a command writes; its own last line and exit status where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENV)  # noqa: S603
    if done.returncode:
        lines = done.stderr.splitlines()
        telling = [line for line in lines if "error" in line] or lines[-1:]
        sys.exit(f"{command[0]}: {telling[0] if telling else done.returncode}")
    return done.stdout + done.stderr


def used_by_children() -> float:
    """Seconds of CPU time of all that was called so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(used.ru_utime + used.ru_stime, 6)


if __name__ == "__main__":
    main(*sys.argv[1:])

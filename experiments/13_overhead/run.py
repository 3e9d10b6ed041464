"""What measuring with us costs beside the system: the runner, workers on one store, and a million rows as a file."""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from loads import back_seconds, command_ms, file_seconds, runner_ms, shared_rate, shown

from transferperf.errors import MeasurementError
from transferperf.measure.machine import machine
from transferperf.testing.postgresql import postgresql

FOLDER = Path(__file__).resolve().parent
Part = Callable[[argparse.Namespace, Path], Iterator[str]]


def runner_part(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    """What the runner adds."""
    n = 20 if options.smoke else 1000
    yield "\n## Runner\n"
    rows = [{"measurements": n, "of a system that does nothing": to, "ms each": ms} for to, ms in runner_ms(n, folder)]
    yield shown(rows)
    yield "\n" + shown(list(command_ms(3 if options.smoke else 200, folder)))


def store_part(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    """What a store takes from several workers."""
    n, n_workers = (12, 2) if options.smoke else (options.measurements, 8)
    yield "\n## Workers on one store\n"
    rows = [{"store": "SQLite", **shared_rate(f"sqlite:///{folder / 'shared.db'}", n, n_workers)}]
    try:
        with postgresql(is_durable=True) as url:
            rows.append({"store": "PostgreSQL", **shared_rate(url, n, n_workers)})
    except MeasurementError as problem:
        print(f"PostgreSQL is left out: {problem}", flush=True)
    yield shown(rows)


def files_part(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    """What many rows take."""
    n = 200 if options.smoke else options.rows
    yield "\n## Many rows\n"
    rows = list(file_seconds(f"sqlite:///{folder / 'many.db'}", n, folder))
    yield shown([*rows, *back_seconds(f"sqlite:///{folder / 'few.db'}", n // 10, folder)])


PARTS: dict[str, Part] = {"runner": runner_part, "store": store_part, "files": files_part}


def parse() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="make one part, and print it only")
    parser.add_argument("--rows", type=int, default=10**6, help="of the store that is written to files")
    parser.add_argument("--measurements", type=int, default=2000, help="that workers share, at most 4096")
    parser.add_argument("--smoke", action="store_true", help="every step, a few rows; nothing is written")
    return parser.parse_args()


def main() -> None:
    """Make all parts, print them and write result.md."""
    options = parse()
    found = machine()
    lines = ["# Overhead: what came out\n", ", ".join(f"{name} {value}" for name, value in found.items()) + "."]
    with contextlib.ExitStack() as stack:
        disk = None if options.smoke else FOLDER.parents[1] / "build"  # /tmp may be in memory
        if disk is not None:
            disk.mkdir(exist_ok=True)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=disk)))
        for name in [options.only] if options.only else PARTS:
            for line in PARTS[name](options, folder):
                print(line, flush=True)
                lines.append(line)
    if not options.smoke and not options.only:
        (FOLDER / "result.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

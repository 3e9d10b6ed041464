"""What do changes of hardware, workload and version keep? Measures of pairs of environments of all systems."""

import math
import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings
from changes import invent, read, sample, systems

from bench.data import has
from bench.rows import Ledger
from bench.running import carry_out, parse
from transferperf.errors import TransferPerfWarning
from transferperf.similarity import measure_pairs
from transferperf.similarity.severity import change_of

FOLDER = Path(__file__).resolve().parent
KEY = ("system", "source", "target", "change", "measure")
SCORES = ("value",)
PARTS = ("correlation", "divergence", "shift", "overlap", "influence", "interaction", "validity", "noise")
MOST_PAIRS = 6
"""Of each kind of change of a system."""
AT_ONCE = 12


class Task(NamedTuple):
    """One system."""

    data: Path
    system: str
    most: int

    def __str__(self) -> str:
        return self.system


def fit_task(task: Task, ledger: Ledger) -> int:
    """Measure the pairs that are not yet measured, a few at once."""
    done = {key[1:3] for key in ledger.done() if key[0] == task.system}
    with warnings.catch_warnings(action="ignore", category=TransferPerfWarning):
        table, metric = read(task.data, task.system)
    missing = [pair for pair in sample(table, task.system, task.most) if pair not in done]
    by_name = {str(environment): environment for environment in table.environments}
    for some in batched(missing, AT_ONCE):
        for pair in measure_pairs(table, metric, pairs=some, parts=PARTS, n_resamples=1):
            kind = change_of(by_name[pair.source], by_name[pair.target])
            key = {"system": task.system, "source": pair.source, "target": pair.target, "change": kind}
            for name, count in (("n_common", pair.n_common), ("n_options", len(pair.options))):
                ledger.append({**key, "measure": name, "value": float(count)})
            for name, found in pair.measures.items():
                if not math.isnan(found.value):
                    ledger.append({**key, "measure": name, "value": found.value})
    return len(missing)


def batched(pairs: Sequence[tuple[str, str]], size: int) -> Iterator[Sequence[tuple[str, str]]]:
    """Pairs in portions."""
    for start in range(0, len(pairs), size):
        yield pairs[start : start + size]


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """The systems that are there."""
    if options.smoke:
        invent(options)
    names = [name for name in systems(options.data) if ledger.wants(system=name)]
    if options.smoke:
        names = [name for name in names if not name.startswith("ours/")]
    there = [name for name in names if name.startswith("ours/") or has(options.data, name)]
    return [Task(options.data, name, 1 if options.smoke else MOST_PAIRS) for name in there]


def main() -> None:
    """Measure what is missing, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=1, runs_are="not used")
    carry_out(options, key=KEY, scores=SCORES, tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()

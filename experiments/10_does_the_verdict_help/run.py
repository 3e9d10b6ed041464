"""What few rows of a target foretell of its sources, beside what is so."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import findings
from known_systems import System, real, system

from bench.data import has, index
from bench.rows import Ledger
from bench.running import carry_out, parse
from transferperf import rng
from transferperf.similarity.compare import options_evidence
from transferperf.similarity.correlations import MEASURES, correlations
from transferperf.similarity.groups import Block, Group
from transferperf.similarity.saving import Errors, left_out_errors, saved_rows, sizes
from transferperf.similarity.verdict import Verdict, verdicts

FOLDER = Path(__file__).resolve().parent
KEY = ("system", "n", "run", "target", "source")
SCORES = (
    *("n_rows", "n_environments", "saved", "low", "high", "error", "real_saved", "real_error"),
    *("kind", "real_kind", "is_certain", "is_allowed", "cost", "race"),
)
ASKED = (10, 20, 30)
MANY, SOME = 30, 10
N_RESAMPLES = 200


class Task(NamedTuple):
    """A system, with so many rows of each target."""

    data: Path
    system: str
    run: int

    def __str__(self) -> str:
        return f"{self.system}, run {self.run}"


def fit_task(task: Task, ledger: Ledger) -> int:
    """Foretell all pairs of a system, unless that is done."""
    done = {key[:3] for key in ledger.done()}
    asked = [n for n in ASKED if ledger.wants(n=n) and (task.system, str(n), str(task.run)) not in done]
    found = system(task.data, task.system) if asked else None
    if not asked:
        return 0
    if found is None:
        print(f"{task.system} has one environment, or fewer than 30 configurations that are valid in all: left out")
        return 0
    order = found.bellwether(task.run)
    targets = np.arange(len(found))
    if len(found) > MANY:
        targets = rng.some(rng.generator(task.run, "targets", task.system), len(found), SOME)
    rows: list[dict[str, object]] = []
    for n in asked:
        for t in map(int, targets):
            rows += foretell(found, task, n, t, order)
    for row in rows:  # all or none, so that a system that was broken off is begun again
        ledger.append(row)
    return len(asked) * len(targets)


def foretell(found: System, task: Task, n: int, t: int, order: np.ndarray) -> list[dict[str, object]]:
    """A row for each source of a target: what n of its rows say, and what is so."""
    made: list[dict[str, object]] = []
    others = np.flatnonzero(np.arange(len(found)) != t)
    n_rows = found.n_rows(n)
    rows = np.sort(rng.generator(task.run, "rows", task.system, t).permutation(found.n)[:n_rows])
    errors = left_out_errors(found.F[:, others][:, :, rows], found.W[[t]][:, rows], found.D[np.ix_(rows, rows)])
    one = Errors(errors.with_source[:, :, 0], errors.alone[:, 0])
    draws = rng.generator(task.run, "saved")
    saved = saved_rows(one, found.curve[:, others].T, sizes(found.n), n_rows, draws)
    real_errors, real_saved = real(task.data, task.system, n)
    named = next(int(k) for k in order if k != t)
    for k, (s, said) in enumerate(zip(others, _said(found, others, t, rows, task.run), strict=True)):
        so = found.kinds[s][t].kind
        made.append(
            {"system": task.system, "n": n, "run": task.run, "target": t, "source": int(s)}
            | {"n_rows": n_rows, "n_environments": len(found)}
            | dict(zip(("saved", "low", "high"), map(float, saved[:, k]), strict=True))
            | {"error": float(one.with_source[:, k].mean() / found.unit[t])}
            | {"real_saved": float(real_saved[s, t]), "real_error": float(real_errors[s, t] / found.unit[t])}
            | {"kind": said.kind, "real_kind": so, "is_certain": int(said.is_certain)}
            | {"is_allowed": int(so in (said.kind, *said.others)), "cost": float(found.costs[s, t])}
            | {"race": int(s == named)}
        )
    return made


def _said(found: System, others: np.ndarray, t: int, rows: np.ndarray, seed: int) -> list[Verdict]:
    """The verdict of some rows on each source of a target."""
    source, target = (
        Group(members=places, ids=rows, X=found.group.X[rows], Y=found.group.Y[places][:, rows])
        for places in (others, np.array([t]))
    )
    block = Block.of(source, target)
    evidence = dict(zip(MEASURES, correlations(block.S, block.T, seed, N_RESAMPLES), strict=True))
    evidence["options"] = options_evidence(block, found.is_ordered, seed)
    return verdicts(np.full(len(others), len(rows)), {name: ends[:, :, 0] for name, ends in evidence.items()})


def tasks(options: Namespace, ledger: Ledger) -> list[Task]:
    """All systems of several environments that are there."""
    names = [name for name, entry in index(options.data).items() if entry["environment_columns"]]
    names = [name for name in names if has(options.data, name) and name != "jamshidi-ase17/x264-with-invalid"]
    wanted = [name for name in names if ledger.wants(system=name)]
    return [Task(options.data, name, run) for name in wanted for run in range(options.runs)]


def main() -> None:
    """Foretell what is missing, or write the report."""
    options = parse(__doc__ or "", FOLDER, runs=3, runs_are="draws of the target's rows")
    carry_out(options, key=KEY, scores=SCORES, tasks=tasks, fit=fit_task, write=findings.write)


if __name__ == "__main__":
    main()

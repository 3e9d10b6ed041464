"""The command line of an experiment, and the processes that make its fits."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import pandas as pd
import torch

from bench.data import HERE
from bench.rows import Key, Ledger
from bench.standin import write_stand_in

Task = TypeVar("Task")


def parse(
    text: str, folder: Path, *, runs: int, runs_are: str = "repetitions with other training rows"
) -> argparse.Namespace:
    """What the command line says; by default rows go to build/, and tables and figures into the experiment's folder."""
    parser = argparse.ArgumentParser(description=text)
    root = folder.parents[1]
    parser.add_argument("--data", type=Path, default=HERE, help="folder of the public measurements")
    parser.add_argument("--rows", type=Path, default=root / "build" / f"{folder.name}.csv", help="one row for each fit")
    parser.add_argument("--runs", type=int, default=runs, help=runs_are)
    parser.add_argument("--jobs", type=int, default=2, help="processes, each with one thread")
    parser.add_argument("--only", action="append", default=[], metavar="COLUMN=VALUE,...", help="fits to make")
    parser.add_argument("--again", action="store_true", help="make the fits that are asked for again")
    parser.add_argument("--report", action="store_true", help="write result.md and figures from the rows; fit nothing")
    parser.add_argument("--into", type=Path, default=folder, help="where result.md and figures go")
    parser.add_argument("--smoke", action="store_true", help="a few tiny fits of invented data: does every step run?")
    return parser.parse_args()


@contextmanager
def workplace(options: argparse.Namespace) -> Iterator[None]:
    """In short form the options name invented data, and a folder for everything that vanishes."""
    if not options.smoke:
        yield
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_stand_in(folder / "data")
        options.data, options.rows, options.into = folder / "data", folder / "rows.csv", folder
        options.runs, options.jobs = 2, 1
        yield


def wishes(texts: Sequence[str]) -> dict[str, frozenset[str]]:
    """`--only` as column -> values; a value may hold no comma.

    Examples
    --------
    >>> sorted(wishes(["n=12,30"])["n"])
    ['12', '30']
    """
    pairs = [text.partition("=") for text in texts]
    return {name: frozenset(values.split(",")) for name, _, values in pairs}


def carry_out(
    options: argparse.Namespace,
    *,
    key: Key,
    scores: tuple[str, ...],
    tasks: Callable[[argparse.Namespace, Ledger], Sequence[Task]],
    fit: Callable[[Task, Ledger], int],
    write: Callable[[pd.DataFrame, argparse.Namespace], None],
    kept: Path | None = None,
) -> None:
    """Make the fits that are missing, or write the report; in short form both.

    Parameters
    ----------
    key, scores
        Columns of the rows: see `Ledger`.
    tasks
        What is to be done, by the options.
    fit
        Makes the fits of one task, appends their rows and answers how many there were.
    write
        Writes tables and figures of all fits that are there.
    kept
        A file of fits that take long and do not change with our code: a new file of rows begins with them.
    """
    with workplace(options):
        ledger = Ledger(path=options.rows, key=key, scores=scores, only=wishes(options.only))
        ledger.open(None if options.smoke else kept)
        if not options.report:
            if options.again:
                ledger.forget()
            run_all(fit, tasks(options, ledger), ledger, jobs=options.jobs)
        if options.report or options.smoke:
            write(ledger.read(), options)


def run_all(fit: Callable[[Task, Ledger], int], tasks: Sequence[Task], ledger: Ledger, *, jobs: int) -> None:
    """Make the fits of all tasks, each task in one process, and say how far it is."""
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    started, failed = time.monotonic(), 0
    one_thread = partial(torch.set_num_threads, 1)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=one_thread) as pool:
        running = {pool.submit(fit, task, ledger): task for task in tasks}
        for i, future in enumerate(as_completed(running), start=1):
            problem = future.exception()
            came = f"{future.result()} fits" if problem is None else f"FAILED with {problem!r}"
            failed += problem is not None
            print(f"{i}/{len(tasks)} {running[future]}: {came}, {time.monotonic() - started:.0f} s", flush=True)
    if failed:
        sys.exit(f"{failed} of {len(tasks)} tasks failed; the fits that they made are kept")

"""What a tuner of its own environment is told, and how it answers: lines of JSON on stdin and stdout; numpy only."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What was measured in one source: encoded configurations X (n, d) and their costs y (n,), the least is best."""

    X: np.ndarray
    y: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A target to tune, in numbers that every tuner takes.

    Parameters
    ----------
    X
        Candidates, (m, d): an ordered option as its place between 0 and 1, another as the number of its level.
    is_ordered
        Whether each column has an order, (d,).
    sources
        What is known of other environments, with the same columns.
    seed
        What chance comes from.
    """

    X: np.ndarray
    is_ordered: np.ndarray
    sources: tuple[Rows, ...]
    seed: int

    @classmethod
    def of(cls, told: dict) -> "Problem":
        """The problem as `told` writes it."""
        sources = tuple(Rows(X=np.array(each["X"]), y=np.array(each["y"])) for each in told["sources"])
        X, is_ordered = np.array(told["X"], dtype=float), np.array(told["is_ordered"], dtype=bool)
        return cls(X=X, is_ordered=is_ordered, sources=sources, seed=told["seed"])

    def told(self) -> dict[str, object]:
        """The problem in types that JSON knows."""
        sources = [{"X": each.X.tolist(), "y": each.y.tolist()} for each in self.sources]
        return {"X": self.X.tolist(), "is_ordered": self.is_ordered.tolist(), "sources": sources, "seed": self.seed}

    def levels(self, j: int) -> np.ndarray:
        """All values of column j, in order."""
        return np.unique(np.concatenate([self.X[:, j], *(each.X[:, j] for each in self.sources)]))

    def is_number(self, j: int) -> bool:
        """Whether column j has an order that matters: more than two values."""
        return bool(self.is_ordered[j]) and len(self.levels(j)) > 2

    def thinned(self, most: int) -> "Problem":
        """The same with at most so many source rows in all, as many of each source; they stand in random order."""
        each = max(1, most // max(1, len(self.sources)))
        sources = tuple(Rows(X=rows.X[:each], y=rows.y[:each]) for rows in self.sources)
        return Problem(X=self.X, is_ordered=self.is_ordered, sources=sources, seed=self.seed)


class Proposes(Protocol):
    """A tuner of a problem."""

    def ask(self) -> int:
        """The number of the candidate to measure next: one that was not measured."""
        ...

    def tell(self, candidate: int, cost: float) -> None:
        """Take in what it cost."""
        ...


class Pool:
    """Which candidates are left, and which of them is nearest to a configuration that a tuner made up."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.is_left = problem, np.ones(len(problem.X), dtype=bool)

    def nearest(self, x: np.ndarray) -> int:
        """The candidate that is left nearest to x (d,); levels without order are 0 or 1 apart."""
        difference = np.where(self.problem.is_ordered, self.problem.X - x, x != self.problem.X)
        return int(np.argmin(np.where(self.is_left, (difference.astype(float) ** 2).sum(1), np.inf)))

    def take(self, candidate: int) -> None:
        """A candidate that is measured is no longer left."""
        self.is_left[candidate] = False


def serve(made: Callable[[Problem], Proposes]) -> None:
    """Answer the problem on the first line of stdin with candidates, each with the processor seconds spent so far."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what libraries print is no answer
    problem = Problem.of(json.loads(sys.stdin.readline()))
    started = time.process_time()
    tuner = made(problem)
    candidate = int(tuner.ask())
    while True:
        answers.write(json.dumps({"next": candidate, "cpu_s": time.process_time() - started}) + "\n")
        answers.flush()
        line = sys.stdin.readline()
        if not line.strip():
            return
        tuner.tell(candidate, json.loads(line)["cost"])
        candidate = int(tuner.ask())

"""What promises most, one after the other: the course that suggestions take, whatever is to be improved."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import pandas as pd

from transferperf.data.samples import Samples
from transferperf.search import Grid, Score
from transferperf.space import Value
from transferperf.study.outlook import Outlook
from transferperf.study.repeat import Again, may_again
from transferperf.study.scope import Scope
from transferperf.study.standing import Pick, Picks


class Stand(Protocol):
    """How a study stands: what a measurement is worth."""

    @property
    def near(self) -> np.ndarray:
        """Encoded configurations, shape (m, d), near which better ones may lie."""

    def promise(self, outlook: Outlook) -> Score:
        """What a new configuration is worth, with a guide to it."""

    def again(self, n_runs: np.ndarray) -> Again | None:
        """The known one that is worth measuring again; each ran so often, 0 where it may not be: shape (n,)."""

    def log_gain_of(self, outlook: Outlook, x: np.ndarray) -> float:
        """Logarithm of what a measurement of a new configuration (1, d) is worth; none is worth nothing."""

    def pick_again(self, configuration: dict[str, Value], again: Again) -> Pick:
        """A measured configuration, to measure it again."""

    def pick(self, outlook: Outlook, configuration: dict[str, Value], log_gain: float, x: np.ndarray) -> Pick:
        """A new configuration, and why."""


def in_turn(scope: Scope, outlook: Outlook, measured: Samples, stand: Callable[[Outlook, np.ndarray], Stand]) -> Picks:
    """What promises most, one after the other, each believed to come out as predicted.

    Where measurements are noisy, a known one is measured again, if that is worth more.

    Parameters
    ----------
    measured
        What ran in the target, as far as it may be the answer.
    stand
        How things stand, by what is believed and what is known, encoded (n, d): what was measured, pending or picked.
    """
    state, grid = scope.state, Grid.of(scope.space)
    pending, taken = state.encode(state.pending), state.taken()
    known = np.concatenate([measured.X, pending])
    n_runs = np.append(measured.n_repeats, np.zeros(len(pending), dtype=int)) * may_again(scope, known, pending)
    outlook = outlook.believe(pending)
    while True:
        quick = outlook if scope.pool is not None else outlook.prepared(grid.codes)
        now = stand(quick, known)
        found = scope.next(now.promise(quick), taken, near=now.near)
        again = now.again(n_runs) if found or state.has_repeats else None
        x = grid.encode(pd.DataFrame([found[0]])) if found else known[:0]
        if again is not None and again.log_gain > now.log_gain_of(quick, x):
            x = known[[again.row]]
            n_runs[again.row if state.has_repeats else slice(None)] = 0
            yield now.pick_again(state.spelled(x[0]), again)
        elif found is None:  # nothing valid is left
            return
        else:
            yield now.pick(quick, *found, x)
            known, taken = np.concatenate([known, x]), np.concatenate([taken, x])
            n_runs = np.append(n_runs, 0)
        outlook = outlook.believe(x)

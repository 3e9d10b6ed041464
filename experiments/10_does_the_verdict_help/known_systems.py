"""What is known of a system: its environments on the configurations that are valid in all of them."""

from dataclasses import dataclass
from functools import lru_cache, reduce
from pathlib import Path

import numpy as np

from bench.data import read
from transferperf import rng
from transferperf.similarity import learner, midranks, pearson, race
from transferperf.similarity.compare import contrasts_on
from transferperf.similarity.effects import effect_sizes, options_agreement
from transferperf.similarity.groups import Group, gather
from transferperf.similarity.saving import (
    forms,
    held_out_errors,
    learning_curve,
    rows_needed,
    sizes,
    working_scale,
)
from transferperf.similarity.verdict import Verdict, verdicts

FEWEST, MOST = 30, 600
"""Configurations of a system that counts, and how many of them do."""
N_ORDERS = 10
"""Random orders of the rows that the real error is taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A system.

    Parameters
    ----------
    group
        Its environments on the configurations that count, e of them on n.
    is_ordered
        Whether each encoded option has an order.
    F, W, D
        Forms of each environment as a source, responses on their working scale, and distances between configurations.
    orders
        Of the rows.
    curve
        Errors of each environment alone, from `sizes(n)` rows; shape (k, e).
    kinds
        Class of each pair (source, target), from all rows.
    sign
        1 where less is better, else -1.
    unit
        What an error of each target is divided by to be a share of its values, shape (e,).
    costs
        How far the best configuration of each source is from the target's best, in per cent of its range; (e, e).
    """

    group: Group
    is_ordered: np.ndarray
    F: np.ndarray
    W: np.ndarray
    D: np.ndarray
    orders: tuple[np.ndarray, ...]
    curve: np.ndarray
    kinds: list[list[Verdict]]
    costs: np.ndarray
    sign: float
    unit: np.ndarray

    def __len__(self) -> int:
        return len(self.group.Y)

    @property
    def n(self) -> int:
        """Configurations that count."""
        return len(self.group)

    def n_rows(self, asked: int) -> int:
        """Rows of a target, where `asked` are wanted."""
        return min(asked, self.n // 3)

    def bellwether(self, run: int) -> np.ndarray:
        """Environments by what BEETLE's race with a seventh of all rows says, the best first."""
        most = max(10, self.n // 7)
        draws = rng.generator(run, "race")
        found = race(self.group.X, self.group.Y * self.sign, draws, n_step=max(3, most // 8), n_most=most)
        is_out = found.n_measured < found.n_measured.max()
        return np.lexsort([found.errors, is_out])


@lru_cache(maxsize=1)
def system(data: Path, name: str) -> System | None:
    """A system with all that does not depend on the rows of a target; None where it is too small."""
    table, metric = read(data, name)
    if len(table.environments) < 2:
        return None
    gathered = gather(table, metric)
    group = common(gathered.groups)
    if len(group) < FEWEST or len(group.Y) < 2:
        return None
    n, sign = len(group), 1.0 if metric.lower_is_better else -1.0
    W, D = working_scale(group.Y)[0], learner.scaled_distances(group.X, gathered.is_ordered)
    draws = rng.generator(0, "orders", name)
    orders = tuple(draws.permutation(n) for _ in range(N_ORDERS))
    best = (sign * group.Y).argmin(axis=1)
    lowest, span = (sign * group.Y).min(axis=1), np.ptp(group.Y, axis=1)
    return System(
        group=group,
        is_ordered=gathered.is_ordered,
        F=forms(group.Y),
        W=W,
        D=D,
        orders=orders,
        curve=learning_curve(W, D, orders),
        kinds=_kinds(group, gathered.is_ordered),
        unit=np.where(working_scale(group.Y)[1], 1.0, np.abs(group.Y).mean(axis=1)),
        costs=100 * ((sign * group.Y[:, best]).T - lowest) / np.where(span > 0, span, 1.0),
        sign=sign,
    )


@lru_cache(maxsize=8)
def real(data: Path, name: str, asked: int) -> tuple[np.ndarray, np.ndarray]:
    """Real error with each source, and what it saves, (source, target); shape (e, e) each."""
    if (found := system(data, name)) is None:
        raise ValueError(f"{name} has too few configurations that are valid in all environments")
    n_rows = found.n_rows(asked)
    errors = held_out_errors(found.F, found.W, found.D, n_rows, found.orders)
    with_source, alone = errors.with_source.mean(axis=0), errors.alone.mean(axis=0)
    tiny = np.finfo(float).tiny
    needed = [
        rows_needed((with_source[:, t] + tiny) / (alone[t] + tiny), found.curve[:, t], sizes(found.n), n_rows)
        for t in range(len(found))
    ]
    return with_source, np.maximum(np.stack(needed, axis=1) - n_rows, 0.0)


def common(groups: tuple[Group, ...]) -> Group:
    """All environments that vary on the configurations that all have, at most MOST of these."""
    ids = reduce(np.intersect1d, [group.ids for group in groups])
    ids = ids[rng.some(rng.generator(0, "configurations", len(ids)), len(ids), MOST)]
    places = [np.searchsorted(group.ids, ids) for group in groups]
    Y = np.concatenate([group.Y[:, rows] for group, rows in zip(groups, places, strict=True)])
    members = np.concatenate([group.members for group in groups])
    varies = np.ptp(Y, axis=1) > 0 if len(ids) else np.zeros(len(Y), dtype=bool)
    return Group(members=members[varies], ids=ids, X=groups[0].X[places[0]], Y=Y[varies])


def _kinds(group: Group, is_ordered: np.ndarray) -> list[list[Verdict]]:
    """Classes by the estimates of all rows, [source][target]."""
    Y, once = group.Y, np.ones((1, len(group)))
    R = midranks(Y, once)[0]
    sizes_all = effect_sizes(contrasts_on(group.X, is_ordered), Y, once)
    evidence = {
        "pearson": np.tile(pearson(Y, Y, once).reshape(1, -1), (3, 1)),
        "spearman": np.tile(pearson(R, R, once).reshape(1, -1), (3, 1)),
        "options": options_agreement(sizes_all, sizes_all).reshape(3, -1),
    }
    found = verdicts(np.full(len(Y) ** 2, len(group)), evidence)
    return [found[k : k + len(Y)] for k in range(0, len(found), len(Y))]

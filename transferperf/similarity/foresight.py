"""What sources save, foretold for whole blocks of pairs: from all rows where they are many, else from few."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from transferperf import rng
from transferperf.similarity import learner
from transferperf.similarity.groups import Block, Gathered, Group
from transferperf.similarity.resampling import percentiles
from transferperf.similarity.saving import (
    FEW,
    N_RESAMPLES,
    N_ROWS,
    SIZES,
    Errors,
    held_out_errors,
    learning_curve,
    left_out_errors,
    saved_rows,
    sizes,
    working_scale,
)

N_DRAWS = 10
"""Orders of the rows that are tried."""
MOST_DRAWS = 2000
"""And how many for all blocks together, where there are many."""
MOST_ROWS = 1000
"""Configurations that learning curves and errors are taken on."""
MIN_CURVE = 12
"""Fewer rows make no learning curve."""
Places = np.ndarray | None


class Savings(NamedTuple):
    """What the sources of a block save its targets.

    Attributes
    ----------
    saved, error
        Measurements, and errors as shares of the value, with intervals; NaN where nothing varies; shape (3, a, b).
    n_rows
        Target rows that both are for.
    is_bound
        Whether the learning curve ends there, so that more may be saved, shape (a, b).
    """

    saved: np.ndarray
    error: np.ndarray
    n_rows: int
    is_bound: np.ndarray


@dataclass(frozen=True, slots=True)
class Curve:
    """Learning curves of the environments of a group.

    Parameters
    ----------
    at
        Numbers of rows, shape (k,).
    errors
        Of each environment, shape (k, e).
    """

    at: tuple[int, ...]
    errors: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What is known of learning in a table's environments.

    Parameters
    ----------
    curves
        Of each group that has enough rows, by its place among the groups' first members.
    most_known
        Configurations of the group that has most.
    is_ordered
        Whether each encoded option has an order, shape (d,).
    n_blocks
        How many blocks there are.
    seed
        Of orders and bootstrap.
    """

    curves: Mapping[int, Curve]
    most_known: int
    is_ordered: np.ndarray
    n_blocks: int
    seed: int

    @classmethod
    def of(cls, gathered: Gathered, seed: int) -> Self:
        """Learning curves of all groups with rows enough."""
        most = max(len(group) for group in gathered.groups)
        n_orders = int(np.clip(40 // len(gathered.groups), 2, N_DRAWS))
        curves = {
            int(group.members[0]): _curve(group, gathered.is_ordered, n_orders, seed)
            for group in gathered.groups
            if _is_well_known(group, most)
        }
        return cls(
            curves=curves,
            most_known=most,
            is_ordered=gathered.is_ordered,
            n_blocks=len(gathered.groups) ** 2,
            seed=seed,
        )

    def look(self, block: Block) -> Savings:
        """What the sources of a block save its targets."""
        if self.is_known(block):
            n_rows = self.look_size(block)
            errors = self.errors_from(block, n_rows)
        else:
            rows = rng.some(rng.generator(self.seed, "few", len(block)), len(block), FEW)
            n_rows = len(rows)
            D = learner.scaled_distances(block.X[rows], self.is_ordered)
            errors = left_out_errors(block.F[:, :, rows], block.W[:, rows], D)
        saved = np.stack([self._saved(block, errors, b, n_rows) for b in range(len(block.W))], axis=2)
        most = [self.curves_of(block.target, b)[1][-1] for b in range(len(block.W))]
        error = relative_errors(errors.with_source, block.T, rng.generator(self.seed, "error", len(block)))
        varies = (np.ptp(block.S, axis=1) > 0)[:, None] & (np.ptp(block.T, axis=1) > 0)
        saved, error = (np.where(varies, ends, np.nan) for ends in (saved, error))
        return Savings(saved, error, n_rows, saved[0] >= np.array(most) - n_rows - 0.5)

    @staticmethod
    def look_size(block: Block) -> int:
        """Target rows that savings are for where many are known."""
        return min(N_ROWS, len(block) // 3)

    def is_known(self, block: Block) -> bool:
        """Whether there are rows enough to play what a few of them would have foretold of the others."""
        return _is_well_known(block.target, self.most_known) and len(block) >= min(FEW, len(block.target))

    def errors_from(self, block: Block, n_rows: int, sources: Places = None, targets: Places = None) -> Errors:
        """Errors from `n_rows` random rows, of all sources and targets of a block or of those at some places."""
        draws = rng.generator(self.seed, "rehearsal", len(block))
        rows = rng.some(draws, len(block), MOST_ROWS)
        D = learner.scaled_distances(block.X[rows], self.is_ordered)
        n_orders = int(np.clip(MOST_DRAWS // self.n_blocks, 2, N_DRAWS))
        orders = [draws.permutation(len(rows)) for _ in range(n_orders)]
        F = block.F[:, :, rows] if sources is None else block.F[:, sources][:, :, rows]
        W = block.W[:, rows] if targets is None else block.W[targets][:, rows]
        return held_out_errors(F, W, D, n_rows, orders)

    def _saved(self, block: Block, errors: Errors, b: int, n_rows: int) -> np.ndarray:
        """What each source saves for one target of the block, shape (3, a)."""
        curves, at = self.curves_of(block.target, b)
        one = Errors(errors.with_source[:, :, b], errors.alone[:, b])
        return saved_rows(one, curves, at, n_rows, rng.generator(self.seed, "saved", len(block)))

    def curves_of(self, target: Group, b: int) -> tuple[np.ndarray, tuple[int, ...]]:
        """Learning curves of one target of a group, shape (c, k), and their sizes (k,).

        Its own where it is known well, else those of all that are known best, else the law that errors fall with the
        root of the number of rows.
        """
        own = self.curves.get(int(target.members[0]))
        if own is not None:
            return own.errors[:, [b]].T, own.at
        if not self.curves:
            return np.array([SIZES], dtype=float) ** -0.5, SIZES
        at = max((curve.at for curve in self.curves.values()), key=len)
        return np.hstack([curve.errors for curve in self.curves.values() if curve.at == at]).T, at


def _is_well_known(group: Group, most: int) -> bool:
    """Whether an environment has rows of its own for a learning curve."""
    return len(group) >= MIN_CURVE and (len(group) >= FEW or len(group) >= most / 2)


def _curve(group: Group, is_ordered: np.ndarray, n_orders: int, seed: int) -> Curve:
    draws = rng.generator(seed, "curve", len(group))
    rows = rng.some(draws, len(group), MOST_ROWS)
    D = learner.scaled_distances(group.X[rows], is_ordered)
    orders = [draws.permutation(len(rows)) for _ in range(n_orders)]
    return Curve(sizes(len(rows)), learning_curve(working_scale(group.Y[:, rows])[0], D, orders))


def relative_errors(errors: np.ndarray, T: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    """Mean errors (u, a, b) of targets T (b, n) as shares of the value, with 95 % intervals over units; (3, a, b)."""
    u = len(errors)
    counts = draws.multinomial(u, np.full(u, 1 / u), size=N_RESAMPLES) / u
    mean, drawn = errors.mean(axis=0), np.tensordot(counts, errors, axes=1)  # (s, a, b)
    low, high = percentiles(drawn)
    is_log = working_scale(T)[1]
    size = np.maximum(np.abs(T).mean(axis=1), np.finfo(float).tiny)
    ends = np.stack([mean, np.minimum(low, mean), np.maximum(high, mean)])
    return np.where(is_log, np.expm1(np.minimum(ends, 500.0)), ends / size)

"""A source with many rows: a projected Gaussian process, trees, or trees on top of the process.

A process learns what is smooth and additive from few rows; trees learn deep interactions from many; trees that start
from a process, and are told its mean, often know more than either. Rows that none of them has seen choose between the
three, compared on CHOICE_ROWS others. What is chosen is then fitted to all rows; where there are more than AGAIN_ROWS,
to all but the held-out ones, which are then too few to matter.
"""

from dataclasses import replace

import numpy as np
import torch

from transferperf import rng
from transferperf.models.boosted import BoostedPosterior
from transferperf.models.columns import Columns
from transferperf.models.fitting import NoisyKernel, fit, one_thread
from transferperf.models.posterior import ProjectedPosterior, covariance, tiles
from transferperf.models.rows import Rows

CHOICE_ROWS = 10_000
"""Rows on which the candidates are compared."""

HELD_ROWS = 5000
"""Rows, and at most a fifth of all, that no candidate sees."""

AGAIN_ROWS = 50_000
"""Rows up to which trees are grown once more, the held-out rows among them."""

PARAMETER_ROWS = 600
"""Rows to which the parameters of a process are fitted again where it may be chosen."""

PROCESS_ROWS = 100_000
"""Rows to which a process is conditioned: 500 weights then add a two-hundredth of the noise to the squared error."""

INDUCING_ROWS, POOL_ROWS = 500, 2000
"""Inducing rows, and rows among which they are sought."""

HOPELESS = 9.0
"""Ratio of mean squared errors above which a process is worse than trees for good."""

SIMPLER = 1.02
"""Ratio of mean squared errors up to which a process without trees is preferred, for the shape of its variance."""


Chosen = ProjectedPosterior | BoostedPosterior
"""What may come out."""


def fit_many(model: NoisyKernel, rows: Rows, columns: Columns, stream: np.random.Generator) -> Chosen:
    """The best candidate given rows; the parameters of `model` are where to start, and may be fitted further."""
    order, seed = stream.permutation(len(rows)), rng.integer_seed(stream)
    n_held = min(len(rows) // 5, HELD_ROWS)
    held, rest = rows.select(np.sort(order[:n_held])), order[n_held:]
    chosen = _choose(model, rows.select(np.sort(rest[:CHOICE_ROWS])), held, columns, seed)
    if isinstance(chosen, ProjectedPosterior):
        return project(model, rows, seed)
    if len(rest) > CHOICE_ROWS:
        process = project(model, rows.select(np.sort(rest)), seed) if chosen.process else None
        chosen = BoostedPosterior.grow(rows.select(np.sort(rest)), columns.n_levels, process, seed=seed)
        chosen = chosen.judged(held, float(model.noise.detach()))
    if len(rows) > AGAIN_ROWS:
        return chosen
    process = project(model, rows, seed) if chosen.process else None
    again = BoostedPosterior.grow(rows, columns.n_levels, process, seed=seed, n_trees=len(chosen.trees))
    return replace(again, noise=chosen.noise, edges=chosen.edges, variances=chosen.variances)


def project(model: NoisyKernel, rows: Rows, seed: int) -> ProjectedPosterior:
    """Rows, PROCESS_ROWS of them at most, seen through inducing rows that are chosen for the parameters of a model."""
    X = rows.X[rng.some(rng.generator(seed, "inducing rows"), len(rows), POOL_ROWS)]
    rows = rows.select(rng.some(rng.generator(seed, "rows of a process"), len(rows), PROCESS_ROWS))
    with one_thread(), torch.no_grad():
        K = torch.cat([covariance(model.kernel, tile, X) for tile in tiles(X, len(X))])
        inducing = X[pivots(K.numpy(), INDUCING_ROWS)]
        return ProjectedPosterior.condition(model.kernel, float(model.noise), rows, inducing)


def pivots(K: np.ndarray, m: int) -> np.ndarray:
    """Up to m rows of a covariance K (n, n), each the one of which those before know least; ascending.

    The pivots of the incomplete Cholesky factorisation (Fine & Scheinberg 2001).
    """
    left, L, found = K.diagonal().copy(), np.empty((min(m, len(K)), len(K))), []
    for i in range(len(L)):
        j = int(left.argmax())
        if left[j] <= 1e-10 * K[j, j]:
            break
        L[i] = (K[j] - L[:i, j] @ L[:i]) / np.sqrt(left[j])
        left -= L[i] ** 2
        left[j] = 0.0
        found.append(j)
    return np.sort(np.array(found, dtype=int))


def _choose(model: NoisyKernel, rows: Rows, held: Rows, columns: Columns, seed: int) -> Chosen:
    """The candidate that misses held-out rows least; trees with the variance that these show."""
    grown = BoostedPosterior.grow(rows, columns.n_levels, None, seed=seed)
    process = project(model, rows, seed)
    if _error(process, held) < HOPELESS * _error(grown, held):
        sample = rng.some(rng.generator(seed, "parameter rows"), len(rows), PARAMETER_ROWS)
        fit(model, rows.select(sample), seed=seed, names=columns.names, n_starts=1)
        process = project(model, rows, seed)
        both = BoostedPosterior.grow(rows, columns.n_levels, process, seed=seed)
        grown = min(grown, both, key=lambda trees: _error(trees, held))
    if _error(process, held) < SIMPLER * _error(grown, held):
        return process
    return grown.judged(held, float(model.noise.detach()))


def _error(posterior: Chosen, held: Rows) -> float:
    """Mean squared error at held-out rows."""
    return float((posterior.mean(held.X) - held.z).square().mean())

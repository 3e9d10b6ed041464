"""Targets and sources with a known truth, as arrays on the latent scale: what experts are fitted to."""

from collections.abc import Sequence

import numpy as np
import torch

from transferperf.data.table import Samples
from transferperf.models.columns import Columns
from transferperf.models.evidence import deal
from transferperf.models.rows import Rows
from transferperf.models.source import Sources, fit_sources
from transferperf.models.target import TargetData, Views
from transferperf.space import Environment

D = 9
COLUMNS = Columns(names=tuple(f"o{j}" for j in range(D)), n_levels=(2,) * D)
GRID = np.array(list(np.ndindex(*(2,) * D)), dtype=float)
"""All configurations of D binary options."""


def standardised(f: np.ndarray) -> np.ndarray:
    """Values (n,) of zero mean and unit variance."""
    return (f - f.mean()) / f.std()


def effects(*sizes: float, seed: int = 0) -> np.ndarray:
    """A standardised response (512,) of main effects of the first options, and interactions a third of their size."""
    signs = np.random.default_rng([seed, 3]).choice([-1.0, 1.0], size=(len(sizes), len(sizes)))
    weights = np.outer(sizes, sizes) / 3 * signs
    np.fill_diagonal(weights, np.array(sizes) * np.diag(signs))
    X = GRID[:, : len(sizes)]
    return standardised(np.einsum("ni,ij,nj->n", X, np.triu(weights), X))


def drawn(n: int, seed: int) -> np.ndarray:
    """Indices of n configurations of GRID, ascending."""
    return np.sort(np.random.default_rng([seed, 4]).permutation(len(GRID))[:n])


def sources_of(*responses: np.ndarray, rows: np.ndarray | None = None, noise: float = 0.01, seed: int = 0) -> Sources:
    """Sources that measured responses (512,) at some rows of GRID."""
    stream, at = np.random.default_rng([seed, 5]), np.arange(len(GRID)) if rows is None else rows
    samples = {
        Environment.of({"workload": f"w{i}"}): Samples(
            GRID[at], f[at] + noise * stream.normal(size=len(at)), np.ones(len(at))
        )
        for i, f in enumerate(responses)
    }
    return fit_sources(COLUMNS, samples, "identity", seed=seed)


def target_of(f: np.ndarray, at: np.ndarray, sources: Sources | None = None, *, cap: float = np.inf) -> TargetData:
    """A target whose response is f (512,), measured without noise at some rows of GRID."""
    X, z, is_capped = (torch.as_tensor(values) for values in (GRID[at], np.minimum(f[at], cap), f[at] >= cap))
    return TargetData(
        COLUMNS, Rows.of(X, z, is_capped=is_capped), Views(X, sources or Sources(())), deal(len(at), seed=0)
    )


def views_of(at: Sequence[int] | np.ndarray, sources: Sources | None = None) -> Views:
    """Some rows of GRID, for an expert to predict."""
    return Views(torch.as_tensor(GRID[at]), sources or Sources(()))

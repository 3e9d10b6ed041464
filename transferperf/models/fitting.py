"""Fitting a kernel's parameters: the marginal likelihood and the priors, from several starts.

Parameters are found by scipy's L-BFGS-B on analytic gradients, in float64. Starts come from streams that are named
after the parameter and the option, so that neither the order of the rows nor that of the columns moves them.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from scipy import optimize
from threadpoolctl import ThreadpoolController

from transferperf import rng
from transferperf.models.objective import (
    NoisyKernel,
    Objective,
    Prior,
    parameter_slices,
    parameters,
    read_parameters,
    write_parameters,
)
from transferperf.models.rows import Rows

__all__ = [
    "FitRecord",
    "NoisyKernel",
    "Objective",
    "Prior",
    "fit",
    "one_thread",
    "parameter_slices",
    "read_parameters",
    "write_parameters",
]

N_DRAWN = 8
"""Starts that are drawn from the priors and looked at in one batch, for each that is climbed from."""

BATCH = 1 << 17
"""Covariances held at a time while starts are compared."""

LOG_BOUNDS = (-15.0, 10.0)
"""Where the logarithm of a parameter may lie: far beyond its prior, far within float64."""

WIDEST_UNIT = 2.0
"""Largest unit in which the logarithm of a parameter is walked: priors may be flat."""

TOLERANCE = 1e-5
"""Relative gain of the log posterior by one step at which a climb ends; tighter ones gain a thousandth at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRecord:
    """How a fit went.

    Parameters
    ----------
    log_posterior
        Log marginal likelihood and log priors at the answer.
    n_evaluations
        How often they were computed, over all climbs.
    n_starts
        Number of climbs.
    """

    log_posterior: float
    n_evaluations: int
    n_starts: int


def fit(
    model: NoisyKernel, rows: Rows, *, seed: int, names: Sequence[str], n_starts: int, prior: Prior | None = None
) -> FitRecord:
    """Set the parameters of `model` to the best that `n_starts` climbs of the log posterior find.

    Parameters
    ----------
    names
        Names of the columns of X, which key the start values.
    n_starts
        The first climb starts where the model stands, the others at the best of N_DRAWN drawn from the priors, halved.
    prior
        Instead of the priors that the model has registered.
    """
    _keep_freed_memory()
    with one_thread():
        objective = Objective.of(model, rows, prior)
        starts = _starts(model, objective, seed=seed, names=names, n_starts=n_starts)
        losses, places, n_evaluations = zip(*(_climb(objective, start) for start in starts), strict=True)
    best = int(np.argmin(losses))
    write_parameters(model, places[best])
    return FitRecord(log_posterior=-losses[best], n_evaluations=sum(n_evaluations), n_starts=n_starts)


def _climb(objective: Objective, start: np.ndarray) -> tuple[float, np.ndarray, int]:
    """Smallest loss that L-BFGS-B reaches from a start, where, and after how many evaluations.

    It walks in units of the priors, in which the posterior is rounder.
    """
    centre, unit = objective.prior.centre, np.minimum(objective.prior.spread, WIDEST_UNIT)
    slopes: list[np.ndarray] = []

    def loss(steps: np.ndarray) -> float:
        value, slope = objective(centre + unit * steps)
        slopes[:] = [unit * slope]
        return value

    def slope(_: np.ndarray) -> np.ndarray:
        return slopes[0]  # scipy asks for the slope where it has just asked for the loss

    lower, upper = ((bound - centre) / unit for bound in LOG_BOUNDS)
    bounds = optimize.Bounds(lower, upper)
    options: Any = {"maxiter": 200, "maxcor": 20, "ftol": TOLERANCE, "gtol": 1e-2}
    answer = optimize.minimize(
        loss, (start - centre) / unit, method="L-BFGS-B", jac=slope, bounds=bounds, options=options
    )
    return float(answer.fun), centre + unit * answer.x, int(answer.nfev)


def _keep_freed_memory() -> None:
    """Let matrices be freed and allocated again without the system in between, which costs a third of a large fit.

    glibc's malloc gives back blocks that are larger than any that was freed before (mallopt(3), M_MMAP_THRESHOLD): it
    is shown a large one, which is never touched.
    """
    np.empty(30 << 20, dtype=np.uint8)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """One thread for BLAS and torch: matrices here are small, and waiting for a busy core costs more than it gives."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _libraries().limit(limits=1):
            yield
    finally:
        torch.set_num_threads(before)


@cache
def _libraries() -> ThreadpoolController:
    """The libraries with threads of their own; to look for them takes milliseconds."""
    return ThreadpoolController()


def _starts(
    model: NoisyKernel, objective: Objective, *, seed: int, names: Sequence[str], n_starts: int
) -> Iterator[np.ndarray]:
    """Where climbs start."""
    yield read_parameters(model)
    spread = 0.5 * objective.prior.spread
    n_drawn = N_DRAWN * (n_starts - 1)
    if not n_drawn:
        return
    steps = np.column_stack(
        [
            rng.generator(seed, "start", name, key).normal(size=n_drawn)
            for name, parameter in parameters(model).items()
            for key in _keys(parameter, names)
        ]
    )
    drawn = (objective.prior.centre + spread * steps).clip(*LOG_BOUNDS)  # (n_drawn, p)
    size = max(1, BATCH // max(1, len(objective.z)) ** 2)
    scores = np.concatenate([objective.log_posteriors(part) for part in np.split(drawn, range(size, n_drawn, size))])
    yield from drawn[np.argsort(-scores, kind="stable")[: n_starts - 1]]


def _keys(parameter: torch.nn.Parameter, names: Sequence[str]) -> Sequence[object]:
    """What the entries of a parameter are called: by option where there is one for each, else by number."""
    return names if parameter.shape == (len(names),) else range(parameter.numel())

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

BATCH = 1 << 22
"""Covariances held at a time while starts are compared."""

LOG_BOUNDS = (-15.0, 10.0)
"""Where the logarithm of a parameter may lie: far beyond its prior, far within float64."""


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
    with one_thread():
        objective = Objective.of(model, rows, prior)
        answers = [
            _climb(objective, start) for start in _starts(model, objective, seed=seed, names=names, n_starts=n_starts)
        ]
    best = min(answers, key=lambda answer: answer.fun)
    write_parameters(model, best.x)
    n_evaluations = sum(answer.nfev for answer in answers)
    return FitRecord(log_posterior=-float(best.fun), n_evaluations=n_evaluations, n_starts=n_starts)


def _climb(objective: Objective, start: np.ndarray) -> optimize.OptimizeResult:
    slopes: list[np.ndarray] = []

    def loss(values: np.ndarray) -> float:
        value, slope = objective(values)
        slopes[:] = [slope]
        return value

    def slope(_: np.ndarray) -> np.ndarray:
        return slopes[0]  # scipy asks for the slope where it has just asked for the loss

    options: Any = {"maxiter": 200, "ftol": 1e-7, "gtol": 1e-3}
    bounds = [LOG_BOUNDS] * len(start)
    return optimize.minimize(loss, start, method="L-BFGS-B", jac=slope, bounds=bounds, options=options)


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

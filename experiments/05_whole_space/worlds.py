"""Invented posteriors over large spaces, and our sweep of them."""

import os
import resource
import time
from collections.abc import Callable

import numpy as np
import torch
from limits import MOST, SOME, limits

from transferperf.kernels import OptionKernel
from transferperf.kernels.environments import CoregionalisationKernel, MultiTaskKernel
from transferperf.models.posterior import Posterior
from transferperf.models.product_form import ProductForm, product_form
from transferperf.models.rows import Rows
from transferperf.search.bound import Goal, Improvement, LowBound
from transferperf.search.plane import Allowed
from transferperf.search.tensor import Swept, sweep

LCB, EI, MEANS = "lower confidence bound", "expected improvement", "ten lowest means"
GOALS: dict[str, tuple[Goal, int]] = {
    LCB: (LowBound(kappa=2.0), 1),
    EI: (Improvement(best=-2.0), 1),
    MEANS: (LowBound(kappa=0.0), 10),
}
SPACES = {f"2^{d}": (2,) * d for d in range(8, 31)} | {
    "2^6 4^3 16^3": (2,) * 6 + (4,) * 3 + (16,) * 3,
    "2^6 4^3 16^2 45": (2,) * 6 + (4,) * 3 + (16,) * 2 + (45,),
    "2^6 4^3 16": (2,) * 6 + (4,) * 3 + (16,),
}


SMOOTH = ", smooth"


def shape(space: str) -> tuple[int, ...]:
    """Levels of each option; what stands behind a comma says who measured, or what is allowed."""
    return SPACES[space.partition(", ")[0]]


def posterior(space: str, n: int, noise: float, seed: int, parts: tuple[str, ...] = ("product",)) -> Posterior:
    """Standardised values of n rows: main effects and noise; options with more than four levels are ordered.

    Of several environments, all rows together are n; one of them is turned around. In a smooth space options matter
    twenty times less, and the first does not matter: what rounding can hide is large beside what tiles differ by.
    """
    n_levels, stream = shape(space), np.random.default_rng([seed, n])
    kernel = OptionKernel([L if L <= 4 else 0 for L in n_levels], parts=parts)
    with torch.no_grad():
        relevance = stream.gamma(1.0, 3 / len(n_levels), size=len(n_levels)) + 1e-3
        if space.endswith(SMOOTH):
            relevance = 0.05 * relevance * np.where(np.arange(len(n_levels)) == 0, 1e-14, 1.0)
        kernel.log_theta.copy_(torch.as_tensor(np.log(relevance)))
    X = np.column_stack([level[stream.integers(len(level), size=n)] for level in levels(space)])
    z = X @ stream.normal(size=X.shape[1])
    z = (z - z.mean()) / z.std() + np.sqrt(noise) * stream.normal(size=n)
    if n_environments(space) == 1:
        return Posterior.condition(kernel, noise, Rows.of(torch.as_tensor(X), torch.as_tensor(z)))
    where = np.arange(n) % n_environments(space)
    z = np.where(where == 1, -z, z) + 0.2 * stream.normal(size=n_environments(space))[where]
    rows = Rows.of(torch.as_tensor(np.column_stack([X, where])), torch.as_tensor(z))
    return Posterior.condition(_joint(kernel, n_environments(space)), noise, rows)


def _joint(kernel: OptionKernel, n: int) -> MultiTaskKernel:
    """One kernel of options for n environments, of which number 1 is turned around."""
    joint = MultiTaskKernel(kernel.n_levels, [CoregionalisationKernel(n)], CoregionalisationKernel(n))
    joint.options = torch.nn.ModuleList([kernel])
    with torch.no_grad():
        joint.environments[0].weights.fill_(0.9)
        joint.environments[0].weights[1] = -0.9
    return joint


def n_environments(space: str) -> int:
    """Environments that rows are from."""
    about = space.partition(", ")[2]
    return int(about.split()[0]) if about.endswith("environments") else 1


def allowed(space: str) -> Allowed | None:
    """Which configurations may be the answer."""
    share = space.partition(", ")[2]
    return limits(len(shape(space)), share) if share in (SOME, MOST) else None


def levels(space: str) -> list[np.ndarray]:
    """Encoded levels of each option."""
    return [np.arange(float(L)) / (L - 1 if L > 4 else 1) for L in shape(space)]


def form_of(space: str, n: int, noise: float, seed: int) -> ProductForm:
    """The product form of an invented posterior, of environment number 0 where there are several."""
    return _form(posterior(space, n, noise, seed), space)


def _form(process: Posterior, space: str) -> ProductForm:
    form = product_form(process, levels(space), environment=[0.0] if n_environments(space) > 1 else [])
    if form is None:
        raise TypeError("the invented kernel is no product")
    return form


def timed(work: Callable[[], object]) -> tuple[object, dict[str, object]]:
    """What a piece of work answers, with its seconds and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return answer, {"seconds": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


def measure(space: str, n: int, noise: float, seed: int, goal: str) -> dict[str, object]:
    """Our sweep; what the process has held before is counted as memory, too."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    small = form_of("2^15", 10, 1e-2, 0)
    sweep(small, GOALS[goal][0], allowed=limits(15, SOME))
    process, may = posterior(space, n, noise, seed), allowed(space)
    swept, times = timed(lambda: sweep(_form(process, space), GOALS[goal][0], k=GOALS[goal][1], allowed=may))
    memory = {"memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    return times | memory | certified(swept)  # type: ignore[arg-type]


def certified(swept: Swept) -> dict[str, object]:
    """How an answer came to be known as the best."""
    said = swept.certificate
    return {
        "tiles": said.n_tiles,
        "visited": said.n_visited,
        "left": said.n_left,
        "compared": said.n_compared,
        "fell_back": said.fell_back,
        "exact": swept.is_exact,
    }

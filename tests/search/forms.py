"""Invented posteriors over small spaces, and the search that looks at every configuration."""

from collections.abc import Sequence

import numpy as np
import torch
from hypothesis import strategies as st

from transferperf.kernels import OptionKernel
from transferperf.kernels.environments import CoregionalisationKernel, MultiTaskKernel
from transferperf.models.posterior import Posterior
from transferperf.models.product_form import ProductForm, product_form
from transferperf.models.rows import Rows
from transferperf.search.answer import best_rows
from transferperf.search.bound import Goal


def posterior(n_levels: Sequence[int], n: int, noise: float, seed: int, *, theta: float | None = None) -> Posterior:
    """A product-kernel process given n rows; options with more than three levels are ordered, on [0, 1]."""
    stream = np.random.default_rng(seed)
    kernel = OptionKernel([L if L < 4 else 0 for L in n_levels], parts=("product",))
    relevance = stream.gamma(1.0, 3 / len(n_levels), size=len(n_levels)) + 1e-3
    with torch.no_grad():
        kernel.log_theta.copy_(torch.as_tensor(np.log(relevance if theta is None else np.full_like(relevance, theta))))
    X = np.column_stack([level[stream.integers(len(level), size=n)] for level in levels_of(n_levels)])
    z = X @ stream.normal(size=len(n_levels)) + 0.3 * stream.normal(size=n)
    return Posterior.condition(kernel, noise, Rows.of(torch.as_tensor(X), torch.as_tensor(z)))


def joint_posterior(n_levels: Sequence[int], n: int, *, n_environments: int, n_terms: int = 1, seed: int) -> Posterior:
    """A process over rows [options | environment], a product of all options in each term; noise is 1e-2."""
    one, stream = posterior(n_levels, n, 1e-2, seed), np.random.default_rng([seed, 1])
    options = [0 if L > 3 else L for L in n_levels]
    between = [CoregionalisationKernel(n_environments) for _ in range(n_terms)]
    kernel = MultiTaskKernel(options, between, CoregionalisationKernel(n_environments))
    kernel.options = torch.nn.ModuleList(OptionKernel(options, parts=("product",)) for _ in between)
    with torch.no_grad():
        for part in kernel.parameters():
            part.add_(0.5 * torch.as_tensor(stream.normal(size=part.shape)))
    X = np.column_stack([one.rows.X.numpy(), stream.integers(n_environments, size=n)])
    X[1] = [*X[0, :-1], (X[0, -1] + 1) % n_environments]  # two environments measured one configuration
    return Posterior.condition(kernel, 1e-2, Rows.of(torch.as_tensor(X), one.rows.z))


def levels_of(n_levels: Sequence[int]) -> list[np.ndarray]:
    """Encoded levels of each option."""
    return [np.arange(float(L)) / (L - 1 if L > 3 else 1) for L in n_levels]


def form_of(n_levels: Sequence[int], n: int, noise: float, seed: int, *, theta: float | None = None) -> ProductForm:
    """The product form of an invented posterior."""
    form = product_form(posterior(n_levels, n, noise, seed, theta=theta), levels_of(n_levels))
    assert form is not None
    return form


def everything(n_levels: Sequence[int]) -> np.ndarray:
    """Places of levels of all configurations, shape (m, d)."""
    return np.array(list(np.ndindex(*n_levels)))


def brute_force(form: ProductForm, goal: Goal, k: int, may: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The k best of all configurations (that may be the answer), and their scores."""
    levels = everything(form.n_levels)
    levels = levels if may is None else levels[may]
    mean, variance = form.moments(levels)
    values = goal.score(mean, np.sqrt(variance))
    best = best_rows(levels, values, k)
    return levels[best], values[best]


def forms() -> st.SearchStrategy[ProductForm]:
    """Forms over up to 3000 configurations, with noise down to 1e-6."""
    n_levels = st.lists(st.integers(1, 6), min_size=1, max_size=9).filter(lambda L: np.prod(L) <= 3000)
    noise = st.floats(-6, 0).map(lambda x: 10.0**x)
    return st.builds(form_of, n_levels, st.integers(1, 30), noise, st.integers(0, 1000))

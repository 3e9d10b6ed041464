"""The expert that models all environments together: what each measured tells of the target as far as they correlate.

A joint Gaussian process over rows of the target and of its sources, each on its own standardised scale, with a
correlation of either sign between environments (Bonilla et al. 2007), and a part that is the target's alone: what it
does not share with the sources may be rougher or smoother than what it does.

Symbols: n target rows, m sources, e = m + 1 environments, the target being number 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from transferperf import rng
from transferperf.kernels import DTYPE
from transferperf.kernels.environments import CoregionalisationKernel, DescriptorKernel, MultiTaskKernel, OwnKernel
from transferperf.models.columns import Columns
from transferperf.models.evidence import Evidence, hold_out
from transferperf.models.fitting import FitRecord, NoisyKernel, Objective, fit, read_parameters, write_parameters
from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows
from transferperf.models.source import SourceModel, start_as_sources
from transferperf.models.target import TargetData, Views
from transferperf.space import Environment

MOST_ROWS, FIT_ROWS = 1000, 160
"""Rows of all environments that are conditioned on, and that parameters are fitted to; half are for the sources."""

MOST_SOURCES = 6
"""Sources, those that correlate most with the target."""

RANK = 2
"""Common causes of what environments share."""

OWN_SHARE = 0.1
"""How much of the target's response is its own, before any evidence."""

PRIOR_ROWS = 5.0
"""How many target rows the belief in no correlation is worth where the first guess is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiTaskGP:
    """A Gaussian process over rows [options | number of the environment].

    Parameters
    ----------
    environments
        The sources, in the order of their numbers from 1.
    posterior
        Over rows of all environments; the target is number 0.
    evidence
        What it said of held-out target rows.
    """

    name: ClassVar[str] = "multi-task"
    transfers: ClassVar[bool] = True

    environments: tuple[Environment, ...]
    posterior: Posterior
    evidence: Evidence
    record: FitRecord

    @property
    def noise(self) -> float:
        """Variance of the measurement noise, on the latent scale."""
        return self.posterior.noise

    @property
    def correlations(self) -> Mapping[Environment, float]:
        """Correlation of each source with the target, of either sign."""
        kernel, one = self.posterior.kernel, self.posterior.rows.X[:1, :-1]
        with torch.no_grad():
            shared, own = (float(options.variance(one)) for options in kernel.options)
            B = kernel.environments[0].between.numpy()
        size = np.sqrt((B[0, 0] + OWN_SHARE * own / shared) * B.diagonal())
        return {where: float(B[0, t] / size[t]) for t, where in enumerate(self.environments, start=1)}

    def predict(self, views: Views) -> tuple[Tensor, Tensor]:
        """Mean and variance of the response at n configurations: each (n,)."""
        return self.posterior.predict(_numbered(views.X, 0))

    def extend(self, views: Views, rows: Rows) -> "MultiTaskGP":
        """The expert after further target rows, its parameters kept."""
        return replace(self, posterior=self.posterior.extend(replace(rows, X=_numbered(views.X, 0))))

    def leave_one_out(self) -> tuple[Tensor, Tensor]:
        """Mean and variance (with noise) of each target value given all other rows: each (n,)."""
        is_target = self.posterior.rows.X[:, -1] == 0
        mean, variance = self.posterior.leave_one_out()
        return mean[is_target], variance[is_target]


def multitask_kernel(n_levels: Sequence[int], n_environments: int) -> MultiTaskKernel:
    """The kernel of the expert, with its first guess for parameters."""
    shared = CoregionalisationKernel(n_environments, min(RANK, n_environments - 1))
    return MultiTaskKernel(n_levels, [shared, OwnKernel(OWN_SHARE)], DescriptorKernel((n_environments,)))


def fit_multitask_gp(data: TargetData, *, seed: int) -> MultiTaskGP:
    """Fit the expert to the target's rows and to some of those of its sources, of which there is at least one."""
    guess = _correlations(data)  # (m,)
    chosen = np.sort(np.argsort(-np.abs(guess), kind="stable")[:MOST_SOURCES])
    sources, names = [data.sources.models[i] for i in chosen], data.columns.names
    rows, looked_at = _join(data.rows, sources, seed)
    model = NoisyKernel(multitask_kernel(data.columns.n_levels, len(sources) + 1))
    _start(model, sources, guess[chosen], rows.select(looked_at))
    record = fit(model, rows.select(looked_at), seed=seed, names=names, n_starts=1)
    best = read_parameters(model)

    def predictor(_: np.ndarray, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        again = NoisyKernel(multitask_kernel(data.columns.n_levels, len(sources) + 1))
        write_parameters(again, best)
        fit(again, rows.select(np.setdiff1d(looked_at, held)), seed=seed, names=names, n_starts=1)
        there = again.condition(rows.select(np.setdiff1d(np.arange(len(rows)), held)))
        mean, variance = there.predict(rows.X[held])
        return mean.numpy(), variance.numpy() + there.noise

    return MultiTaskGP(
        environments=tuple(source.environment for source in sources),
        posterior=model.condition(rows),
        evidence=hold_out(predictor, data.folds),
        record=record,
    )


def _numbered(X: Tensor, number: int) -> Tensor:
    """Encoded configurations X (n, d) beside the number of their environment: shape (n, d + 1)."""
    return torch.cat([X, torch.full((len(X), 1), float(number), dtype=DTYPE)], dim=-1)


def _join(target: Rows, sources: Sequence[SourceModel], seed: int) -> tuple[Rows, np.ndarray]:
    """The rows of all environments, the target's first, and which of them (indices) parameters are fitted to."""
    n = len(target)
    rows, stream = replace(target, X=_numbered(target.X, 0)), rng.generator(seed, "multi-task rows")
    looked_at = [stream.permutation(n)[: max(FIT_ROWS // 2, FIT_ROWS - sum(len(s.measured) for s in sources))]]
    size, fit_size = (max(most - n, most // 2) // len(sources) for most in (MOST_ROWS, FIT_ROWS))
    for number, source in enumerate(sources, start=1):
        part = _sample(source, target.X, size, fit_size, seed)
        looked_at.append(np.arange(len(rows), len(rows) + min(fit_size, len(part))))
        rows = rows.join(replace(part, X=_numbered(part.X, number)))
    return rows, np.sort(np.concatenate(looked_at))


def _sample(source: SourceModel, X: Tensor, n: int, n_first: int, seed: int) -> Rows:
    """At most n rows of a source in random order, but first some at the target's configurations X."""
    rows, stream = source.measured.rows(), rng.generator(seed, "multi-task rows", source.environment)
    order = stream.permutation(len(rows))
    at = source.measured.find(source.measured.settle(X.numpy()))
    common = stream.permutation(np.unique(at[at >= 0]))[: n_first // 2]
    return rows.select(np.concatenate([common, order[~np.isin(order, common)]])[:n])


def _correlations(data: TargetData) -> np.ndarray:
    """First guess of each source's correlation with the target, from what it says at the target's rows: shape (m,)."""
    n = len(data.rows)
    said = data.sources.features(data.rows.X, "denoised").numpy()
    return _correlation(np.column_stack([data.rows.z.numpy(), said]))[0, 1:] * n / (n + PRIOR_ROWS)


def _correlation(columns: np.ndarray) -> np.ndarray:
    """Correlation matrix of columns (n, e), 0 where one is constant: shape (e, e)."""
    centred = columns - columns.mean(0)
    size = np.sqrt((centred**2).sum(0))
    scaled = centred / np.where(size > 0, size, 1.0)
    return scaled.T @ scaled


def _start(model: NoisyKernel, sources: Sequence[SourceModel], guess: np.ndarray, rows: Rows) -> None:
    """Start where the sources' own fits and the guess stand, with the likeliest sign of the target.

    Parameters
    ----------
    guess
        Correlation of each source with the target, shape (m,).
    """
    kernel = model.kernel
    start_as_sources(model, sources)
    R = np.eye(len(sources) + 1)
    X = rows.X[:, :-1]
    R[1:, 1:] = _correlation(np.stack([source.predict(X)[0].numpy() for source in sources], axis=-1))
    R[0, 1:] = R[1:, 0] = guess
    variances, axes = np.linalg.eigh(R)
    rank = kernel.environments[0].weights.shape[1]
    W = axes[:, -rank:] * np.sqrt(variances[-rank:].clip(0.01))
    with torch.no_grad():
        kernel.environments[0].log_own.copy_(torch.as_tensor(np.log((1 - (W**2).sum(1)).clip(0.05))))
        starts = []
        for turn in (1.0, 0.1, -1.0):
            kernel.environments[0].weights.copy_(torch.as_tensor(np.vstack([turn * W[:1], W[1:]])))
            starts.append(read_parameters(model))
    scores = Objective.of(model, rows).log_posteriors(np.array(starts))
    write_parameters(model, starts[int(np.argmax(scores))])


def dump_multitask(expert: MultiTaskGP) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What `restore_multitask` needs: values that JSON holds, and arrays by name."""
    posterior, evidence = expert.posterior, expert.evidence
    arrays = {"parameters": read_parameters(posterior.kernel), "mean": evidence.mean, "variance": evidence.variance}
    arrays |= posterior.rows.arrays()
    environments = [where.as_mapping() for where in expert.environments]
    return {"environments": environments, "noise": expert.noise, "record": asdict(expert.record)}, arrays


def restore_multitask(entry: Mapping[str, Any], arrays: Mapping[str, np.ndarray], columns: Columns) -> MultiTaskGP:
    """The expert that `dump_multitask` took apart."""
    environments = tuple(Environment.of(mapping) for mapping in entry["environments"])
    kernel = multitask_kernel(columns.n_levels, len(environments) + 1)
    write_parameters(kernel, arrays["parameters"])
    return MultiTaskGP(
        environments=environments,
        posterior=Posterior.condition(kernel, entry["noise"], Rows.from_arrays(arrays)),
        evidence=Evidence(arrays["mean"], arrays["variance"]),
        record=FitRecord(**entry["record"]),
    )

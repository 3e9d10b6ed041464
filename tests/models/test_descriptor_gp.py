"""Claims about the expert for a described target, on synthetic truth: a system that depends on cores and clock."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from transferperf.data.table import Samples
from transferperf.models.columns import Columns
from transferperf.models.consensus import SourceConsensus
from transferperf.models.descriptor_gp import DescriptorGP, dump_descriptors, fit_descriptor_gp, restore_descriptors
from transferperf.models.source import Sources, fit_source
from transferperf.models.target import Views
from transferperf.models.warping import Warping
from transferperf.space import Descriptors, Environment, describe

D, N, SEEDS = 5, 24, range(6)
COLUMNS = Columns(names=tuple(f"o{j}" for j in range(D)), n_levels=(2,) * D)
ALL = np.array(list(np.ndindex(*(2,) * D)), dtype=float)
Machine = tuple[int, float]
"""Cores, and clock in GHz."""


def environment(machine: Machine) -> Environment:
    """The environment of a machine."""
    return Environment.of(dict(zip(("cores", "clock"), machine, strict=True)))


def time_s(X: np.ndarray, machine: Machine) -> np.ndarray:
    """Time of configurations X (n, D): option 0 shares the work between cores, option 1 waits for no clock."""
    cores, clock = machine
    work = 10 * (1 + X[:, 2] + 0.5 * X[:, 3] * X[:, 4])
    return work / clock / np.where(X[:, 0] == 1, cores**0.8, 1.0) + 2 * X[:, 1]


@dataclass(frozen=True)
class Known:
    """Seven machines' models, their common scale, what describes them, and a machine that was not measured."""

    machines: list[Machine]
    target: Machine
    sources: Sources
    pooled: Warping
    descriptors: Descriptors


@cache
def known(seed: int = 0) -> Known:
    """Machines that a seed draws, measured at random configurations."""
    stream, samples = np.random.default_rng(seed), {}
    drawn = [(int(2 ** stream.integers(5)), round(float(stream.uniform(2, 4)), 2)) for _ in range(8)]
    for machine in drawn[:-1]:
        X = ALL[stream.permutation(len(ALL))[:N]]
        y = time_s(X, machine) * np.exp(0.02 * stream.normal(size=N))
        samples[environment(machine)] = Samples(X, y, np.ones(N))
    models = tuple(fit_source(COLUMNS, where, samples[where], "log", 0) for where in sorted(samples))
    pooled = Warping.standardising("log", np.concatenate([s.y for s in samples.values()]))
    descriptors = describe(list(samples), [environment(drawn[-1])])
    return Known(drawn[:-1], drawn[-1], Sources(models), pooled, descriptors)


@cache
def expert(seed: int = 0) -> DescriptorGP:
    """The expert for the machine that was not measured."""
    given = known(seed)
    where = environment(given.target)
    return fit_descriptor_gp(COLUMNS, given.sources, given.descriptors, target=where, scale=given.pooled, seed=0)


def everywhere(seed: int = 0) -> Views:
    """All configurations."""
    return Views(torch.as_tensor(ALL), known(seed).sources)


def misses(model: DescriptorGP | SourceConsensus, seed: int) -> np.ndarray:
    """Distance of predictions from the truth at the machine that was not measured, for all configurations."""
    given = known(seed)
    return np.abs(model.predict(everywhere(seed))[0].numpy() - given.pooled.warp(time_s(ALL, given.target)))


def test_a_machine_that_was_never_measured_is_predicted_better_than_by_what_all_say() -> None:
    """The mean error is less than half of that of the sources' consensus."""
    consensus = [SourceConsensus(sources=known(seed).sources, warping=known(seed).pooled) for seed in SEEDS]
    errors = [[misses(expert(seed), seed).mean(), misses(consensus[seed], seed).mean()] for seed in SEEDS]
    ours, theirs = np.mean(errors, axis=0)
    assert ours < 0.5 * theirs


def test_the_truth_is_within_the_interval() -> None:
    """90 % intervals of machines that were never measured hold 80 to 99 % of the truth, over several draws."""
    covered = []
    for seed in SEEDS:
        variance = expert(seed).predict(everywhere(seed))[1].numpy() + expert(seed).noise
        covered.append((misses(expert(seed), seed) < 1.645 * np.sqrt(variance)).mean())
    assert 0.8 < np.mean(covered) <= 0.99


def test_variance_grows_with_the_distance_to_what_was_measured() -> None:
    """Every step away from all machines makes every configuration less certain."""
    corner = np.ones(2)  # the most cores and the highest clock that were measured
    steps = [expert().move(corner + far).predict(everywhere())[1].numpy() for far in (0.0, 0.5, 1.0, 2.0, 4.0)]
    assert (np.diff(steps, axis=0) > 0).all()


def test_a_measured_machine_is_predicted_as_it_was_measured() -> None:
    """At the descriptors of a source the expert says nearly what was measured there."""
    given = known()
    place = given.descriptors.of(environment(given.machines[1]))
    truth = given.pooled.warp(time_s(ALL, given.machines[1]))
    mean = expert().move(place).predict(everywhere())[0].numpy()
    assert np.abs(mean - truth).mean() < 0.15


def test_an_expert_comes_back_from_values_and_arrays() -> None:
    """What was kept predicts as before."""
    again = restore_descriptors(*dump_descriptors(expert()), COLUMNS)
    for kept, given in zip(again.predict(everywhere()), expert().predict(everywhere()), strict=True):
        torch.testing.assert_close(kept, given)

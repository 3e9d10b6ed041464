"""Bounds of the variance exclude nothing that looking at every configuration finds."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from transferperf.errors import SpaceError
from transferperf.kernels import OptionKernel
from transferperf.kernels.options import PARTS
from transferperf.models.mean_form import Block
from transferperf.models.posterior import Posterior
from transferperf.models.rows import Rows
from transferperf.search import device
from transferperf.search import prune as module
from transferperf.search.answer import best_rows
from transferperf.search.bound import Goal, Improvement, LowBound
from transferperf.search.device import OnDevice
from transferperf.search.prune import Pruned, prune

BLOCKS: list[Block] = [
    (np.array([0]), np.linspace(0, 1, 5)[:, None]),
    (np.array([1]), np.arange(3.0)[:, None]),
    (np.array([2, 3]), np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])),
    *((np.array([j]), np.array([[0.0], [1.0]])) for j in range(4, 8)),
]
"""A number, a choice, a one-hot group and four binary options."""

EVERY = np.indices([len(rows) for _, rows in BLOCKS]).reshape(len(BLOCKS), -1).T
GOALS: list[Goal] = [LowBound(kappa=2.0), LowBound(kappa=0.0), Improvement(best=-1.0)]


def encoded(places: np.ndarray) -> np.ndarray:
    """Encoded configurations whose axes have these rows."""
    X = np.empty((len(places), 8))
    for (columns, rows), place in zip(BLOCKS, places.T, strict=True):
        X[:, columns] = rows[place]
    return X


def process(seed: int, n: int, noise: float, parts: tuple[str, ...]) -> Posterior:
    """A posterior over n rows of the space, whose values are a sum of effects and a little else."""
    stream = np.random.default_rng(seed)
    kernel = OptionKernel([0, 3, *[2] * 6], parts=parts)
    with torch.no_grad():
        kernel.log_theta.add_(torch.as_tensor(stream.normal(size=8)))
    X = encoded(EVERY[stream.integers(len(EVERY), size=n)])
    z = X @ stream.normal(size=8) + 0.3 * stream.normal(size=n)
    z = (z - z.mean()) / (z.std() or 1.0)
    return Posterior.condition(kernel, noise, Rows.of(torch.as_tensor(X), torch.as_tensor(z)))


def brute_force(
    posterior: Posterior, goal: Goal, k: int, may: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The k best of all configurations, and their scores."""
    places = EVERY if may is None else EVERY[may]
    mean, variance = posterior.predict(torch.as_tensor(encoded(places)))
    values = goal.score(mean.numpy(), np.sqrt(variance.numpy()))
    best = best_rows(places, values, k)
    return places[best], values[best]


def assert_best(found: Pruned, wanted: tuple[np.ndarray, np.ndarray]) -> None:
    """The scores of the best, and the best where they are apart."""
    places, values = wanted
    assert found.is_exact
    np.testing.assert_allclose(found.values, values, atol=1e-6)
    if (np.abs(np.diff(values)) > 1e-5).all():
        np.testing.assert_array_equal(found.places[:-1], places[:-1])


@settings(max_examples=40)
@given(
    seed=st.integers(0, 999),
    n=st.integers(2, 60),
    noise=st.sampled_from([1e-6, 1e-4, 1e-2]),
    parts=st.sampled_from([PARTS, ("main", "product"), ("product",), ("main",)]),
    goal=st.sampled_from(GOALS),
    k=st.sampled_from([1, 4]),
)
def test_the_best_is_that_of_looking_at_all(
    seed: int, n: int, noise: float, parts: tuple[str, ...], goal: Goal, k: int
) -> None:
    """Whatever the parts of the kernel, the noise and the goal."""
    posterior = process(seed, n, noise, parts)
    assert_best(prune(posterior, BLOCKS, goal, k=k), brute_force(posterior, goal, k))


@pytest.mark.parametrize("goal", GOALS)
def test_a_poor_climb_changes_nothing(goal: Goal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the climb has hardly seen anything, bounds leave more, and the answer is the same."""
    posterior = process(3, 40, 1e-2, PARTS)
    monkeypatch.setattr(module, "N_DRAWN", 1)
    monkeypatch.setattr(module, "neighbours", lambda places, _: places)
    assert_best(prune(posterior, BLOCKS, goal), brute_force(posterior, goal, 1))


@pytest.mark.parametrize("goal", GOALS)
def test_asking_all_on_a_device_leaves_what_bounds_leave_and_less(goal: Goal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processor stands for the device: the same answer, and nothing left that the score itself excludes."""
    posterior = process(2, 40, 1e-2, PARTS)
    found = prune(posterior, BLOCKS, goal, k=3)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(module, "OnDevice", lambda process, blocks, _: OnDevice(process, blocks, "cpu"))
    again = prune(posterior, BLOCKS, goal, k=3)
    np.testing.assert_array_equal(again.places, found.places)
    assert 3 <= again.n_left <= found.n_left


def test_many_configurations_are_asked_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few covariances are held at a time, all are looked at."""
    posterior, goal = process(2, 40, 1e-2, PARTS), GOALS[0]
    lines = goal.lines(float(brute_force(posterior, goal, 20)[1][-1]), 2.0)
    whole = OnDevice(posterior, BLOCKS, "cpu").left(lines, 1000)
    monkeypatch.setattr(device, "COVARIANCES", 40 * 100)
    np.testing.assert_array_equal(OnDevice(posterior, BLOCKS, "cpu").left(lines, 1000), whole)
    assert OnDevice(posterior, BLOCKS, "cpu").left(lines, 5) is None
    assert whole is not None
    assert len(whole) == 20


def test_most_is_excluded() -> None:
    """Of 2160 configurations fewer than a tenth are asked."""
    assert prune(process(0, 60, 1e-2, PARTS), BLOCKS, LowBound(kappa=1.0)).n_left < len(EVERY) / 10


@pytest.mark.parametrize("goal", GOALS)
def test_what_is_not_allowed_is_no_answer(goal: Goal) -> None:
    """With two of three configurations forbidden, the best of the others is found."""
    posterior = process(1, 40, 1e-2, PARTS)
    may = EVERY.sum(axis=1) % 3 == 0
    found = prune(posterior, BLOCKS, goal, k=2, allowed=lambda places: np.asarray(sum(places) % 3 == 0))
    assert_best(found, brute_force(posterior, goal, 2, may))


def test_where_too_much_is_left_nothing_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """The climb's answer stands, and is not called exact."""
    monkeypatch.setattr(module, "MOST_LEFT", 0)
    found = prune(process(1, 10, 1e-2, PARTS), BLOCKS, LowBound(kappa=2.0))
    assert not found.is_exact
    assert len(found.places) == 1


def test_nothing_allowed_is_said() -> None:
    """A space of which nothing is allowed has no best."""
    with pytest.raises(SpaceError, match="loosen a constraint"):
        prune(process(1, 10, 1e-2, PARTS), BLOCKS, GOALS[0], allowed=lambda places: np.zeros(np.shape(places[0]), bool))

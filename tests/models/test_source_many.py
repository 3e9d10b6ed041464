"""Claims about sources with many rows."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from sklearn.ensemble import HistGradientBoostingRegressor

from transferperf import rng
from transferperf.data.table import Samples
from transferperf.kernels import OptionKernel
from transferperf.models import many_rows
from transferperf.models.boosted import BoostedPosterior
from transferperf.models.columns import Columns
from transferperf.models.fitting import NoisyKernel, write_parameters
from transferperf.models.gradient_trees import grow
from transferperf.models.many_rows import fit_many, pivots, project
from transferperf.models.posterior import Posterior, ProjectedPosterior, covariance
from transferperf.models.rows import Rows
from transferperf.models.source import SourceModel, fit_source
from transferperf.models.state_sources import dump_source, restore_source
from transferperf.models.trees import Trees
from transferperf.space import Environment

COLUMNS = Columns(names=tuple(f"o{j}" for j in range(6)), n_levels=(0, 0, 0, 0, 3, 5))
WHERE = Environment.of({"workload": "w"})
NOISE = 0.05
Response = Callable[[np.ndarray], np.ndarray]
"""True values of configurations X (n, 6), shape (n,)."""


def configurations(n: int, seed: int) -> np.ndarray:
    """Four numbers on a grid of eleven, and choices of three and of five: shape (n, 6)."""
    stream = np.random.default_rng(seed)
    return np.hstack(
        [stream.integers(0, 11, (n, 4)) / 10, stream.integers(0, 3, (n, 1)), stream.integers(0, 5, (n, 1))]
    )


def smooth(X: np.ndarray) -> np.ndarray:
    """Few additive curves and one product, shape (n,)."""
    return np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.5 * (X[:, 4] == 1)


def jagged(X: np.ndarray) -> np.ndarray:
    """Boxes that four options cut out together, shape (n,)."""
    stream = np.random.default_rng(9)
    answer = np.zeros(len(X))
    for _ in range(12):
        low = stream.uniform(-0.3, 0.7, 4)
        inside = ((X[:, :4] > low) & (X[:, :4] < low + 0.5)).all(1)
        answer += stream.normal() * inside * (X[:, 5] != stream.integers(5))
    return 3 * answer


def samples_of(n: int, truth: Response, seed: int = 0) -> Samples:
    """Noisy measurements of a function at distinct configurations."""
    X = np.unique(configurations(n, seed), axis=0)
    y = truth(X) + NOISE * np.random.default_rng(seed + 1).normal(size=len(X))
    return Samples(X, y, np.ones(len(X)))


class Fitted(NamedTuple):
    """A function, and what was chosen for it."""

    truth: Response
    model: SourceModel


@pytest.fixture(scope="module", params=[smooth, jagged], ids=["smooth", "jagged"])
def fitted(request: pytest.FixtureRequest) -> Fitted:
    """What is smooth and what is not, each from 3000 rows."""
    return Fitted(request.param, fit_source(COLUMNS, WHERE, samples_of(3000, request.param), "identity", 0))


def test_evidence_chooses_a_process_for_what_is_smooth_and_trees_for_what_is_not(fitted: Fitted) -> None:
    """Smooth curves are a Gaussian process, boxes that four options cut out together are trees."""
    assert isinstance(fitted.model.posterior, ProjectedPosterior if fitted.truth is smooth else BoostedPosterior)


def test_what_is_chosen_is_no_worse_than_plain_trees_on_all_rows(fitted: Fitted) -> None:
    """The error against the truth is at most that of scikit-learn's trees with their own settings."""
    samples, X = samples_of(3000, fitted.truth), configurations(500, 5)
    plain = HistGradientBoostingRegressor(categorical_features=[4, 5], random_state=0).fit(samples.X, samples.y)
    said = fitted.model.warping.unwarp(fitted.model.predict(torch.as_tensor(X))[0].numpy())
    errors = [np.mean((answer - fitted.truth(X)) ** 2) for answer in (said, plain.predict(X))]
    assert errors[0] <= errors[1]


def test_the_variance_is_that_of_rows_it_has_not_seen(fitted: Fitted) -> None:
    """New measurements fall into a 90 % interval about as often as it says."""
    truth, model = fitted
    new = samples_of(1000, truth, seed=50)
    mean, variance = model.predict(torch.as_tensor(new.X))
    miss = np.abs(model.warping.warp(new.y) - mean.numpy()) / np.sqrt(variance.numpy() + model.posterior.noise)
    assert 0.8 <= np.mean(miss < 1.645) <= 0.99


@pytest.mark.parametrize("has_process", [False, True])
def test_a_source_with_many_rows_survives_json_and_arrays(fitted: Fitted, *, has_process: bool) -> None:
    """Process, trees and trees on a process say the same to the last bit after they were taken apart."""
    model = replace(fitted.model, posterior=on_a_process(fitted.model)) if has_process else fitted.model
    values, arrays = dump_source(model, "source-1")
    again = restore_source(json.loads(json.dumps(values)), "source-1", arrays, COLUMNS)
    X = torch.as_tensor(configurations(300, 3))
    for held in ("measured", "denoised"):
        assert torch.equal(again.feature(X, held), model.feature(X, held))
        assert torch.equal(again.uncertainty(X, held), model.uncertainty(X, held))
    assert (again.posterior.noise, again.environment) == (model.posterior.noise, model.environment)


def on_a_process(model: SourceModel) -> BoostedPosterior:
    """Trees on top of a process, on the rows of a source."""
    rows, kernel = model.measured.rows(), NoisyKernel(OptionKernel(COLUMNS.n_levels))
    write_parameters(kernel, model.parameters)
    process = project(kernel, rows.select(np.arange(600)), 0)
    grown = BoostedPosterior.grow(rows.select(np.arange(2000)), COLUMNS.n_levels, process, seed=0)
    return grown.judged(rows.select(np.arange(2000, len(rows))), 0.001)


def test_trees_on_a_process_know_more_than_the_process() -> None:
    """The error against the truth falls; the noise is at most half of what is missed."""
    samples = samples_of(3000, jagged)
    model = fit_source(COLUMNS, WHERE, samples, "identity", 0)
    boosted, X = on_a_process(model), configurations(500, 6)
    assert boosted.process is not None
    truth = model.warping.warp(jagged(X))
    misses = [np.mean((p.mean(torch.as_tensor(X)).numpy() - truth) ** 2) for p in (boosted, boosted.process)]
    assert misses[0] < misses[1]
    assert boosted.noise <= (boosted.variances + boosted.noise).mean() / 2


@pytest.mark.parametrize("n_trees", [None, 1, 40])
def test_trees_as_arrays_say_what_scikit_learn_says(n_trees: int | None) -> None:
    """Also at values between and beyond those that the trees have seen."""
    samples = samples_of(500, jagged)
    regressor = HistGradientBoostingRegressor(max_iter=n_trees or 100, random_state=0).fit(samples.X, samples.y)
    X = np.random.default_rng(1).uniform(-1, 6, (300, 6))
    np.testing.assert_allclose(Trees.of_boosted(regressor).predict(X), regressor.predict(X), rtol=1e-12)


def test_as_many_trees_are_grown_as_are_asked_for() -> None:
    """And without a number, as many as rows that are left out ask for: fewer for noise than for a function."""
    samples, noise = samples_of(600, jagged), np.random.default_rng(0).normal(size=600)
    assert len(grow(samples.X, samples.y, seed=0, n_trees=7)) == 7
    assert len(grow(samples.X[:600], noise[: len(samples)], seed=0)) < len(grow(samples.X, samples.y, seed=0))


def test_a_process_through_all_rows_is_exact() -> None:
    """Where every row is an inducing row, the projected mean is the exact one."""
    samples, model = samples_of(120, smooth), NoisyKernel(OptionKernel(COLUMNS.n_levels))
    rows = Rows.of(torch.as_tensor(samples.X), torch.as_tensor(samples.y))
    exact = Posterior.condition(model.kernel, float(model.noise.detach()), rows)
    X = torch.as_tensor(configurations(50, 8))
    np.testing.assert_allclose(project(model, rows, 0).mean(X), exact.mean(X), atol=1e-5)


def test_pivots_leave_less_variance_than_chance() -> None:
    """What 30 chosen rows leave unknown of all is less than what 30 random ones leave; no row comes twice."""
    X = torch.as_tensor(np.unique(configurations(300, 2), axis=0))
    with torch.no_grad():
        K = covariance(NoisyKernel(OptionKernel(COLUMNS.n_levels)).kernel, X, X).numpy()

    def left(rows: np.ndarray) -> float:
        return float(np.trace(K - K[:, rows] @ np.linalg.solve(K[np.ix_(rows, rows)], K[rows])))

    chosen = pivots(K, 30)
    assert len(set(chosen)) == 30
    assert left(chosen) < min(left(np.random.default_rng(seed).permutation(len(X))[:30]) for seed in range(10))
    assert len(pivots(np.ones((5, 5)), 4)) == 1  # equal rows are known from one of them


def test_no_more_rows_are_compared_than_the_limits_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates, a process and its parameters see bounded numbers of rows, only the chosen trees see all of them."""
    seen: dict[str, list[int]] = {"grow": [], "condition": []}
    monkeypatch.setattr(many_rows, "CHOICE_ROWS", 1000)
    monkeypatch.setattr(many_rows, "PROCESS_ROWS", 400)
    monkeypatch.setattr(many_rows, "AGAIN_ROWS", 1500)
    plain_grow, plain_project = BoostedPosterior.grow, ProjectedPosterior.condition

    def spy_grow(rows: Rows, *rest: object, **named: object) -> object:
        seen["grow"].append(len(rows))
        return plain_grow(rows, *rest, **named)  # type: ignore[arg-type]

    def spy_condition(kernel: object, noise: object, rows: Rows, Z: object) -> object:
        seen["condition"].append(len(rows))
        return plain_project(kernel, noise, rows, Z)  # type: ignore[arg-type]

    monkeypatch.setattr(BoostedPosterior, "grow", spy_grow)
    monkeypatch.setattr(ProjectedPosterior, "condition", spy_condition)
    samples = samples_of(2500, jagged)
    rows = Rows.of(torch.as_tensor(samples.X), torch.as_tensor(samples.y))
    fit_many(NoisyKernel(OptionKernel(COLUMNS.n_levels)), rows, COLUMNS, rng.generator(0, "a"))
    assert max(seen["condition"]) <= 400
    assert set(seen["grow"]) == {1000, len(rows) - len(rows) // 5}


def test_the_same_seed_gives_the_same_source() -> None:
    """Trees, inducing rows and the choice between them depend on the seed alone."""
    X = torch.as_tensor(configurations(100, 4))
    first, second = (fit_source(COLUMNS, WHERE, samples_of(1200, jagged), "identity", 3).predict(X) for _ in range(2))
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])

"""Claims about the expert that models all environments together, on synthetic truth."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
import torch

from tests.models.synthetic import GRID, NAMES, NOISE, D, response
from transferperf.data.table import Samples
from transferperf.models.columns import Columns
from transferperf.models.evidence import deal
from transferperf.models.gp_expert import NO_TRANSFER, GPExpert, fit_gp_expert
from transferperf.models.multitask import MultiTaskGP, dump_multitask, fit_multitask_gp, restore_multitask
from transferperf.models.rows import Rows
from transferperf.models.source import Sources, fit_source
from transferperf.models.target import TargetData, Views
from transferperf.models.warping import Warping
from transferperf.space import Environment

COLUMNS = Columns(names=tuple(NAMES), n_levels=(2,) * D)
N, SEEDS = 20, (0, 1)


def environment(i: int) -> Environment:
    """Source number i."""
    return Environment.of({"workload": f"w{i}"})


@cache
def case(seed: int, *kinds: str) -> tuple[TargetData, Views, np.ndarray]:
    """Target data, unseen configurations and their latent response; sources are straight, inverted or unrelated."""
    stream, models = np.random.default_rng([seed, 9]), []
    for i, kind in enumerate(kinds):
        X = GRID[stream.permutation(len(GRID))[:80]]
        y = response(X, seed + 100 if kind == "unrelated" else seed) * np.exp(NOISE * stream.normal(size=80))
        y = 1 / y if kind == "inverted" else y
        models.append(fit_source(COLUMNS, environment(i), Samples(X, y, np.ones(80)), "log", 0))
    order, sources = stream.permutation(len(GRID)), Sources(tuple(models))
    seen, unseen = GRID[order[:N]], GRID[order[N : N + 100]]
    y = response(seen, seed) * np.exp(NOISE * stream.normal(size=N))
    warping = Warping.standardising("log", y)
    rows = Rows.of(torch.as_tensor(seen), torch.as_tensor(warping.warp(y)))
    data = TargetData(COLUMNS, rows, Views(rows.X, sources), deal(N, 0))
    return data, Views(torch.as_tensor(unseen), sources), warping.warp(response(unseen, seed))


@cache
def expert(seed: int, *kinds: str) -> MultiTaskGP:
    """The expert fitted to a case."""
    return fit_multitask_gp(case(seed, *kinds)[0], seed=0)


def error(model: MultiTaskGP | GPExpert, seed: int, *kinds: str) -> float:
    """Mean absolute error at unseen configurations, in standard deviations of the target."""
    _, views, truth = case(seed, *kinds)
    return float(np.abs(model.predict(views)[0].numpy() - truth).mean())


def mean_error(kinds: Sequence[str]) -> float:
    """Mean error of the expert over all seeds."""
    return float(np.mean([error(expert(seed, *kinds), seed, *kinds) for seed in SEEDS]))


def error_alone() -> float:
    """Mean error of no transfer over all seeds."""
    cases = [case(seed, "unrelated") for seed in SEEDS]
    alone = [fit_gp_expert(NO_TRANSFER, data, cap=None, seed=0) for data, _, _ in cases]
    return float(np.mean([error(model, seed, "unrelated") for model, seed in zip(alone, SEEDS, strict=True)]))


def test_an_inverted_source_helps_as_much_as_a_straight_one() -> None:
    """Both lower the error of no transfer to less than a third, and neither is better by more than a fifth."""
    straight, inverted = mean_error(["straight"]), mean_error(["inverted"])
    assert max(straight, inverted) < error_alone() / 3
    assert max(straight, inverted) < 1.2 * min(straight, inverted)


def test_an_unrelated_source_does_not_hurt_much() -> None:
    """It raises the error of no transfer by less than a tenth."""
    assert mean_error(["unrelated"]) < 1.1 * error_alone()


def test_correlations_say_which_source_is_like_the_target() -> None:
    """They are near 1, near -1 and near 0, among sources of all three kinds."""
    kinds = ("straight", "inverted", "unrelated")
    found = expert(0, *kinds).correlations
    assert found[environment(0)] > 0.8
    assert found[environment(1)] < -0.8
    assert abs(found[environment(2)]) < 0.4


def test_leaving_one_out_is_conditioning_on_the_others() -> None:
    """The closed form is what the same model says after all rows but that of the target."""
    model = expert(0, "straight")
    mean, variance = model.leave_one_out()
    posterior, i = model.posterior, 3
    others = np.setdiff1d(np.arange(len(posterior.rows)), [i])
    there = posterior.condition(posterior.kernel, posterior.noise, posterior.rows.select(others))
    expected = there.predict(posterior.rows.X[i : i + 1])
    assert len(mean) == N
    np.testing.assert_allclose(mean[i], expected[0][0], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(variance[i], expected[1][0] + model.noise, rtol=1e-6)


def test_further_rows_are_rows_of_the_target() -> None:
    """After a configuration is measured it is predicted with less variance, and held to be the target's."""
    model, (_, views, truth) = expert(0, "unrelated"), case(0, "unrelated")
    one = Views(views.X[:1], views.sources)
    longer = model.extend(one, Rows.of(one.X, torch.as_tensor(truth[:1])))
    assert float(longer.predict(one)[1]) < float(model.predict(one)[1])
    assert len(longer.leave_one_out()[0]) == N + 1


def test_the_same_seed_gives_the_same_expert() -> None:
    """Rows of sources are drawn from the seed and nothing else."""
    data, views, _ = case(1, "inverted")
    assert torch.equal(fit_multitask_gp(data, seed=0).predict(views)[0], expert(1, "inverted").predict(views)[0])


@pytest.mark.parametrize("kinds", [("straight",), ("straight", "inverted", "unrelated")])
def test_an_expert_comes_back_from_values_and_arrays(kinds: tuple[str, ...]) -> None:
    """What was kept predicts as before, and its evidence is the same."""
    model, views = expert(0, *kinds), case(0, *kinds)[1]
    again = restore_multitask(*dump_multitask(model), COLUMNS)
    for kept, given in zip(again.predict(views), model.predict(views), strict=True):
        torch.testing.assert_close(kept, given)
    np.testing.assert_array_equal(again.evidence.mean, model.evidence.mean)
    assert again.correlations == model.correlations

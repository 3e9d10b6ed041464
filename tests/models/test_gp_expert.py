"""Claims about experts that are Gaussian processes, on synthetic truth."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.models.worlds import GRID, drawn, effects, sources_of, standardised, target_of, views_of
from transferperf.models.gp_expert import (
    DENOISED,
    MEASURED,
    NO_TRANSFER,
    RELEVANCE,
    SHIFT,
    GPExpert,
    Recipe,
    fit_gp_expert,
)
from transferperf.models.rows import Rows
from transferperf.models.source import Sources

TRUTH = effects(1.0, 0.8, 0.6, 0.4, 0.3)
RECIPES = {recipe.name: recipe for recipe in (NO_TRANSFER, RELEVANCE, MEASURED, DENOISED, SHIFT)}


def fitted(recipe: Recipe, f: np.ndarray, at: np.ndarray, sources: Sources, cap: float | None = None) -> GPExpert:
    """An expert on a target whose response is f (512,), measured at some rows of GRID."""
    return fit_gp_expert(recipe, target_of(f, at, sources, cap=np.inf if cap is None else cap), cap=cap, seed=0)


def error(expert: GPExpert, f: np.ndarray, at: np.ndarray, sources: Sources) -> float:
    """Root mean squared error at the configurations that were not measured."""
    rest = np.setdiff1d(np.arange(len(GRID)), at)
    return float(np.sqrt(np.mean((expert.predict(views_of(rest, sources))[0].numpy() - f[rest]) ** 2)))


def mean_error(recipe: Recipe, worlds: list[tuple[np.ndarray, np.ndarray, Sources]]) -> float:
    """Geometric mean of the errors over several targets, rows and sources."""
    return float(np.exp(np.mean([np.log(error(fitted(recipe, *world), *world)) for world in worlds])))


@pytest.fixture(scope="module")
def equal_source() -> Sources:
    """A source that responds as the target does, measured at a quarter of all configurations."""
    return sources_of(TRUTH, rows=drawn(128, seed=1))


@pytest.fixture(scope="module")
def experts(equal_source: Sources) -> dict[str, GPExpert]:
    """Every recipe on twelve rows of a target that has an equal source, by name."""
    return {name: fitted(recipe, TRUTH, drawn(12, seed=2), equal_source) for name, recipe in RECIPES.items()}


@pytest.mark.parametrize("name", ["source-informed", "source-informed, denoised", "linear shift"])
def test_an_equal_source_leaves_little_error(name: str, experts: dict[str, GPExpert], equal_source: Sources) -> None:
    """An expert that sees the source errs less than half as much as one that does not."""
    at = drawn(12, seed=2)
    alone = error(experts["no transfer"], TRUTH, at, equal_source)
    assert error(experts[name], TRUTH, at, equal_source) < 0.5 * alone


@pytest.mark.parametrize("name", RECIPES)
def test_an_expert_answers_and_is_named_as_its_recipe_says(name: str, experts: dict[str, GPExpert]) -> None:
    """All but one use the sources, and each was tried on all twelve rows."""
    expert = experts[name]
    assert expert.name == name
    assert expert.transfers == (name != "no transfer")
    assert expert.evidence.mean.shape == (12,)


@pytest.mark.parametrize("name", RECIPES)
def test_extending_equals_conditioning_on_all_rows(
    name: str, experts: dict[str, GPExpert], equal_source: Sources
) -> None:
    """Further rows are seen with what the sources say of them, and parameters stay."""
    expert, new, unseen = experts[name], np.array([3, 77, 200]), views_of(np.arange(0, 512, 17), equal_source)
    rows = Rows.of(torch.as_tensor(GRID[new]), torch.as_tensor(TRUTH[new]))
    views = views_of(new, equal_source)
    extended = expert.extend(views, rows)
    known = expert.posterior.rows
    both = known.join(replace(rows, X=views.seen(expert.recipe.sees)))
    at_once = replace(expert, posterior=type(expert.posterior).condition(expert.posterior.kernel, expert.noise, both))
    for ours, expected in zip(extended.predict(unseen), at_once.predict(unseen), strict=True):
        torch.testing.assert_close(ours, expected)
    gap = (extended.predict(views)[0].numpy() - TRUTH[new]) ** 2
    assert gap.sum() < ((expert.predict(views)[0].numpy() - TRUTH[new]) ** 2).sum()


@pytest.mark.parametrize("factor", [2.0, -1.0])
def test_a_linear_shift_needs_few_rows_whichever_its_sign(factor: float, equal_source: Sources) -> None:
    """Five rows show that the target is the source times a factor, plus a constant."""
    shifted, at = factor * TRUTH - 0.5, drawn(5, seed=3)
    expert = fitted(SHIFT, shifted, at, equal_source)
    assert error(expert, shifted, at, equal_source) < 0.1 * abs(factor)


def test_sources_tell_which_options_matter_even_where_their_values_are_useless() -> None:
    """With the same two relevant options but other signs and interactions, ten rows give a smaller error."""
    worlds = []
    for seed in range(6):
        others = [effects(1.0, 0.9, seed=100 + 10 * seed + k) for k in range(2)]
        sources = sources_of(*others, rows=drawn(60, seed=seed))
        worlds.append((effects(1.0, 0.9, seed=seed), drawn(10, seed=50 + seed), sources))
    assert mean_error(RELEVANCE, worlds) < 0.8 * mean_error(NO_TRANSFER, worlds)


def test_where_the_source_is_noisy_its_smoothed_values_are_better() -> None:
    """Noise of half the response's size hides less behind the source's model."""
    worlds = [
        (TRUTH, drawn(15, seed=seed), sources_of(TRUTH, rows=drawn(200, seed=9), noise=0.5, seed=seed))
        for seed in range(3)
    ]
    assert mean_error(DENOISED, worlds) < 0.8 * mean_error(MEASURED, worlds)


def test_where_configurations_have_effects_of_their_own_measured_values_are_better() -> None:
    """What no kernel smooths, and source and target share, only the source's measurement knows."""
    worlds = []
    for seed in range(3):
        own = standardised(TRUTH + np.random.default_rng([seed, 6]).normal(size=len(TRUTH)))
        worlds.append((own, drawn(15, seed=seed), sources_of(own, seed=seed)))
    assert mean_error(MEASURED, worlds) < 0.5 * mean_error(DENOISED, worlds)


def test_what_a_source_does_not_know_makes_the_target_less_certain() -> None:
    """Where the source did not measure, and cannot guess, the target's intervals are wider."""
    own = standardised(np.random.default_rng(7).normal(size=len(GRID)))
    known = drawn(256, seed=8)
    sources = sources_of(own, rows=known)
    expert = fitted(MEASURED, own, known[::8], sources)
    unknown = np.setdiff1d(np.arange(len(GRID)), known)
    _, there = expert.predict(views_of(unknown, sources))
    _, here = expert.predict(views_of(np.setdiff1d(known, known[::8]), sources))
    assert there.sqrt().median() > 3 * here.sqrt().median()


def test_values_at_the_cap_are_lower_bounds() -> None:
    """A censored expert predicts beyond the cap where the true values are, and errs less there."""
    cap, at = float(np.quantile(TRUTH, 0.7)), drawn(40, seed=4)
    beyond = np.setdiff1d(np.flatnonzero(cap + 0.3 < TRUTH), at)
    plain, censored = (fitted(r, TRUTH, at, Sources(()), cap) for r in (NO_TRANSFER, NO_TRANSFER.censored()))
    said_plain, said_censored = (expert.predict(views_of(beyond))[0].numpy() for expert in (plain, censored))
    assert said_censored.mean() > max(cap, said_plain.mean())
    assert np.abs(said_censored - TRUTH[beyond]).mean() < np.abs(said_plain - TRUTH[beyond]).mean()
    assert censored.name == "no transfer, censored"

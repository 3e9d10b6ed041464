"""Options and their effects, M6 to M9."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from transferperf.similarity.contrasts import contrasts_of, design, flips
from transferperf.similarity.influence import KINDS, effects, flip_effects, kinds, redrawn, slope_effects

ALL = np.array(list(itertools.product((0.0, 1.0), repeat=4)))
NAMES = ["a", "b", "c", "d"]
OPTIONS = contrasts_of(ALL, np.ones(4, dtype=bool), NAMES)


@given(seed=st.integers(0, 1000))
def test_flips_are_all_pairs_that_differ_in_one_option(seed: int) -> None:
    """On random parts of a factorial, pairs are those that comparing every two rows finds."""
    X = ALL[np.random.default_rng(seed).permutation(16)[:9]]
    contrasts = contrasts_of(X, np.ones(4, dtype=bool), NAMES)
    for contrast, (before, after) in zip(contrasts, flips(X, contrasts), strict=True):
        found = {(int(i), int(k)) for i, k in zip(before, after, strict=True)}
        brute = {
            (i, k)
            for i, k in itertools.permutations(range(9), 2)
            if X[i, contrast.column] < X[k, contrast.column] and (X[i] != X[k]).sum() == 1
        }
        assert found == brute


def test_an_ordered_option_is_compared_between_neighbours_and_a_choice_with_its_first_level() -> None:
    """Of three levels an ordered option gives 0-1 and 1-2, a choice 0-1 and 0-2, each level under its own name."""
    X = np.array([[0.0], [0.5], [1.0]])
    ordered = contrasts_of(X, np.array([True]), ["size"])
    assert [[*map(int, pair)] for pair in zip(*flips(X, ordered)[0], strict=True)] == [[0, 1], [1, 2]]
    choice = contrasts_of(2 * X, np.array([False]), ["mode"])
    assert [contrast.name for contrast in choice] == ["mode=1", "mode=2"]
    named = contrasts_of(2 * X, np.array([False]), ["mode"], {"mode": ("fast", "slow", "exact")})
    assert [contrast.name for contrast in named] == ["mode=slow", "mode=exact"]
    assert [tuple(map(int, (i[0], k[0]))) for i, k in flips(2 * X, choice)] == [(0, 1), (0, 2)]
    np.testing.assert_array_equal(design(2 * X, choice), [[0, 0], [1, 0], [0, 1]])


@given(seed=st.integers(0, 1000))
def test_an_effect_has_the_p_value_of_the_paired_t_test(seed: int) -> None:
    """Means and p-values are scipy's for the pairs of each option."""
    y = np.random.default_rng(seed).normal(size=16)
    found = flip_effects(ALL, y, OPTIONS)
    for k, (before, after) in enumerate(flips(ALL, OPTIONS)):
        paired = stats.ttest_rel(y[after], y[before])
        assert found.p_value[k] == pytest.approx(paired.pvalue)
        assert found.mean[k] == pytest.approx(np.mean(y[after] - y[before]))


@given(seed=st.integers(0, 1000))
def test_a_slope_has_the_p_value_of_the_regression(seed: int) -> None:
    """Slopes, errors and p-values are scipy's simple regression."""
    y = np.random.default_rng(seed).normal(size=16)
    found = slope_effects(ALL, y, OPTIONS)
    for k, z in enumerate(ALL.T):
        line = stats.linregress(z, y)
        assert (found.mean[k], found.p_value[k]) == pytest.approx((line.slope, line.pvalue))


def test_what_becomes_of_options_is_told() -> None:
    """One option agrees, one flips, one vanishes and one appears; in reverse, vanishing is appearing."""
    noise = 0.01 * np.random.default_rng(0).normal(size=(2, 16))
    source = flip_effects(ALL, ALL @ [3.0, 2.0, 1.0, 0.0] + noise[0], OPTIONS)
    target = flip_effects(ALL, ALL @ [1.0, -2.0, 0.0, 1.0] + noise[1], OPTIONS)
    for corrected in (False, True):
        assert kinds(source, target, corrected=corrected).tolist() == ["agrees", "flips", "vanishes", "appears"]
        assert kinds(target, source, corrected=corrected).tolist() == ["agrees", "flips", "appears", "vanishes"]
    assert set(KINDS) > {"nowhere"}


@given(seed=st.integers(0, 1000), scale=st.floats(0.01, 100), shift=st.floats(-1e3, 1e3))
def test_a_linear_shift_keeps_influence_and_size(seed: int, scale: float, shift: float) -> None:
    """In another unit the same options matter, with effects of the same size in deviations."""
    y = ALL @ [1.0, 0.5, 0.0, 0.0] + 0.3 * np.random.default_rng(seed).normal(size=16)
    here, there = (effects(ALL, z, OPTIONS) for z in (y, scale * y + shift))
    np.testing.assert_allclose(here.size, there.size, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(here.p_value, there.p_value, rtol=1e-4, atol=1e-12)


def test_correction_keeps_noise_from_seeming_influential() -> None:
    """Of 200 responses that are noise, 5 % of options pass a single test; hardly any passes the corrected one."""
    draws = np.random.default_rng(0)
    found = [flip_effects(ALL, draws.normal(size=16), OPTIONS) for _ in range(200)]
    alone = np.array([one.influential(corrected=False) for one in found])
    held = np.array([one.influential(corrected=True) for one in found])
    assert 0.02 < alone.mean() < 0.09
    assert held.any(axis=1).mean() < 0.1
    assert (held <= alone).all()


def test_a_random_sample_without_flips_is_judged_by_slopes() -> None:
    """Of 25 random rows of 12 options hardly two differ in one only, and the strong option is found still."""
    draws = np.random.default_rng(1)
    X = draws.integers(0, 2, size=(25, 12)).astype(float)
    contrasts = contrasts_of(X, np.ones(12, dtype=bool), [f"o{j}" for j in range(12)])
    y = 5 * X[:, 3] + draws.normal(size=25)
    assert not flip_effects(X, y, contrasts).influential(corrected=False).any()
    assert np.flatnonzero(effects(X, y, contrasts).influential(corrected=True)).tolist() == [3]


def test_an_option_without_any_effect_has_no_p_value() -> None:
    """Differences that are all 0 are no influence, an exact effect is a certain one; neither warns."""
    found = flip_effects(ALL, ALL[:, 0], OPTIONS)
    assert found.influential(corrected=True).tolist() == [True, False, False, False]
    assert np.isnan(found.p_value[1:]).all()


@given(seed=st.integers(0, 1000))
def test_effects_of_a_resample_are_those_of_its_rows(seed: int) -> None:
    """Ones give the sample's own effects; slopes of counted rows are those of repeated rows, where both are known."""
    stream = np.random.default_rng(seed)
    y = stream.normal(size=16)
    np.testing.assert_allclose(redrawn(ALL, y, OPTIONS, np.ones((1, 16)))[0], effects(ALL, y, OPTIONS).mean)
    few = stream.permutation(16)[:9]
    found = redrawn(ALL[few[:4]], y[few[:4]], OPTIONS, np.array([[2.0, 1.0, 1.0, 0.0]]))[0]
    rows = few[[0, 0, 1, 2]]
    np.testing.assert_allclose(found, slope_effects(ALL[rows], y[rows], OPTIONS).mean, atol=1e-9)

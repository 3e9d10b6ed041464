"""Stepwise models and interactions, M11 to M14."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from transferperf.similarity import interactions
from transferperf.similarity.contrasts import contrasts_of
from transferperf.similarity.interactions import Term, candidates, columns, refitted, stepwise

Z = np.array(list(itertools.product((0.0, 1.0), repeat=4)) * 3)
OPTIONS = contrasts_of(Z, np.ones(4, dtype=bool), ["a", "b", "c", "d"])
TERMS = candidates(Z, OPTIONS, Z[:, 0])
D = columns(Z, TERMS)


def _p_value(y: np.ndarray, inside: list[int], more: int) -> float:
    """p-value of one more column, by two least-squares fits."""
    errors = []
    for chosen in (inside, [*inside, more]):
        X = np.column_stack([np.ones(len(y)), D[:, chosen]])
        errors.append(float(((y - X @ np.linalg.lstsq(X, y, rcond=None)[0]) ** 2).sum()))
    freedom = len(y) - len(inside) - 2
    return float(stats.f.sf((errors[0] - errors[1]) * freedom / errors[1], 1, freedom))


def _brute(y: np.ndarray) -> list[int]:
    """The published procedure with a full fit for each candidate."""
    inside: list[int] = []
    while True:
        kept = {TERMS[k][0] for k in inside if len(TERMS[k]) == 1}
        may = [k for k in range(len(TERMS)) if k not in inside and (len(TERMS[k]) == 1 or kept >= set(TERMS[k]))]
        found = {k: _p_value(y, inside, k) for k in may}
        best = min(found, key=lambda k: found[k])
        if found[best] < interactions.ENTER:
            inside.append(best)
            continue
        used = {i for k in inside if len(TERMS[k]) == 2 for i in TERMS[k]}
        out = {k: _p_value(y, [i for i in inside if i != k], k) for k in inside if len(TERMS[k]) == 2 or k not in used}
        worst = max(out, key=lambda k: out[k], default=None)
        if worst is None or out[worst] <= interactions.REMOVE:
            return inside
        inside.remove(worst)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_it_takes_the_steps_of_full_fits(seed: int) -> None:
    """Terms and coefficients are those of the procedure written out with a least-squares fit for each candidate."""
    draws = np.random.default_rng(seed)
    y = D @ (draws.normal(size=len(TERMS)) * draws.integers(0, 2, size=len(TERMS))) + draws.normal(size=len(D))
    found, brute = stepwise(D, y, TERMS), _brute(y)
    assert [TERMS.index(term) for term in found.terms] == brute
    fit = np.linalg.lstsq(np.column_stack([np.ones(len(y)), D[:, brute]]), y, rcond=None)[0]
    np.testing.assert_allclose([found.constant, *found.coefficients], fit, atol=1e-8)


def test_a_model_is_found_again() -> None:
    """Two options and their interaction come out with their coefficients, under the strict level alone."""
    y = 1 + 2 * Z[:, 0] - 3 * Z[:, 2] + 4 * Z[:, 0] * Z[:, 2] + 0.01 * np.random.default_rng(0).normal(size=len(Z))
    found = stepwise(D, y, TERMS, corrected=True)
    assert set(found.terms) == {(0,), (2,), (0, 2)}
    assert found.interactions == pytest.approx({(0, 2): 4.0}, abs=0.02)
    assert found.all_terms[()] == pytest.approx(1.0, abs=0.02)


def test_a_perfect_fit_ends() -> None:
    """Without noise the terms of the response are taken and nothing more; a constant response has none."""
    found = stepwise(D, Z[:, 1] * 2.0, TERMS)
    assert found.terms == ((1,),)
    assert stepwise(D, np.full(len(D), 3.0), TERMS).all_terms == {(): 3.0}


def test_noise_has_few_terms_under_the_strict_level() -> None:
    """Of 100 responses that are noise at most one in ten has a term under the corrected level, most under 5 %."""
    draws = np.random.default_rng(1)
    noise = [draws.normal(size=len(D)) for _ in range(100)]
    assert np.mean([bool(stepwise(D, y, TERMS, corrected=True).terms) for y in noise]) < 0.1
    assert np.mean([bool(stepwise(D, y, TERMS).terms) for y in noise]) > 0.1


def test_fewer_rows_than_terms_are_no_trouble() -> None:
    """Six rows give a model with at most four terms, and a refit with too many columns is NaN."""
    some = np.random.default_rng(2).permutation(len(D))[:6]
    y = np.random.default_rng(3).normal(size=6)
    assert len(stepwise(D[some], y, TERMS).terms) <= 4
    assert np.isnan(refitted(D[some], y)).all()


def test_columns_that_repeat_others_are_left_out() -> None:
    """A copy of an option adds nothing, and the model is found still."""
    twice = np.column_stack([Z[:, :2], Z[:, 0]])
    terms: tuple[Term, ...] = ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
    y = 5 * Z[:, 0] + Z[:, 1] + 0.1 * np.random.default_rng(4).normal(size=len(Z))
    found = stepwise(columns(twice, terms), y, terms, corrected=True)
    assert len(found.terms) == 2
    np.testing.assert_allclose(found.coefficients, [5, 1], atol=0.1)


def test_levels_of_one_option_are_no_interaction_and_many_options_are_cut() -> None:
    """Two levels of a choice cannot meet; of a hundred options only those that explain most are paired."""
    X = np.array([0.0, 1, 2, 0, 1, 2])[:, None]
    levels = contrasts_of(X, np.array([False]), ["mode"])
    assert candidates(np.eye(6)[:, :2], levels, X[:, 0]) == ((0,), (1,))
    wide = np.random.default_rng(5).integers(0, 2, size=(40, 100)).astype(float)
    many = contrasts_of(wide, np.ones(100, dtype=bool), [str(j) for j in range(100)])
    found = candidates(wide, many, wide[:, 42])
    assert len(found) < interactions.MOST_TERMS + 100
    assert any(42 in term for term in found if len(term) == 2)

"""Claims about choosing a warping."""

import numpy as np
import pytest

from tests.models.worlds import COLUMNS, GRID, drawn, effects
from transferperf.data.table import Samples
from transferperf.models.scale import LEAST_ROWS, Score, Scores, choose_warping, score_warpings
from transferperf.models.warping import WarpingKind, legal_kinds

TRUTH = effects(1.0, 0.8, 0.5)
PLAIN: tuple[WarpingKind, ...] = ("log", "identity")


def measured(f: np.ndarray, n: int, seed: int) -> Samples:
    """Samples of positive responses f (512,) at n configurations."""
    at = drawn(n, seed)
    return Samples(GRID[at], f[at], np.ones(n))


def additive(n: int, seed: int = 0) -> Samples:
    """Responses in which options add, with noise of one size, over two decades: no relative error is constant."""
    main = GRID[:, :3] @ np.array([30.0, 50.0, 20.0]) + 1.0
    return measured(main + 0.3 * np.random.default_rng(seed).uniform(-1, 1, size=len(GRID)), n, seed)


def multiplicative(n: int, seed: int = 0) -> Samples:
    """Responses in which options multiply, with relative noise."""
    main = GRID[:, :3] @ np.array([2.0, 1.0, 1.5])
    return measured(np.exp(main + 0.02 * np.random.default_rng(seed).normal(size=len(GRID))), n, seed)


@pytest.fixture(scope="module")
def many() -> Scores:
    """Scores of eighty samples in which options add."""
    return score_warpings(COLUMNS, additive(80), seed=0)


def test_where_options_multiply_the_logarithm_is_chosen() -> None:
    """No other scale leads on data that were made on a logarithmic one."""
    samples = multiplicative(80)
    assert choose_warping([score_warpings(COLUMNS, samples, seed=0)], legal_kinds(samples.y)) == "log"


def test_where_options_add_the_logarithm_is_left(many: Scores) -> None:
    """The identity leads on data with noise of one size on top of a sum."""
    assert choose_warping([many], PLAIN) == "identity"


def test_what_few_rows_do_not_tell_an_environment_with_many_does(many: Scores) -> None:
    """Scores of several environments add up: five rows alone keep the logarithm, and leave it beside eighty."""
    few = score_warpings(COLUMNS, additive(5, seed=1), seed=0)
    assert choose_warping([few], PLAIN) == "log"
    assert choose_warping([few, many], PLAIN) == "identity"


def test_values_at_a_cap_do_not_count() -> None:
    """Whatever stands there, the scores of the others are the same."""
    samples = multiplicative(30)
    is_capped = np.arange(30) % 5 == 0
    scores = []
    for at_cap in (100.0, 5000.0):
        y = np.where(is_capped, at_cap, samples.y)
        scores.append(score_warpings(COLUMNS, Samples(samples.X, y, samples.n_repeats, is_capped=is_capped), seed=0))
    np.testing.assert_equal(scores[0], scores[1])
    assert len(scores[0]["log"].density) == 24


@pytest.mark.parametrize("n", [0, 1, LEAST_ROWS - 1])
def test_fewer_rows_do_not_tell(n: int) -> None:
    """They have no scores, and the first legal warping stays."""
    assert score_warpings(COLUMNS, multiplicative(n), seed=0) == {}
    assert choose_warping([{}], PLAIN) == "log"
    assert choose_warping([], ("identity",)) == "identity"


def test_a_lead_within_its_standard_error_is_none() -> None:
    """The usual scale is left for a clear lead alone, and not for one that a row makes."""
    usual, stream = np.zeros(40), np.random.default_rng(0)
    noisy, clear = stream.normal(size=40) + 0.05, 0.1 * stream.normal(size=40) + 0.3
    single = np.where(np.arange(40) == 0, 30.0, 0.0)
    scores: list[Scores] = [
        {"log": Score(usual, usual), "identity": Score(other, usual)} for other in (noisy, single, clear)
    ]
    assert [choose_warping([one], PLAIN) for one in scores] == ["log", "log", "identity"]


def test_a_scale_that_misses_by_more_is_not_chosen() -> None:
    """However high its density: what is a thousandfold off at small values is no scale for relative errors."""
    usual, clear = np.zeros(40), np.ones(40)
    assert choose_warping([{"log": Score(usual, usual), "identity": Score(clear, usual)}], PLAIN) == "identity"
    assert choose_warping([{"log": Score(usual, usual), "identity": Score(clear, usual + 1.0)}], PLAIN) == "log"


def test_the_unit_of_a_metric_is_irrelevant() -> None:
    """Nanoseconds and hours give the same leads."""
    samples = additive(30)
    leads = []
    for factor in (1e-12, 1.0, 1e6):
        scores = score_warpings(COLUMNS, Samples(samples.X, factor * samples.y, samples.n_repeats), seed=0)
        leads.append(scores["identity"].density - scores["log"].density)
    np.testing.assert_allclose(leads[0], leads[1], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(leads[2], leads[1], rtol=1e-3, atol=1e-3)

"""The race for a bellwether."""

import numpy as np
import pytest

from transferperf.similarity import race

X = np.arange(200.0)[:, None]


def test_the_environment_that_most_others_resemble_wins() -> None:
    """Of ten environments of which seven have one optimum, one of the seven wins; those behind get fewer rows."""
    draws = np.random.default_rng(0)
    Y = np.abs(np.stack([X[:, 0] - place for place in (*[50.0] * 7, 190.0, 195.0, 199.0)]))
    found = race(X, Y + draws.random(Y.shape), np.random.default_rng(1), n_step=10, n_most=80)
    assert found.winner < 7
    assert found.n_measured[found.winner] == found.n_measured.max() <= 80
    assert found.n_measured[7:].max() < found.n_measured[:7].max()
    assert found.errors[:7].max() < found.errors[7:].min()


def test_a_race_of_equals_ends_with_its_lives() -> None:
    """Where none falls behind it ends after as many generations as there are lives, once dropping has begun."""
    Y = np.ones((4, 200))
    found = race(X, Y, np.random.default_rng(0), n_step=20, n_most=200, n_lives=2)
    assert found.n_measured.tolist() == [20 * (3 + 2)] * 4
    assert (found.errors == 0).all()


@pytest.mark.parametrize("n_most", [10, 1000])
def test_no_more_is_measured_than_is_there_or_allowed(n_most: int) -> None:
    """The number of rows ends with the limit or with the configurations."""
    Y = np.random.default_rng(0).random((3, 200))
    found = race(X, Y, np.random.default_rng(0), n_step=50, n_most=n_most, n_lives=99)
    assert found.n_measured.max() <= min(n_most, 200)

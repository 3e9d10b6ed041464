"""Invalid configurations, M15 to M18."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.similarity.validity import (
    invalid_shares,
    logistic_coefficients,
    validity_correlation_published,
    validity_models,
)

marks = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30).map(np.array)


@given(both=marks)
def test_shares_are_those_of_the_sets(both: np.ndarray) -> None:
    """The overlap is |S and T| / |S or T|, between 0 and 1, and the same in reverse."""
    s, t = ({*np.flatnonzero(column)} for column in both.T)
    found, reverse = invalid_shares(*both.T), invalid_shares(*both.T[::-1])
    assert found["invalid_source"] == pytest.approx(len(s) / len(both))
    assert reverse["invalid_source"] == found["invalid_target"]
    if s | t:
        assert found["invalid_common"] == pytest.approx(len(s & t) / len(s | t))
        assert found["invalid_common"] == reverse["invalid_common"]
        assert found["invalid_common_published"] == 1.0
        assert 0.0 <= found["invalid_common_chance"] <= 1.0
    else:
        assert np.isnan(found["invalid_common"])


def test_the_chance_is_that_of_independent_draws() -> None:
    """Over a full factorial of independent marks the overlap is what chance gives."""
    s = np.tile([True, False, False, False], 5)
    t = np.repeat([True, True, False, False, False], 4)
    found = invalid_shares(s, t)
    assert found["invalid_common"] == pytest.approx(found["invalid_common_chance"])


def test_coefficients_are_the_log_odds_of_a_table() -> None:
    """With one option the model is saturated: constant and coefficient are log odds counted by hand."""
    z = np.repeat([0.0, 1.0], 10)[:, None]
    y = np.array([1] * 2 + [0] * 8 + [1] * 5 + [0] * 5)
    assert logistic_coefficients(z, y) == pytest.approx([np.log(2 / 8), -np.log(2 / 8)], abs=1e-6)


def test_a_rule_that_carries_over_is_found_and_one_that_does_not_is_not() -> None:
    """The source's model ranks the target's invalid ones perfectly under the same rule, at chance under another."""
    Z = np.array(list(itertools.product((0.0, 1.0), repeat=5)))
    rule, other = Z[:, 0] > 0, Z[:, 3] > 0
    assert validity_models(Z, rule, rule) == pytest.approx({"validity_correlation": 1.0, "validity_auc": 1.0})
    assert validity_models(Z, rule, other)["validity_auc"] == pytest.approx(0.5)
    assert validity_models(Z, rule, ~rule)["validity_auc"] == 0.0
    assert validity_correlation_published(Z, rule, rule) == pytest.approx(1.0)
    assert validity_correlation_published(Z, rule, ~rule) == pytest.approx(-1.0)


def test_where_all_is_valid_there_is_no_model() -> None:
    """NaN where everything or nothing is invalid in one of them."""
    Z, none, some = np.eye(4), np.zeros(4, dtype=bool), np.array([True, False, False, True])
    assert np.isnan(list(validity_models(Z, none, some).values())).all()
    assert np.isnan(validity_correlation_published(Z, some, ~none))

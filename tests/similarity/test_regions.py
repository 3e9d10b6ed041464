"""Invalid regions of many pairs at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transferperf.similarity.regions import region_agreement
from transferperf.similarity.validity import invalid_shares

IDS = np.arange(100)
flags = st.lists(st.booleans(), min_size=6, max_size=30)


@given(flags, flags)
def test_overlap_is_that_of_a_single_pair(first: list[bool], second: list[bool]) -> None:
    """Matrices over all pairs say what the shares of one pair say, on the configurations tried in both."""
    n = min(len(first), len(second))
    a, b = np.array(first), np.array(second)
    shares = invalid_shares(a[:n], b[:n])
    found = region_agreement([np.arange(len(a)), np.arange(len(b))], [a, b])[:, 0, 1]
    if 0 < a[:n].sum() < n and 0 < b[:n].sum() < n:
        chance = shares["invalid_common_chance"]
        assert found[0] == pytest.approx((shares["invalid_common"] - chance) / (1 - chance))
        assert found[1] <= found[0] + 1e-9
        assert found[2] >= found[0] - 1e-9
    else:
        assert np.isnan(found).all()


def test_the_same_region_agrees_and_another_does_not() -> None:
    """The same region has 1, an independent one about 0; few rows are less sure."""
    draws = np.random.default_rng(0)
    one, other = IDS < 50, draws.permutation(IDS < 50)
    agreement = region_agreement([IDS] * 3, [one, one, other])
    assert agreement[0, 0, 1] == 1
    assert agreement[1, 0, 1] > 0.8
    assert agreement[1, 0, 2] < 0 < agreement[2, 0, 2] < 0.5
    few = region_agreement([IDS[40:60]] * 2, [one[40:60]] * 2)
    assert few[0, 0, 1] == 1
    assert few[1, 0, 1] < agreement[1, 0, 1]


def test_what_was_not_tried_in_both_does_not_count() -> None:
    """Without a common configuration there is no answer."""
    is_invalid = IDS % 2 == 0
    assert np.isnan(region_agreement([IDS, IDS + 100], [is_invalid, is_invalid])[:, 0, 1]).all()

"""Claims about streamed counts and quantiles; sorting what all configurations have is the reference."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.forms import everything, form_of, forms
from transferperf.errors import SpaceError
from transferperf.models.product_form import ProductForm
from transferperf.search.distribution import Moment, distribution, quantiles

MOMENTS: tuple[Moment, ...] = ("mean", "std")


def every(form: ProductForm, of: Moment) -> np.ndarray:
    """The moment of all configurations, sorted."""
    mean, variance = form.moments(everything(form.n_levels))
    return np.sort(mean if of == "mean" else np.sqrt(variance))


@settings(max_examples=40, deadline=None)
@given(form=forms(), of=st.sampled_from(MOMENTS), shares=st.lists(st.floats(0, 1), max_size=6))
def test_counts_are_those_of_all_configurations(form: ProductForm, of: Moment, shares: list[float]) -> None:
    """Edges half-way between two values part the space as sorting does."""
    values = every(form, of)
    gaps = np.flatnonzero(np.diff(values) > 1e-7)
    places = np.unique([gaps[int(s * (len(gaps) - 1))] for s in shares if len(gaps)]).astype(int)
    counts = distribution(form, (values[places] + values[places + 1]) / 2, of=of, n_threads=2)
    assert counts.tolist() == np.diff([0, *(places + 1), len(values)]).tolist()


@settings(max_examples=40, deadline=None)
@given(form=forms(), of=st.sampled_from(MOMENTS), p=st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_quantiles_are_within_what_they_say(form: ProductForm, of: Moment, p: list[float]) -> None:
    """Each is as near to the quantile of all sorted values as the resolution, and as the answer, says."""
    values = every(form, of)
    expected = np.quantile(values, p, method="inverted_cdf")
    found = quantiles(form, p, of=of, resolution=1e-3, n_threads=1)
    assert found.within <= 1e-3 * (values[-1] - values[0]) + 1e-9
    assert (np.abs(found.values - expected) <= found.within + 1e-8).all()


@pytest.mark.parametrize("share", [0.7, 0.01])
def test_only_allowed_configurations_count(share: float) -> None:
    """What is forbidden is in no count and in no quantile."""
    n_levels = (2,) * 10 + (3, 5)
    form, may = form_of(n_levels, 25, 1e-2, seed=3), np.random.default_rng(0).random(n_levels) < share

    def allowed(mesh: Sequence[np.ndarray]) -> np.ndarray:
        return may[tuple(np.broadcast_arrays(*mesh))]

    left = form.moments(everything(n_levels))[0][may.ravel()]
    assert distribution(form, [0.0], allowed=allowed).tolist() == [(left < 0).sum(), (left >= 0).sum()]
    median = quantiles(form, [0.5], allowed=allowed, resolution=1e-5)
    assert abs(median.values[0] - np.quantile(left, 0.5, method="inverted_cdf")) <= median.within + 1e-9


def test_a_resolution_that_cannot_be_held_and_an_empty_space_are_refused() -> None:
    """Both say what to do."""
    form = form_of((2, 3), 5, 1e-2, seed=0)
    with pytest.raises(SpaceError, match="coarser"):
        quantiles(form, [0.5], resolution=1e-9)
    with pytest.raises(SpaceError, match="loosen"):
        quantiles(form, [0.5], allowed=lambda mesh: mesh[0] > 5)

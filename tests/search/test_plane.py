"""A form on a plane has the form's values in every cell, in either precision."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transferperf.models.mean_form import MeanForm
from transferperf.search.plane import Plane
from transferperf.search.table import Table


@st.composite
def forms(draw: st.DrawFn) -> MeanForm:
    """Forms of up to six axes with one to five rows each, with or without effects and products."""
    n_rows = draw(st.lists(st.integers(1, 5), min_size=1, max_size=6))
    stream = np.random.default_rng(draw(st.integers(0, 999)))
    n, n_values = draw(st.integers(0, 40)), [draw(st.integers(1, 4)) for _ in n_rows]
    effects = stream.normal(size=(sum(n_rows), sum(n_rows))) * draw(st.sampled_from([0.0, 1.0]))
    return MeanForm(
        constant=stream.normal(),
        effects=effects + effects.T,
        weights=stream.normal(size=n),
        likeness=tuple(stream.random((r, k)) for r, k in zip(n_rows, n_values, strict=True)),
        values=np.column_stack([stream.integers(k, size=n) for k in n_values]),
    )


def cells(plane: Plane) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Head, body and column of every cell."""
    shape = tuple(plane.size(axes) for axes in (plane.head, plane.body, plane.column))
    head, body, column = np.indices(shape).reshape(3, -1)
    return head, body, column


@settings(max_examples=60)
@given(form=forms(), tolerance=st.sampled_from([0.0, 1e9]), tied=st.booleans())
def test_every_cell_has_its_value(form: MeanForm, tolerance: float, tied: bool) -> None:
    """Values differ from the form's by no more than the radius, and every configuration is one cell."""
    plane = Plane.of([form], form.n_rows, frozenset({0} if tied else ()))
    table = Table(form, plane, tolerance)
    head, body, column = cells(plane)
    places = plane.at(head, body, column)
    assert len(np.unique(places, axis=0)) == len(places) == np.prod(form.n_rows)
    said = np.concatenate([table.values(h).T.ravel() for h in range(plane.size(plane.head))])
    assert said.dtype == (np.float32 if tolerance else np.float64)
    assert np.abs(said - form.at(places)).max() <= table.radius < (1e-2 if tolerance else 1e-10)


@pytest.mark.parametrize("kept", [[0], [2, 0]])
def test_some_rows_of_a_block_are_those_rows(kept: list[int]) -> None:
    """Rows that are left out change nothing in the others."""
    form = MeanForm(
        constant=1.0,
        effects=np.ones((22, 22)),
        weights=np.arange(5.0),
        likeness=tuple(np.linspace(0, 1, 2 * 3).reshape(2, 3) for _ in range(11)),
        values=np.random.default_rng(0).integers(3, size=(5, 11)),
    )
    plane = Plane.of([form], form.n_rows)._replace(head=(0, 1), body=(2, 3, 4), coarse=(5, 6, 7), fine=(8, 9, 10))
    table = Table(form, plane, 0.0)
    np.testing.assert_allclose(table.values(1, np.array(kept)), table.values(1)[:, kept], rtol=1e-12)


def test_tied_axes_number_blocks_where_they_can() -> None:
    """Axes that constraints read are columns last, so that whole rows can be forbidden."""
    form = MeanForm(
        constant=0.0,
        effects=np.zeros((40, 40)),
        weights=np.ones(3),
        likeness=(np.ones((2, 1)),) * 20,
        values=np.zeros((3, 20), dtype=int),
    )
    plane = Plane.of([form], form.n_rows, frozenset(range(8)))
    assert not set(plane.column) & set(range(8))

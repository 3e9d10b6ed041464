"""How means or deviations are distributed over a whole space, streamed: counts between edges, and quantiles.

Numbers are computed in float64; one that rounding may carry over an edge counts where it was computed.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from transferperf.errors import SpaceError
from transferperf.models.product_form import LEAST_VARIANCE, ProductForm
from transferperf.search.plane import Allowed
from transferperf.search.processors import n_processors
from transferperf.search.tiles import Tiles

Moment: TypeAlias = Literal["mean", "std"]
"""What is believed of a configuration."""

FINEST = 1 << 22
"""Intervals of equal width between the least and the largest value at most."""


class Quantiles(NamedTuple):
    """Quantiles (q,), and how far the true ones may be from them at most."""

    values: np.ndarray
    within: float


def distribution(
    form: ProductForm,
    edges: Sequence[float] | np.ndarray,
    *,
    of: Moment = "mean",
    allowed: Allowed | None = None,
    n_threads: int | None = None,
) -> np.ndarray:
    """How many configurations lie below ascending edges (r,), from one to the next, and from the last on: (r + 1,).

    Parameters
    ----------
    of
        Which moment is counted.
    allowed
        Which configurations count; all by default.
    n_threads
        How many processors to use; all that there are by default.
    """
    tiles, limits = _tiles(form, of, allowed, n_threads), np.asarray(edges, dtype=float)
    counts = np.zeros(len(limits) + 1, dtype=np.int64)

    def count(values: np.ndarray) -> None:
        np.add(counts, np.bincount(np.searchsorted(limits, values, side="right"), minlength=len(counts)), out=counts)

    _stream(tiles, of, count)
    return counts


def quantiles(
    form: ProductForm,
    p: Sequence[float] | np.ndarray,
    *,
    of: Moment = "mean",
    resolution: float = 1e-4,
    allowed: Allowed | None = None,
    n_threads: int | None = None,
) -> Quantiles:
    """The least values that shares p (q,) of the configurations do not exceed.

    Parameters
    ----------
    resolution
        How far an answer may be from the true one at most, as a share of what lies between the least and the largest
        value.

    Raises
    ------
    SpaceError
        Where the resolution is finer than can be held, or no configuration is allowed.
    """
    n_intervals = int(np.ceil(0.5 / resolution))
    if n_intervals > FINEST:
        raise SpaceError(f"resolution {resolution:g}; expected {0.5 / FINEST:.1g} or more. Choose a coarser one.")
    tiles = _tiles(form, of, allowed, n_threads)
    low, high = _range(tiles, of)
    counts, scale = np.zeros(n_intervals, dtype=np.int64), n_intervals / (high - low) if high > low else 0.0

    def count(values: np.ndarray) -> None:
        place = np.minimum((values - low) * scale, n_intervals - 1).astype(np.intp)
        np.add(counts, np.bincount(place, minlength=n_intervals), out=counts)

    _stream(tiles, of, count)
    rank = np.maximum(np.ceil(np.asarray(p, dtype=float) * counts.sum()), 1)
    place = np.searchsorted(np.cumsum(counts), rank)
    return Quantiles(low + (place + 0.5) * (high - low) / n_intervals, 0.5 * (high - low) / n_intervals)


def _tiles(form: ProductForm, of: Moment, allowed: Allowed | None, n_threads: int | None) -> Tiles:
    return Tiles(form, n_threads or n_processors(), allowed, is_mean=of == "mean")


def _range(tiles: Tiles, of: Moment) -> tuple[float, float]:
    """The least and the largest value."""
    ends = np.array([np.inf, -np.inf])

    def widen(values: np.ndarray) -> None:
        ends[:] = min(ends[0], values.min(initial=np.inf)), max(ends[1], values.max(initial=-np.inf))

    _stream(tiles, of, widen)
    if ends[0] > ends[1]:
        raise SpaceError(f"no configuration of {tiles.layout.n_levels} levels is allowed; loosen a constraint")
    return float(ends[0]), float(ends[1])


def _stream(tiles: Tiles, of: Moment, see: Callable[[np.ndarray], None]) -> None:
    """Show the values of all configurations that count, some at a time and in any order."""
    lock = Lock()

    def walk(start: int, stop: int) -> None:
        works = tiles.room(np.float64)
        for some in tiles.few(start, stop):
            may = tiles.may(some)
            is_open = np.broadcast_to(may.any(axis=1), len(some))
            values = _values(tiles.moments(some[is_open], works), of)
            values = values[np.broadcast_to(may, (len(some), may.shape[1]))[is_open]]
            with lock:
                see(values)

    tiles.each(walk)


def _values(moments: np.ndarray, of: Moment) -> np.ndarray:
    return moments[:, 0] if of == "mean" else np.sqrt(np.maximum(moments[:, 1], LEAST_VARIANCE))

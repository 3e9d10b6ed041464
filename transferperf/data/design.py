"""Designs: which configurations to measure first, before any model has an opinion.

All of them choose among the levels of the options, a one-hot group counting as one option.
"""

from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np
import pandas as pd
from scipy.stats import qmc

from transferperf.errors import NotEnoughDataError, UnknownNameError
from transferperf.rng import generator
from transferperf.space import ConfigurationSpace, Value

Places = Iterator[np.ndarray]
"""Points of the unit cube with one coordinate for each axis of a space, one (a,) after the other."""

MOST_LISTED = 2**16
"""Spaces up to this size are gone through to the end before a design gives up."""

USUAL = 50
"""Configurations of a design that nobody gave a number for."""

DRAWS_EACH = 200
"""Draws for each wanted configuration after which a design of a larger space gives up."""


def design(space: ConfigurationSpace, n: int | None = None, kind: str = "sobol", seed: int = 0) -> pd.DataFrame:
    """Configurations to measure: distinct, valid, every option that does not matter at its default.

    Parameters
    ----------
    n
        How many; where left out, 50 or as many as there are.
    kind
        One of `DESIGNS`: "random", "latin" (Latin hypercube), "sobol" (scrambled Sobol points), or "one-option" (the
        default, then each option changed alone).

    Returns
    -------
    configurations
        Shape (n, d), options in the space's order.

    Raises
    ------
    NotEnoughDataError
        Where there are fewer than `n` such configurations.

    Examples
    --------
    >>> from transferperf.space import BinaryOption, IntegerOption
    >>> space = ConfigurationSpace((BinaryOption(name="cabac"), IntegerOption(name="ref", levels=(1, 5, 9))))
    >>> design(space, 3, "one-option").to_dict("list")
    {'cabac': [0, 1, 0], 'ref': [1, 1, 5]}
    """
    if kind not in DESIGNS:
        raise UnknownNameError("design", kind, DESIGNS)
    least, most = (1, USUAL) if n is None else (n, n)
    found: dict[tuple[Value, ...], None] = {}
    for configuration in DESIGNS[kind](space, most, seed):
        if len(found) >= most:
            break
        row = space.canonical(configuration)
        if space.contains(row):
            found.setdefault(tuple(row.values()))
    if len(found) < least:
        raise NotEnoughDataError(
            f"{least} configurations were asked for; design '{kind}' finds only {len(found)} valid ones in this space. "
            "Ask for fewer, or for another design."
        )
    columns = zip(*found, strict=True) if found else ((),) * len(space.names)
    return pd.DataFrame(dict(zip(space.names, map(list, columns), strict=True)))


def _one_option(space: ConfigurationSpace, n: int, seed: int) -> Iterator[dict[str, Value]]:
    """The default, then one new value of each axis in turn, then a second value of each, and so on."""
    del n, seed  # nothing here is left to chance
    yield space.default
    for k in range(max(len(axis.rows) for axis in space.axes)):
        for axis in space.axes:
            here = tuple(space.default[name] for name in axis.names)
            others = [row for row in axis.rows if row != here]
            if k < len(others):
                yield {**space.default, **dict(zip(axis.names, others[k], strict=True))}


def _from_places(places: Callable[[int, int, np.random.Generator], Places]) -> "Design":
    """A design that spreads points over the unit cube and reads each as a configuration."""

    def configurations(space: ConfigurationSpace, n: int, seed: int) -> Iterator[dict[str, Value]]:
        axes, stream = space.axes, generator(seed, "design")
        counts = np.array([len(axis.rows) for axis in axes])
        drawn = (np.floor(place * counts).astype(int) for place in places(len(axes), n, stream))
        n_draws = max(n, 1) * (4 if space.size <= MOST_LISTED else DRAWS_EACH)
        limited = (row for _, row in zip(range(n_draws), drawn, strict=False))
        rest = _all_rows(counts, generator(seed, "design", "rest")) if space.size <= MOST_LISTED else ()
        for row in chain(limited, rest):
            yield {
                name: value
                for axis, k in zip(axes, row, strict=True)
                for name, value in zip(axis.names, axis.rows[k], strict=True)
            }

    return configurations


def _all_rows(counts: np.ndarray, stream: np.random.Generator) -> Iterator[np.ndarray]:
    """Every combination of row numbers, shuffled."""
    strides = np.cumprod(counts) // counts
    for cell in stream.permutation(int(np.prod(counts))):
        yield cell // strides % counts


def _random(a: int, n: int, stream: np.random.Generator) -> Places:
    while True:
        yield from stream.random((max(n, 1), a))


def _latin(a: int, n: int, stream: np.random.Generator) -> Places:
    while True:
        yield from qmc.LatinHypercube(a, seed=stream).random(max(n, 1))


def _sobol(a: int, n: int, stream: np.random.Generator) -> Places:
    """Whole powers of two, one after the other: Sobol points are balanced only in such numbers."""
    sampler = qmc.Sobol(a, scramble=True, seed=stream)
    m = max(n - 1, 1).bit_length()
    yield from sampler.random_base2(m)
    while True:
        yield from sampler.random_base2(m)
        m += 1


Design = Callable[[ConfigurationSpace, int, int], Iterator[dict[str, Value]]]

DESIGNS: dict[str, Design] = {
    "random": _from_places(_random),
    "latin": _from_places(_latin),
    "sobol": _from_places(_sobol),
    "one-option": _one_option,
}
"""Designs by name."""

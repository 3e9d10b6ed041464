"""Choices that a file spells one-hot: binary options of which exactly one, or at most one, is ever on.

A group is read as one choice only where chance does not explain it, that is, where the options would often be on
together if they were independent.
"""

import math
import re
from itertools import combinations

import numpy as np

from transferperf.space import OneOf

UNLIKELY = 1e-3
"""Chance of an "exactly one" among independent options above which it is not believed."""

ENOUGH = 10.0
"""Configurations in which independent options would be on together, below which an "at most one" is not believed."""

MOST_STEPS = 20_000
"""Steps of the search for the options that complete a group."""


def find_groups(names: tuple[str, ...], is_on: np.ndarray) -> tuple[OneOf, ...]:
    """Disjoint groups of binary options that are read as one choice, those with exactly one on first.

    Parameters
    ----------
    names
        Binary options.
    is_on
        Whether each is on, shape (n, len(names)), one row for each distinct configuration; each is on somewhere.
    """
    if len(names) < 2 or not len(is_on):
        return ()
    together = is_on.T.astype(np.float32) @ is_on.astype(np.float32)
    free, groups = set(range(len(names))), []
    for first in range(len(names)):
        members = _complete(first, free, is_on, together) if first in free else ()
        if members and _is_no_chance([names[j] for j in members], is_on[:, list(members)], len(names)):
            groups.append(OneOf(options=tuple(names[j] for j in members)))
            free -= set(members)
    while members := _at_most_one(names, sorted(free), together, len(is_on)):
        groups.append(OneOf(options=tuple(names[j] for j in members), is_optional=True))
        free -= set(members)
    return tuple(groups)


def _complete(first: int, free: set[int], is_on: np.ndarray, together: np.ndarray) -> tuple[int, ...]:
    """Options, `first` among them, of which exactly one is on in every row; none where there are no such options."""
    candidates = [j for j in sorted(free) if j != first and not together[first, j]]
    stack: list[tuple[tuple[int, ...], np.ndarray, list[int]]] = [((first,), is_on[:, first], candidates)]
    for _ in range(MOST_STEPS):
        if not stack:
            break
        members, covered, candidates = stack.pop()
        if covered.all():
            return tuple(sorted(members))
        row = is_on[covered.argmin()]
        for j in [j for j in reversed(candidates) if row[j]]:
            rest = [k for k in candidates if k != j and not together[j, k]]
            stack.append(((*members, j), covered | is_on[:, j], rest))
    return ()


def _is_no_chance(names: list[str], is_on: np.ndarray, n_names: int) -> bool:
    """Whether independent options would hardly have exactly one on in all rows, however one looks for such groups."""
    share = is_on.mean(axis=0)
    exactly_one = float(np.prod(1 - share) * np.sum(share / (1 - share)))
    n_tries = 1 if len({_stem(name) for name in names}) == 1 else math.comb(n_names, len(names))
    return len(is_on) * math.log(exactly_one) + math.log(n_tries) < math.log(UNLIKELY)


def _at_most_one(names: tuple[str, ...], free: list[int], together: np.ndarray, n: int) -> tuple[int, ...]:
    """Options of which no two are ever on together: all of a stem, or else some that are often on; none if need be."""
    n_on = together.diagonal()
    expected = np.outer(n_on, n_on) / n  # rows in which both were on if they were independent, (p, p)
    for stem in dict.fromkeys(_stem(names[j]) for j in free):
        alike = [j for j in free if _stem(names[j]) == stem]
        pairs = list(combinations(alike, 2))
        if not any(together[pair] for pair in pairs) and sum(expected[pair] for pair in pairs) >= ENOUGH:
            return tuple(alike)
    return _largest_clique(free, (together == 0) & (expected >= ENOUGH))


def _largest_clique(pool: list[int], is_pair: np.ndarray) -> tuple[int, ...]:
    """The largest of the groups that grow from each option in turn; none where no two go together."""
    best: list[int] = []
    for first in pool:
        grown = [first]
        for j in pool:
            if j != first and all(is_pair[j, k] for k in grown):
                grown.append(j)
        best = grown if len(grown) > len(best) else best
    return tuple(sorted(best)) if len(best) > 1 else ()


def _stem(name: str) -> str:
    """The part of a name that options of one choice share: what stands before its last separator or number."""
    return re.sub(r"(?:[_\-.:= ][^_\-.:= ]*|\d+)$", "", name)

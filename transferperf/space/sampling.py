"""Valid configurations drawn at random where most combinations are forbidden.

Axes that no constraint ties together are drawn on their own. Of tied ones with up to MOST_LISTED combinations the valid
ones are listed and drawn uniformly. Of more, a solver finds some near random combinations, from which walks of valid
steps start: that is not uniform, and parts of a space that no such walk joins are as likely as the solver finds them.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from transferperf.errors import SpaceError
from transferperf.space.constraint import Condition
from transferperf.space.encoding import EncodedAxis, Encoding, encode_value, encoded_axes
from transferperf.space.option import Option
from transferperf.space.rules import Columns, Rules
from transferperf.space.satisfiability import Answers, clash, clash_text
from transferperf.space.space import ConfigurationSpace

MOST_LISTED = 2**20
"""Combinations of tied axes that are listed."""

MOST_AXES = 32
"""Tied axes that are listed: numpy's arrays cannot have many more."""

N_SOLVED = 256
"""Configurations at which walks start, at most."""

STEPS_EACH = 4
"""Steps of a walk for each axis."""

MOST_STEPS = 400
"""Steps of a walk, at most."""


def draw_valid(space: ConfigurationSpace, n: int, stream: np.random.Generator) -> np.ndarray:
    """Valid configurations, canonical and encoded, n of them, some perhaps the same: shape (n, d).

    Raises
    ------
    SpaceError
        Where there is none, with the constraints that clash.

    Examples
    --------
    >>> from transferperf.space.constraint import Formula
    >>> from transferperf.space.option import BinaryOption
    >>> options = tuple(BinaryOption(name=f"b{k:02}") for k in range(40))
    >>> all_on = Formula(holds=" + ".join(option.name for option in options) + " == 40")
    >>> draw_valid(ConfigurationSpace(options, (all_on,)), 3, np.random.default_rng(0)).sum(axis=1).tolist()
    [40.0, 40.0, 40.0]
    """
    names = Encoding(space).names
    rules, column = Rules.of(space), {name: j for j, name in enumerate(names)}
    X = np.empty((n, len(names)))
    parts = tied_axes(space)
    tied_names = [[name for axis in axes for name in axis.names] for axes in parts]
    if not rules.within(()).allow({}):
        raise SpaceError(clash_text(clash(space)))
    for axes, tied, part in zip(parts, tied_names, rules.of_each(tied_names), strict=True):
        is_small = len(axes) <= MOST_AXES and math.prod(len(axis.rows) for axis in axes) <= MOST_LISTED
        drawn = _listed(axes, part, n, stream) if is_small else _walked(space, axes, part, n, stream)
        if drawn is None:
            raise SpaceError(clash_text(clash(space)))
        X[:, [column[name] for name in tied]] = drawn
    return X


def tied_axes(space: ConfigurationSpace) -> list[tuple[EncodedAxis, ...]]:
    """The axes of a space, those together that constraints tie to one another."""
    axes = canonical_axes(space)
    of_name = {name: i for i, axis in enumerate(axes) for name in axis.names}
    group = list(range(len(axes)))

    def root(i: int) -> int:
        while group[i] != i:
            group[i] = group[group[i]]
            i = group[i]
        return i

    for constraint in space.constraints:
        first, *rest = [of_name[name] for name in constraint.reads] or [0]
        for i in rest:
            group[root(i)] = root(first)
    tied: dict[int, list[EncodedAxis]] = {}
    for i, axis in enumerate(axes):
        tied.setdefault(root(i), []).append(axis)
    return [tuple(part) for part in tied.values()]


def canonical_axes(space: ConfigurationSpace) -> list[EncodedAxis]:
    """What can be changed on its own, with the default of every option that may not matter among its rows."""
    conditional = {c.option: space[c.option] for c in space.constraints if isinstance(c, Condition)}
    return [_with_default(axis, conditional) for axis in encoded_axes(space)]


def _with_default(axis: EncodedAxis, conditional: Mapping[str, Option]) -> EncodedAxis:
    """The axis with the default as a further row, where its option may not matter and the default is no level."""
    option = conditional.get(axis.names[0])
    default = np.nan if option is None else encode_value(option, option.default)
    if option is None or len(axis.names) > 1 or default in axis.rows:
        return axis
    return EncodedAxis(axis.names, np.append(axis.rows, [[default]], axis=0))


def _listed(axes: Sequence[EncodedAxis], rules: Rules, n: int, stream: np.random.Generator) -> np.ndarray | None:
    """Rows (n, w) drawn uniformly from the valid combinations of axes; None where there are none."""
    counts = [len(axis.rows) for axis in axes]
    columns: Columns = {
        name: axis.rows[:, j].reshape([-1 if k == i else 1 for k in range(len(axes))])
        for i, axis in enumerate(axes)
        for j, name in enumerate(axis.names)
    }
    valid = np.flatnonzero(rules.allow(columns, canonical=True))
    if not len(valid):
        return None
    places = np.unravel_index(valid[stream.integers(len(valid), size=n)], counts)
    return np.column_stack([axis.rows[place] for axis, place in zip(axes, places, strict=True)])


def _walked(
    space: ConfigurationSpace, axes: Sequence[EncodedAxis], rules: Rules, n: int, stream: np.random.Generator
) -> np.ndarray | None:
    """Rows (n, w) at the ends of walks that start at what a solver found; None where it found nothing."""
    starts = _solved(space, axes, rules, min(n, N_SOLVED), stream)
    if starts is None:
        return None
    X = np.asfortranarray(starts[stream.integers(len(starts), size=n)])
    ends = np.cumsum([len(axis.names) for axis in axes])
    touched, columns = rules.of_each(axis.names for axis in axes), _columns(axes, X)  # which see what X becomes
    seen = [{name: columns[name] for constraint in part.constraints for name in constraint.reads} for part in touched]
    for _ in range(min(STEPS_EACH * len(axes), MOST_STEPS)):
        i = int(stream.integers(len(axes)))
        rows, here = axes[i].rows, slice(ends[i] - len(axes[i].names), ends[i])
        before, X[:, here] = X[:, here].copy(), rows[stream.integers(len(rows), size=n)]
        may = np.broadcast_to(touched[i].allow(seen[i], canonical=True), n)
        X[~may, here] = before[~may]
    return X


def _solved(
    space: ConfigurationSpace, axes: Sequence[EncodedAxis], rules: Rules, n: int, stream: np.random.Generator
) -> np.ndarray | None:
    """Up to n rows that a solver finds near random combinations; None where it found none."""
    names = [name for axis in axes for name in axis.names]
    known = {option.name: option for option in space.options}
    options = tuple(known[name] for name in names)
    part = ConfigurationSpace(options, rules.constraints)
    with Answers(part) as answers:
        found = [answer for _ in range(n) if (answer := answers.drawn(stream)) is not None]
    if not found:
        return None
    rows = np.array([[encode_value(option, answer[option.name]) for option in options] for answer in found])
    valid = rows[rules.allow(_columns(axes, rows), canonical=True)]
    return valid if len(valid) else None


def _columns(axes: Iterable[EncodedAxis], X: np.ndarray) -> Columns:
    return {name: X[:, j] for j, name in enumerate(name for axis in axes for name in axis.names)}

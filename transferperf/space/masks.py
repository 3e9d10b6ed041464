"""Which combinations of values are valid, without listing the configurations."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from transferperf.errors import UnknownNameError
from transferperf.space.encoding import EncodedAxis, encode_column
from transferperf.space.rules import Columns, Rules
from transferperf.space.space import ConfigurationSpace


def valid_mask(
    space: ConfigurationSpace, axes: Mapping[str, Sequence[object] | np.ndarray], *, canonical: bool = False
) -> np.ndarray:
    """Whether each combination of values is valid, one axis of the answer for each option, in the order given.

    Parameters
    ----------
    axes
        Values to combine for each option that a constraint reads; a fixed option has one.
    canonical
        Whether an option that does not matter has to be at its default: then each configuration is counted once.

    Raises
    ------
    SpaceError
        Where a value is outside its option.
    UnknownNameError
        Where an option is not of this space, or a constraint reads one that is missing.

    Examples
    --------
    >>> from transferperf.space.constraint import Formula
    >>> from transferperf.space.option import IntegerOption
    >>> threads, buffer = (IntegerOption(name=name, levels=(1, 2, 4, 8)) for name in ("threads", "buffer"))
    >>> space = ConfigurationSpace((threads, buffer), (Formula(holds="threads * buffer <= 8"),))
    >>> valid_mask(space, {"threads": [1, 8], "buffer": [1, 2, 8]}).tolist()
    [[True, True, True], [True, False, False]]
    """
    encoded = {}
    for name, values in axes.items():
        if name not in space.names:
            raise UnknownNameError("option", name, space.names)
        encoded[name] = encode_column(space[name], pd.Series(list(values), dtype=object))
    return Rules.of(space).allow(crossed(encoded), canonical=canonical)


def allowed_levels(
    space: ConfigurationSpace, axes: Sequence[EncodedAxis], *, canonical: bool = False
) -> Callable[[Sequence[np.ndarray]], np.ndarray]:
    """A function of numbered rows of the axes, one array for each, that says which combinations are valid.

    The arrays broadcast, and each constraint is computed on the axes that it reads alone: for a sweep, give the rows of
    fixed axes as one axis of an array and all rows of each free one as another.

    Examples
    --------
    >>> from transferperf.space.constraint import Formula
    >>> from transferperf.space.encoding import encoded_axes
    >>> from transferperf.space.option import IntegerOption
    >>> options = tuple(IntegerOption(name=name, levels=(1, 2, 4)) for name in ("a", "b"))
    >>> space = ConfigurationSpace(options, (Formula(holds="a * b <= 4"),))
    >>> allowed_levels(space, encoded_axes(space))([np.array([[1], [2]]), np.arange(3)]).tolist()
    [[True, True, False], [True, False, False]]
    """
    rules = Rules.of(space)

    def allowed(levels: Sequence[np.ndarray]) -> np.ndarray:
        places = list(zip(axes, levels, strict=True))
        return rules.allow(
            {name: axis.rows[level, j] for axis, level in places for j, name in enumerate(axis.names)},
            canonical=canonical,
        )

    return allowed


def crossed(axes: Mapping[str, np.ndarray]) -> Columns:
    """Encoded values (r_i,) of each option, shaped so that they broadcast to the product of all."""
    shape = [1] * len(axes)
    return {name: x.reshape([*shape[:i], -1, *shape[i + 1 :]]) for i, (name, x) in enumerate(axes.items())}

"""Which combinations of values are valid, without listing the configurations."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from transferperf.errors import UnknownNameError
from transferperf.space.encoding import encode_column
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


def crossed(axes: Mapping[str, np.ndarray]) -> Columns:
    """Encoded values (r_i,) of each option, shaped so that they broadcast to the product of all."""
    shape = [1] * len(axes)
    return {name: x.reshape([*shape[:i], -1, *shape[i + 1 :]]) for i, (name, x) in enumerate(axes.items())}

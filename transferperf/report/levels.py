"""Values of options in few groups, each with a name, so that a mean can be drawn for each."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transferperf.space import Encoding
from transferperf.space.encoding import decode_column
from transferperf.space.option import Option

MAX_LEVELS = 5
"""More values of one option would make a crowded figure."""
N_RANGES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The values of one option, in groups.

    Parameters
    ----------
    option
        Its name.
    names
        Of its groups, in their order.
    codes
        Group of each configuration, shape (n,).
    """

    option: str
    names: tuple[str, ...]
    codes: np.ndarray


def levels_of(encoding: Encoding, X: np.ndarray) -> tuple[Levels, ...]:
    """Groups of the values of each option among encoded configurations X (n, d)."""
    return tuple(_grouped(option, x) for option, x in zip(encoding.options, X.T, strict=True))


def _grouped(option: Option, x: np.ndarray) -> Levels:
    """Each value alone where there are few; else ranges of about as many rows, or the most frequent and the others."""
    distinct, codes, counts = np.unique(x, return_inverse=True, return_counts=True)
    texts = [str(value) for value in np.asarray(decode_column(option, distinct), dtype=object).tolist()]
    if option.is_numeric:
        texts = [f"{value:.4g}" for value in np.asarray(decode_column(option, distinct), dtype=float)]
    if len(distinct) > MAX_LEVELS and option.is_ordered:
        group = np.asarray(pd.qcut(pd.Series(codes), N_RANGES, labels=False, duplicates="drop"))
        ends = [(codes[group == g].min(), codes[group == g].max()) for g in np.unique(group)]
        names = [texts[a] if a == b else f"{texts[a]} to {texts[b]}" for a, b in ends]
        codes = np.searchsorted(np.unique(group), group)
    elif len(distinct) > MAX_LEVELS:
        frequent = np.sort(np.argsort(-counts, kind="stable")[: MAX_LEVELS - 1])
        place = np.full(len(distinct), len(frequent))
        place[frequent] = np.arange(len(frequent))
        names, codes = [*(texts[k] for k in frequent), "others"], place[codes]
    else:
        names = texts
    return Levels(option=option.name, names=tuple(names), codes=codes)

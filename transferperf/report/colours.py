"""Colours of all figures: told apart by colour-blind readers, and on light and dark paper."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex


class Shades(NamedTuple):
    """Colours on light and on dark paper."""

    light: tuple[str, ...]
    dark: tuple[str, ...]


_CIVIDIS = tuple(to_hex(colour) for colour in colormaps["cividis"](np.linspace(0, 1, 9)))
SCALES = {
    "correlation": Shades(
        light=("#a8480b", "#e29a5b", "#f4f4f2", "#7fb0dd", "#175a9e"),
        dark=("#f2a65a", "#9a5a22", "#2a2d31", "#2f6ba5", "#86c1f5"),
    ),
    "class": Shades(
        light=("#175a9e", "#5f9bd1", "#a9cbe8", "#f0c9a0", "#e9e9e6"),
        dark=("#86c1f5", "#4788c4", "#2a5585", "#7d5228", "#2f3237"),
    ),
    "amount": Shades(light=_CIVIDIS, dark=_CIVIDIS),
}
"""Of heat maps: from -1 to 1, of classes, and from 0 on."""
HUES = Shades(
    light=("#175a9e", "#c25700", "#00745a", "#8a3f8f", "#5d6b00", "#a3262a", "#00798c", "#5b6168"),
    dark=("#86c1f5", "#f2a65a", "#5fd0ab", "#d59ad9", "#c3cf5c", "#f08a8c", "#67cfe0", "#a3a9b1"),
)
"""Of groups; each has a mark of its own, too."""
MARKS = "os^Dv*ph"
CODES = "LMOV–"
"""Of the classes, where a cell has no room for words."""


def ink_on(colour: Sequence[float]) -> str:
    """Black or white, whichever stands out more on a colour (red, green, blue from 0 to 1), by WCAG's luminance."""
    parts = np.asarray(colour, dtype=float)[:3]
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return "black" if linear @ [0.2126, 0.7152, 0.0722] > 0.179 else "white"

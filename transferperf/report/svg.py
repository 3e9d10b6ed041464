"""Figures as SVG that stands inside a page: text as text, ink in the page's own colour, the same bytes every time."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK = "#010203"
"""Drawn in this colour, a line or a text takes the colour of the page's text, light or dark."""
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "transferperf",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 11,
    "legend.fontsize": 9,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
}
FONTS = "'DejaVu Sans', Verdana, Arial, sans-serif"
"""DejaVu is the widest of these, so that what was laid out with it has room in the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure and what it shows in words, for those who do not see it.

    Parameters
    ----------
    svg
        From `render_picture`.
    alt
        One or two sentences.
    """

    svg: str
    alt: str


def render_picture(draw: Callable[[Axes], None], *, size: tuple[float, float], alt: str) -> Picture:
    """The picture that `draw` makes on an Axes of `size`, width and height in inches."""
    with rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.add_subplot())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return Picture(svg=_inline(buffer.getvalue()), alt=alt)


def with_prefix(svg: str, prefix: str) -> str:
    """The SVG with `prefix` before every id and every reference to one, so that several can stand in one page."""
    return _in_tags(svg, lambda tag: re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}", tag))


def _inline(svg: str) -> str:
    """Only the `svg` element, without metadata, comments, names of groups and links to namespaces."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = _in_tags(svg, _clean)
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip())


def _clean(tag: str) -> str:
    tag = re.sub(r'\sxmlns(:xlink)?="[^"]*"|(?<=<g) id="[^"]*"', "", tag)
    return tag.replace("'DejaVu Sans'", FONTS).replace(INK, "currentColor")


def _in_tags(svg: str, change: Callable[[str], str]) -> str:
    """The SVG with its tags changed; what stands between them, the names that users gave, stays as it is."""
    return re.sub(r"<[^>]*>", lambda tag: change(tag[0]), svg)

"""One HTML page that holds everything it shows: style, figures and tables; it opens from a file, without a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup

from transferperf.data.files import replace_text
from transferperf.report.svg import Picture, with_prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a page.

    Parameters
    ----------
    title
        Its heading.
    text
        Paragraphs of plain text.
    figures
        Pictures, side by side where there is room.
    table
        Numbers below the figures; a long table is folded.
    """

    title: str
    text: tuple[str, ...] = ()
    figures: tuple[Picture, ...] = ()
    table: pd.DataFrame | None = None


def render_page(title: str, sections: Sequence[Section]) -> str:
    """The page as text; the same sections give the same text.

    Examples
    --------
    >>> "<h2>1 &lt; 2</h2>" in render_page("Findings", [Section(title="1 < 2")])
    True
    """
    return templates().get_template("page.html").render(title=title, sections=sections) + "\n"


def templates() -> jinja2.Environment:
    """Where templates are found, and how they are filled: every name is escaped."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"cell": _cell, "is_number": _is_number, "inline": _inline}
    return found


def write_page(path: Path, title: str, sections: Sequence[Section]) -> None:
    """Write the page; OutputError where that fails, and then the old file is still there."""
    replace_text(path, render_page(title, sections))


def _inline(picture: Picture, prefix: str) -> Markup:
    return Markup(with_prefix(picture.svg, prefix))  # noqa: S704  # drawn by us; matplotlib escapes the names in it


def _cell(value: object) -> str:
    """A value as a table shows it: three significant digits, whole numbers whole, a dash for what is not known."""
    if isinstance(value, Real) and not isinstance(value, bool | np.bool_ | Integral):
        number = float(value)
        return "–" if np.isnan(number) else f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"
    return str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)

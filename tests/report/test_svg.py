"""SVG that stands inside a page."""

import re

from matplotlib.axes import Axes

from transferperf.report import render_picture
from transferperf.report.svg import INK, with_prefix


def _draw(axes: Axes) -> None:
    axes.imshow([[0.0, 1.0]])
    axes.plot([0, 1], [0, 1], "o")
    axes.set_title('<script>1</script> $x$ --> id="a" url(#b)')


def test_the_same_figure_has_the_same_bytes() -> None:
    """No date, no random id: drawn twice, a figure is the same text."""
    first, second = (render_picture(_draw, size=(3, 2), alt="two points").svg for _ in range(2))
    assert first == second


def test_a_figure_names_nothing_outside_itself() -> None:
    """No address, no metadata, and its ink is the page's."""
    svg = render_picture(_draw, size=(3, 2), alt="two points").svg
    assert svg.startswith("<svg")
    assert "http" not in svg
    assert "<metadata" not in svg
    assert INK not in svg
    assert "currentColor" in svg


def test_names_are_shown_as_they_are() -> None:
    """Mark-up, dollar signs and words that look like ids reach the page as text."""
    svg = with_prefix(render_picture(_draw, size=(3, 2), alt="two points").svg, "f1-")
    assert '&lt;script&gt;1&lt;/script&gt; $x$ --&gt; id="a" url(#b)</text>' in svg


def test_prefixed_references_still_find_their_ids() -> None:
    """Ids and references change together, so two figures in one page share none."""
    svg = render_picture(_draw, size=(3, 2), alt="two points").svg
    tags = "".join(re.findall(r"<[^>]*>", with_prefix(svg, "f1-")))
    ids = set(re.findall(r'\bid="([^"]*)"', tags))
    used = set(re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', tags))
    assert used
    assert {a or b for a, b in used} <= ids
    assert all(name.startswith("f1-") for name in ids)

"""One HTML page that holds everything it shows."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transferperf.errors import OutputError
from transferperf.metric import Metric
from transferperf.report import (
    Section,
    prediction_section,
    render_page,
    tuning_section,
    write_page,
)

CHROMIUM = "/usr/bin/chromium"
EVIL = "<script>print()</script>"
SECONDS = Metric("time", unit="s")


def _sections() -> list[Section]:
    """Everything that a report can hold, with a name that would run if it could."""
    y, evil = np.arange(1.0, 9.0), Metric(EVIL, unit="s")
    return [
        prediction_section(y, y + 0.1, y - 0.5, y + 0.5, metric=evil),
        tuning_section(y[::-1], default=6.0, metric=evil),
        Section(title=EVIL, text=(EVIL,), table=pd.DataFrame({EVIL: [EVIL], "seconds": [np.nan]})),
    ]


class _Reader(HTMLParser):
    """What a browser would load, run or point at."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]


def test_a_page_needs_nothing_but_itself() -> None:
    """Every link is a place in the page or data in it; there is no script and no address."""
    page = render_page("Report", _sections())
    read = _Reader(page)
    assert read.links
    assert all(link.startswith(("#", "data:")) for link in read.links)
    assert "script" not in read.tags
    assert not re.search(r"https?://|@import", page)


def test_names_are_shown_and_not_run() -> None:
    """A name with mark-up is escaped in headings, text, tables and figures."""
    page = render_page(EVIL, _sections())
    assert EVIL not in page
    assert page.count("&lt;script&gt;") >= 10


def test_figures_do_not_share_ids() -> None:
    """No id occurs twice, and each figure is described in words."""
    page = render_page("Report", _sections())
    ids = _Reader(page).ids
    assert len(set(ids)) == len(ids)
    described = re.findall(r'role="img" aria-labelledby="([^"]*)"', page)
    assert len(described) == 2
    assert set(described) <= set(ids)


def test_the_same_sections_give_the_same_bytes() -> None:
    """Made twice, a page is the same text."""
    assert render_page("Report", _sections()) == render_page("Report", _sections())


def test_numbers_are_written_for_readers() -> None:
    """Three digits, whole numbers whole, a dash for what is not known."""
    table = pd.DataFrame({"x": [0.123456, 123456.7, np.nan], "n": [1, 20, 12345], "is_ok": [True, False, True]})
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", render_page("Report", [Section(title="Numbers", table=table)]))
    assert cells == ["0.123", "1", "True", "123457", "20", "False", "–", "12345", "True"]


@pytest.mark.parametrize(("n_rows", "n_folds"), [(40, 0), (41, 1)])
def test_a_long_table_is_folded(n_rows: int, n_folds: int) -> None:
    """More than forty rows open on demand, so that what comes next is seen."""
    page = render_page("Report", [Section(title="Numbers", table=pd.DataFrame({"n": range(n_rows)}))])
    assert page.count("<details>") == page.count("</details>") == n_folds


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """The error names the path, and nothing is left behind."""
    with pytest.raises(OutputError, match="could not be written"):
        write_page(tmp_path / "missing" / "report.html", "Report", [])
    path = tmp_path / "report.html"
    write_page(path, "Report", [Section(title="First")])
    write_page(path, "Report", [Section(title="Second")])
    assert "Second" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason="needs a browser: apt-get install chromium")
def test_a_browser_shows_the_page_and_runs_nothing(tmp_path: Path) -> None:
    """Chromium opens the file, and its document holds the figures with every name as text."""
    path = tmp_path / "report.html"
    write_page(path, "Report", _sections())
    offline = [f"--disable-{what}" for what in ("gpu", "quic", "background-networking", "component-update", "sync")]
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--no-first-run",
        *offline,
        f"--user-data-dir={tmp_path}/profile",
    ]
    done = subprocess.run(
        [*command, "--dump-dom", path.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    assert "<title>Report</title>" in done.stdout
    assert done.stdout.count("<svg") == 2
    assert "&lt;script&gt;print()&lt;/script&gt; [s]</text>" in done.stdout
    assert "<script" not in done.stdout

"""The report of similarity as a reader has it: in a real browser, from a file."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from transferperf.api.similarity import SimilarityReport, similarity
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.similarity.overlap import shared_share
from transferperf.space import BinaryOption, ConfigurationSpace, IntegerOption

CHROMIUM = "/usr/bin/chromium"
EVIL = "<script>alert(1)</script>"
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
pytestmark = pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason="needs a browser: apt-get install chromium")


def table() -> MeasurementTable:
    """Four workloads on two machines; an option and a workload have names that would run if they could."""
    a, b = (grid.ravel() for grid in np.meshgrid(np.arange(8), [0, 1]))
    noise = np.random.default_rng(0).normal(scale=0.2, size=(8, len(a)))
    works = {
        "scan": 3.0 + a,
        "sort": 20.0 - a * (1 + b),
        f'"quoted" {EVIL}': 1.0 + 4 * a + b,
        "</script>": 2.0 + (a - 4) ** 2,
    }
    rows = [
        pd.DataFrame({EVIL: a, "b": b, "hardware": hardware, "workload": name, "time": y + noise[k]})
        for k, (hardware, (name, y)) in enumerate((h, work) for h in ("old", "new") for work in works.items())
    ]
    space = ConfigurationSpace((IntegerOption(name=EVIL, levels=tuple(range(8))), BinaryOption(name="b")))
    return MeasurementTable(pd.concat(rows), space, ("hardware", "workload"), (Metric("time", unit="s"),))


@pytest.fixture(scope="module")
def report() -> SimilarityReport:
    """Its report."""
    return similarity(table(), metric="time")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def path(report: SimilarityReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page."""
    written = tmp_path_factory.mktemp("page") / "report.html"
    report.write_html(written)
    return written


@pytest.fixture
def page(browser: Any, path: Path) -> Iterator[Any]:
    """The page as it opens; what it asked for, complained about or ran must be nothing."""
    opened, troubles = browser.new_page(viewport={"width": 1280, "height": 900}), []
    opened.on("console", lambda message: troubles.append(message.text))
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("dialog", lambda dialog: troubles.append(dialog.message))
    opened.on("request", lambda request: troubles.extend({request.url} - {path.as_uri()}))
    opened.goto(path.as_uri())
    yield opened
    opened.close()
    assert troubles == []


def first_cells(page: Any, table: str, column: int) -> list[str]:
    """Texts of one column of a table, as they stand."""
    return [str(text) for text in page.locator(f"#{table} tbody tr > :nth-child({column})").all_inner_texts()]


def test_the_page_opens_with_all_figures(page: Any) -> None:
    """Every figure has marks and says in words what it shows; nothing is loaded, run or complained about."""
    figures = page.locator("main svg").all()
    assert len(figures) >= 4 * 2 + 1 + 5
    shown = [figure for figure in figures if figure.is_visible()]
    assert all(figure.locator("*").count() > 1 for figure in shown)
    assert all(figure.get_attribute("aria-label") for figure in shown)


def test_names_are_shown_and_not_run(page: Any) -> None:
    """Mark-up in names of options and environments stands in the page as text."""
    assert EVIL in page.locator("#effects").text_content()
    assert EVIL in page.locator("#pairs").text_content()
    assert page.locator("select[data-factor=workload] option", has_text="</script>").count() == 2
    assert page.locator("script").count() == 2


def test_a_table_sorts_by_click_and_by_key(page: Any) -> None:
    """The head says how it is sorted, and the column is in that order; once more turns it round."""
    head = page.locator("#pairs th", has_text="Source")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    order = first_cells(page, "pairs", 2)
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert page.locator("#pairs th[aria-sort=ascending]").count() == 0
    turned = first_cells(page, "pairs", 2)
    assert (order[0], turned[0]) == (min(order + turned, key=str.lower), max(order + turned, key=str.lower))


def test_numbers_sort_as_numbers(page: Any) -> None:
    """Correlations fall from first to last, whatever their signs."""
    button = page.locator("#pairs th", has_text="Spearman").locator("button")
    button.click()
    column = 1 + [text.strip() for text in page.locator("#pairs thead th").all_inner_texts()].index("Spearman (M3)")
    texts = first_cells(page, "pairs", column)
    values = [float(re.split(r"\s", text)[0].replace("−", "-")) for text in texts]
    assert values == sorted(values, reverse=True)


def test_a_filter_narrows_tables_and_maps(page: Any) -> None:
    """Of eight environments four are new: 12 pairs among them, 28 into them."""
    assert page.locator("#left").inner_text() == "56 of 56 pairs"
    page.select_option("select[data-factor=hardware]", "new")
    assert page.locator("#left").inner_text() == "12 of 56 pairs"
    assert page.locator("#pairs tbody tr").count() == 12
    assert all(text.startswith("new") for text in first_cells(page, "pairs", 1))
    assert "4 sources and 4 targets" in page.locator("#map-spearman svg.heat").get_attribute("aria-label")
    page.select_option("#scope", "target")
    assert page.locator("#left").inner_text() == "28 of 56 pairs"


def test_a_cell_is_reached_by_keys_and_told(page: Any) -> None:
    """Arrows say pair and number, Enter opens the pair, and a pointer sees both."""
    page.emulate_media(reduced_motion="reduce")
    heat = page.locator("#map-spearman svg.heat")
    heat.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    said = page.locator("#said").text_content()
    assert "→" in said
    assert "Spearman" in said
    page.keyboard.press("Enter")
    chosen = [page.locator(f"#{end} option:checked").text_content() for end in ("source", "target")]
    assert f"{chosen[0]} → {chosen[1]}" in said
    page.locator("#map-spearman rect.chosen").scroll_into_view_if_needed()
    box = page.locator("#map-spearman rect.chosen").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=2)
    assert page.locator("#note").inner_text().startswith(f"{chosen[0]} → {chosen[1]}")


def test_the_page_counts_the_best_as_python_does(page: Any) -> None:
    """The share of the best tenth that is common to a chosen pair is that of the measure."""
    environments = table().environments
    source, target = (table().samples("time", environments[k]).y for k in (1, 5))
    page.select_option("#source", "1")
    page.select_option("#target", "5")
    expected = [f"{100 * shared_share(way * source, way * target, 0.1):.0f} %" for way in (1, -1)]
    caption = page.locator("#overlap-caption").inner_text()
    assert caption.startswith(
        f"Of the best 10 % of configurations {expected[0]} are the same, of the worst {expected[1]};"
    )


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_runs_out_of_the_page(page: Any, width: int, scheme: str) -> None:
    """At any width only tables and large maps scroll, each in its own place; both schemes draw all figures."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_paper(page: Any, scheme: str) -> None:
    """Plain, quiet and accented words have a contrast of at least 4.5 (WCAG AA)."""
    page.emulate_media(color_scheme=scheme)
    contrast = """([selector, property]) => {
      const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
      const light = (text) => {
        const [r, g, b] = text.match(/[\\d.]+/g).map((c) => linear(Number(c) / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ink = light(getComputedStyle(document.querySelector(selector))[property]);
      const paper = light(getComputedStyle(document.body).backgroundColor);
      return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    }"""
    inks = [
        ("h1", "color"),
        ("p.quiet", "color"),
        ("#pairs .pick", "color"),
        (".names text", "fill"),
        (".axes text", "fill"),
    ]
    found = {ink: page.evaluate(contrast, list(ink)) for ink in inks}
    assert {ink: ratio for ink, ratio in found.items() if ratio < 4.5} == {}

"""Figures of a report of similarity as files: what its page shows, as SVG and PNG."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from transferperf.data.files import replace_file, replace_text
from transferperf.errors import UnknownNameError
from transferperf.report.answer import answer
from transferperf.report.colours import HUES, MARKS
from transferperf.report.figures import BLUE, MAX_WRITTEN, draw_heat_map, name_points
from transferperf.report.findings import DOTS, Findings, Shown
from transferperf.report.labels import cut_labels
from transferperf.report.pair_figures import draw_densities, draw_effects, draw_interaction, draw_overlap, draw_shift
from transferperf.report.svg import STYLE

SUFFIXES = (".svg", ".png")
MAX_PAIRS = 12
"""Pairs that are drawn where nobody says which."""


def draw_places(axes: Axes, findings: Findings) -> None:
    """Environments as a map; marks tell the values of the first factor that has few."""
    if findings.places is None:
        return
    places = findings.places.set_index("environment").loc[:, ["x", "y"]]
    values = {name: [e.as_mapping().get(name, "") for e in findings.environments] for name in findings.factors}
    factor = next((name for name, found in values.items() if 1 < len(set(found)) <= len(MARKS)), None)
    of = values[factor] if factor else [""] * len(findings.environments)
    for k, value in enumerate(sorted(set(of))):
        chosen = places.reindex([name for name, its in zip(findings.names, of, strict=True) if its == value])
        axes.plot(chosen["x"], chosen["y"], MARKS[k], color=HUES.light[k], label=value, markersize=6)
    if factor:
        axes.legend(frameon=False, title=factor, loc="upper center", bbox_to_anchor=(0.5, 0), ncols=4)
    axes.set(xticks=[], yticks=[])
    axes.set_aspect("equal", adjustable="datalim")
    axes.spines[:].set_visible(False)
    axes.margins(0.15)
    if len(places) <= MAX_WRITTEN:
        name_points(axes, places.to_numpy(), [findings.labels[name] for name in places.index])


def draw_severity(axes: Axes, findings: Findings, column: str) -> None:
    """Median of one of `DOTS` by what changes, with its interval."""
    if findings.severity is None:
        return
    rows = findings.severity[findings.severity[column].notna()].iloc[::-1]
    place = np.arange(len(rows))
    if {f"{column}_low", f"{column}_high"} <= set(rows):
        axes.hlines(place, rows[f"{column}_low"], rows[f"{column}_high"], color=BLUE, linewidth=2.5, alpha=0.6)
    axes.plot(rows[column], place, "o", color=BLUE, clip_on=False)
    labels = [f"{change} (n = {n})" for change, n in zip(rows["change"], rows["n_pairs"], strict=True)]
    axes.set_yticks(place, labels=labels)
    title, ends = DOTS[column]
    axes.plot(ends, [np.nan] * len(ends))
    axes.set_xlim(min(axes.get_xlim()[0], *ends), max(axes.get_xlim()[1], *ends))
    axes.set(xlabel=title, ylim=(-0.6, len(rows) - 0.4))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def draw_pair(figure: Figure, findings: Findings, source: int, target: int) -> None:
    """Everything that is drawn of one pair, on a figure of two rows; nothing without `observed`."""
    observed = findings.observed
    if observed is None:
        return
    panels = figure.subplots(2, 3)
    draw_shift(panels[0, 0], findings, observed, source, target)
    draw_effects(panels[0, 1], observed, source, target)
    draw_overlap(panels[0, 2], findings, observed, source, target)
    draw_densities(panels[1, 0], findings, observed, source, target)
    options = [*observed.interactions[target], *observed.interactions[source]][:1]
    for axes, place, name in ((panels[1, 1], source, "source"), (panels[1, 2], target, "target")):
        axes.set_axis_off()
        for pair in options:
            axes.set_axis_on()
            draw_interaction(axes, observed, place, pair)
            axes.set_ylabel(f"mean {findings.metric.label} in the {name}")
    for axes in panels.ravel():
        axes.spines[["top", "right"]].set_visible(False)
    labels = list(findings.labels.values())
    figure.suptitle(f"{labels[source]} → {labels[target]}")


def write_figures(folder: Path, findings: Findings, pairs: Sequence[tuple[str, str]] | None = None) -> list[Path]:
    """Each figure of a report as SVG and PNG; the same findings give the same bytes.

    Parameters
    ----------
    folder
        Made where it is not there.
    findings
        What is drawn.
    pairs
        Names of source and target; else the best source of each target, for the first twelve.

    Returns
    -------
    written
        Their paths.
    """
    place = {name: k for k, name in enumerate(findings.names)}
    best = findings.best().head(MAX_PAIRS)
    chosen = list(zip(best["source"], best["target"], strict=True)) if pairs is None else list(pairs)
    for name in (name for pair in chosen for name in pair if name not in place):
        raise UnknownNameError("environment", name, place)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with rc_context(STYLE):
        for shown in findings.shown:
            written += _save(folder / shown.column, _heat_map(findings, shown))
        if findings.places is not None:
            written += _save(folder / "map", _single((7.0, 5.0), lambda axes: draw_places(axes, findings)))
        for column in findings.dots:
            written += _save(folder / f"severity_{column}", _severity(findings, column))
        for k, (source, target) in enumerate(chosen if findings.observed is not None else []):
            figure = Figure(figsize=(12.0, 7.5), layout="constrained")
            draw_pair(figure, findings, place[source], place[target])
            written += _save(folder / f"pair_{k + 1:02}", figure)
    return written


def write_findings(folder: Path, findings: Findings) -> list[Path]:
    """The numbers behind the figures: pairs.csv, sources.csv, and everything in report.json; paths of these."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {"pairs": findings.pairs, "sources": findings.best()}
    written = [folder / f"{name}.csv" for name in tables]
    for path, table in zip(written, tables.values(), strict=True):
        replace_text(path, table.to_csv(index=False))
    document: dict[str, object] = {"metric": findings.metric.name, "unit": findings.metric.unit}
    document["answer"] = answer(findings)
    others = {"severity": findings.severity, "map": findings.places}
    tables |= {name: table for name, table in others.items() if table is not None}
    records = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
    replace_text(folder / "report.json", json.dumps(document | records, ensure_ascii=False, indent=1) + "\n")
    written.append(folder / "report.json")
    return written


def _single(size: tuple[float, float], draw: Callable[[Axes], None]) -> Figure:
    figure = Figure(figsize=size, layout="constrained")
    draw(figure.add_subplot())
    return figure


def _severity(findings: Findings, column: str) -> Figure:
    n = 0 if findings.severity is None else len(findings.severity)
    return _single((6.5, 1.2 + 0.35 * n), lambda axes: draw_severity(axes, findings, column))


def _heat_map(findings: Findings, shown: Shown) -> Figure:
    order = findings.order()
    values, labels = findings.matrix(shown.column), cut_labels(list(findings.labels.values()))
    named = [labels[k] for k in order]
    cell, letter = (0.42, 0.085) if len(named) <= MAX_WRITTEN else (0.13, 0.06)
    side = max(2.5, cell * len(named)) + 0.4 + letter * max(map(len, named))
    return _single(
        (side + 1.6, side + 0.3),
        lambda axes: draw_heat_map(axes, values[np.ix_(order, order)], named, title=shown.title, scale=shown.scale),
    )


def _save(stem: Path, figure: Figure) -> list[Path]:
    """A figure in both formats, without a date; laid out once."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    paths = [stem.with_name(f"{stem.name}{suffix}") for suffix in SUFFIXES]
    for path in paths:
        nothing = {"Date": None, "Creator": None} if path.suffix == ".svg" else {"Software": None}

        def write(temporary: Path, nothing: dict[str, None] = nothing) -> None:
            figure.savefig(temporary, dpi=150, facecolor="white", metadata=nothing)

        replace_file(path, write)
    return paths

"""Tables in Markdown and what figures share."""

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

OURS = "transferperf"
ALONE = "no transfer"
FOREST = "forest on logs"
FOREST_RAW = "forest on values"
ALWAYS = "always transfer"
ALL = "transferperf from all"
PUBLISHED = "best published"
ALWAYS_ALL = "always transfer from all"

TITLES = {"median_ape": "median APE %", "log_rmse": "log RMSE", "spearman": "Spearman", "coverage": "coverage"}
"""Scores beside the main one -> heads of their columns."""

COLOURS = {
    OURS: "#0072B2",
    ALONE: "#56B4E9",
    FOREST: "#009E73",
    FOREST_RAW: "#8C8C8C",
    "ridge on log sources": "#E69F00",
    "XGBoost with sources": "#CC79A7",
    PUBLISHED: "#D55E00",
}
"""Okabe and Ito's colours: told apart by colour-blind readers, the same model in every figure."""
MARKERS = dict(zip(COLOURS, "osv^DPX", strict=True))


def use_log_scale(axes: Axes) -> None:
    """A log scale for y with few, plain labels."""
    axes.set_yscale("log")
    spread = np.log10(axes.get_ylim()[1] / axes.get_ylim()[0])
    axes.yaxis.set_major_locator(
        LogLocator(subs=(1.0,) if spread > 3 else (1.0, 2.0, 5.0) if spread > 0.8 else range(1, 10))
    )
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.grid(visible=True, alpha=0.25)


def draw_errors(cells: pd.DataFrame, *, score: str) -> Figure:
    """Errors against training rows, a panel for each system; a line for each model that is a column of the cells."""
    systems = list(dict.fromkeys(cells["system"]))
    n_columns = min(len(systems), 4 if len(systems) == 4 else 3)
    n_rows = -(-len(systems) // n_columns)
    figure = Figure(figsize=(3.1 * max(n_columns, 2), 2.7 * n_rows + 0.9), layout="constrained")
    panels = figure.subplots(n_rows, n_columns, squeeze=False)
    for axes, system in zip(panels.ravel(), systems, strict=False):
        _draw_lines(axes, cells[cells["system"] == system])
        axes.set(title=system, xlabel="training rows in the target")
    for axes in panels[:, 0]:
        axes.set_ylabel(score)
    for axes in panels.ravel()[len(systems) :]:
        axes.set_visible(False)
    lines = {line.get_label(): line for axes in figure.axes for line in axes.get_lines()}
    names = [name for name in COLOURS if name in lines]
    figure.legend(
        [lines[name] for name in names], names, loc="outside lower center", ncols=4, frameon=False, fontsize=9
    )
    return figure


def _draw_lines(axes: Axes, part: pd.DataFrame) -> None:
    for model in (name for name in COLOURS if name in part and part[name].notna().any()):
        width, size = (2.2, 6) if model in {OURS, PUBLISHED} else (1.1, 4)
        (line,) = axes.plot(part["n"], part[model], color=COLOURS[model], marker=MARKERS[model], label=model)
        line.set(linewidth=width, markersize=size)
    use_log_scale(axes)


def write_page(
    folder: Path,
    opening: str,
    lines: Sequence[str],
    figures: Mapping[str, tuple[str, Figure]],
    sections: Mapping[str, Sequence[str | pd.DataFrame]],
) -> None:
    """Write result.md and its figures into a folder, and behind them what its about.md says of the runs.

    Parameters
    ----------
    lines
        Verdicts; they are printed, too.
    figures
        Name of a file -> what it shows in words, and the figure.
    sections
        Title -> paragraphs and tables.
    """
    parts = ["# What came out", opening, "\n".join(lines)]
    for name, (text, figure) in figures.items():
        figure.savefig(folder / name, dpi=110)
        parts.append(f"![{text}]({name})")
    for title, content in sections.items():
        parts += [f"## {title}", *(part if isinstance(part, str) else markdown(part) for part in content)]
    about = folder / "about.md"
    parts += [about.read_text(encoding="utf-8").strip()] if about.is_file() else []
    (folder / "result.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print("\n".join(lines))


def markdown(frame: pd.DataFrame, *, digits: int = 3) -> str:
    """A table with the frame's columns; numbers with so many significant digits."""
    lines = [list(map(str, frame.columns)), ["---"] * frame.shape[1]]
    lines += [[_cell(value, digits) for value in row] for row in frame.itertuples(index=False, name=None)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object, digits: int) -> str:
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return "-"
        return f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"
    return str(value)


def verdict(claim: str, came: str, *, holds: bool) -> str:
    """One line: what was asked, what came out."""
    return f"- {'Reached' if holds else '**Not reached**'}: {claim}; it is {came}."


def geometric_mean(ratios: Sequence[float] | np.ndarray | pd.Series) -> float:
    """Geometric mean of those ratios that are known and above 0; NaN of none."""
    values = np.asarray(ratios, dtype=float)
    values = values[np.isfinite(values) & (values > 0)]
    return float(np.exp(np.log(values).mean())) if len(values) else float("nan")


def calibration(fits: pd.DataFrame, key: Sequence[str], *, model: str = OURS) -> pd.DataFrame:
    """Mean coverage of the 90 % intervals by system and over all, and interval scores as a ratio to the forest's.

    `key` names a fit apart from its model; the ratio is the geometric mean over fits that both have made.
    """
    ours, forest = (fits[fits["model"] == name].set_index(list(key)) for name in (model, FOREST))
    both = ours[["coverage", "interval_score"]].join(forest[["coverage", "interval_score"]], rsuffix=" forest")
    both["ratio"] = both["interval_score"] / both["interval_score forest"]
    groups = [(str(name), part) for name, part in both.groupby(level="system")]
    rows = [
        {
            "system": name,
            "fits": len(part),
            "coverage %": 100 * part["coverage"].mean(),
            "forest's coverage %": 100 * part["coverage forest"].mean(),
            "interval score / forest's": geometric_mean(part["ratio"]),
        }
        for name, part in [*groups, ("all", both)]
    ]
    return pd.DataFrame(rows)


def calibration_verdicts(table: pd.DataFrame) -> list[str]:
    """Whether intervals cover what they say, over all and in each system."""
    overall, each = table["coverage %"].iloc[-1], table["coverage %"].iloc[:-1]
    ends = f"{each.min():.1f} to {each.max():.1f} %"
    return [
        verdict("90 % intervals cover 87 to 93 % over all", f"{overall:.1f} %", holds=87 <= overall <= 93),
        verdict("they cover 80 to 97 % in each system", ends, holds=bool(each.between(80, 97).all())),
    ]


def times(fits: pd.DataFrame, *, model: str = OURS) -> pd.DataFrame:
    """Seconds of a fit, by system and size."""
    groups = fits[fits["model"] == model].groupby(["system", "n"])
    rows = [
        {
            "system": system,
            "n": n,
            "sources, once (s)": part["background_s"].median(),
            "fit, median (s)": part["fit_s"].median(),
            "fit, 95th percentile (s)": part["fit_s"].quantile(0.95),
            "predict, median (s)": part["predict_s"].median(),
        }
        for (system, n), part in groups
    ]
    return pd.DataFrame(rows)


def machine() -> str:
    """Where and when the report was made."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.system()}, {cores} cores, Python {platform.python_version()}; one thread for each fit."

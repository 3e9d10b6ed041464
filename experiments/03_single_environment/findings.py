"""From the fits to result.md and its figure: medians over runs beside the published ones."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from bench.report import (
    COLOURS,
    FOREST,
    FOREST_RAW,
    MARKERS,
    OURS,
    calibration,
    calibration_verdicts,
    machine,
    markdown,
    times,
    use_log_scale,
    verdict,
)

KEY = ["system", "n", "run"]
CELL = ["system", "n"]
MEANING = """Median over runs of the mean relative error, in per cent. *Best published* is the least of DaL, RF, CART
and LR-DaL in the table that was published with DaL (FSE 2023), to the digits printed there. `least` predicts the point
of least expected relative error instead of the median. RF is the published forest: ours on values should be near it."""


def write(fits: pd.DataFrame, published: pd.DataFrame, folder: Path) -> None:
    """Write result.md and errors.png into a folder."""
    cells, covered = compare(fits, published), calibration(fits, KEY)
    lines = [*verdicts(cells), *calibration_verdicts(covered)]
    runs = fits[fits["model"] == OURS].groupby(CELL)["run"].nunique()
    parts = [
        "# What came out",
        f"{machine()} {len(runs)} cells, {runs.min()} to {runs.max()} runs each.",
        "\n".join(lines),
        "![Median over runs of the mean relative error against training rows, a panel for each system.](errors.png)",
        "## Mean relative error",
        MEANING,
        markdown(cells),
        "## Other scores of ours, medians over runs",
        markdown(others(fits)),
        "## Calibration",
        markdown(covered),
        "## Seconds",
        markdown(times(fits)),
    ]
    (folder / "result.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    draw(cells).savefig(folder / "errors.png", dpi=110)
    print("\n".join(lines))


def compare(fits: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """One row for each cell: our median, the best published, their ratio, and the forests."""
    medians = fits.groupby([*CELL, "model"])["mre"].median().reset_index()
    ours = medians.pivot_table("mre", index=CELL, columns="model", aggfunc="first")
    best = published.loc[published.groupby(CELL)["median_mre"].idxmin()].set_index(CELL)
    forest = published[published["model"] == "RF"].set_index(CELL)["median_mre"]
    least = fits[fits["model"] == OURS].groupby(CELL)["mre_least"].median()
    table = pd.DataFrame({OURS: ours[OURS], "least": least})
    table = table.join(best.rename(columns={"median_mre": "best published", "model": "its"})[["best published", "its"]])
    table["ratio"] = table[OURS] / table["best published"]
    return (
        table.join(ours[[name for name in (FOREST, FOREST_RAW) if name in ours]])
        .join(forest.rename("RF"))
        .reset_index()
    )


def verdicts(cells: pd.DataFrame) -> list[str]:
    """In how many cells ours is at or below the best published."""
    known = cells.dropna(subset=["ratio"])
    at_or_below, offered = (known["ratio"] <= 1).mean(), known.dropna(subset=["least"])
    came = f"so in {at_or_below:.0%} of {len(known)}"
    if len(offered):
        came += (
            f" (with the point of least relative error {(offered['least'] <= offered['best published']).mean():.0%})"
        )
    claim = "at or below the best published median error in at least 80 % of the cells"
    return [verdict(claim, came, holds=bool(at_or_below >= 0.8))]


def others(fits: pd.DataFrame) -> pd.DataFrame:
    """Median over runs of the other scores."""
    names = {"median_ape": "median APE %", "log_rmse": "log RMSE", "spearman": "Spearman", "coverage": "coverage"}
    ours = fits[fits["model"] == OURS].groupby(CELL)[list(names)].median()
    return ours.rename(columns=names).reset_index()


def draw(cells: pd.DataFrame) -> Figure:
    """Median error against training rows, a panel for each system."""
    systems = list(dict.fromkeys(cells["system"]))
    figure = Figure(
        figsize=(3.2 * min(3, max(len(systems), 2)), 2.6 * -(-len(systems) // 3) + 0.8), layout="constrained"
    )
    panels = figure.subplots(-(-len(systems) // 3), min(3, len(systems)), squeeze=False)
    for axes, system in zip(panels.ravel(), systems, strict=False):
        part = cells[cells["system"] == system]
        for model in (OURS, "best published", FOREST, FOREST_RAW):
            style = {"color": COLOURS[model], "marker": MARKERS[model], "markersize": 5}
            axes.plot(part["n"], part[model], **style, linewidth=2.2 if model == OURS else 1.1, label=model)
        use_log_scale(axes)
        axes.set(title=system, xlabel="training rows")
    for axes in panels[:, 0]:
        axes.set_ylabel("median of MRE (%)")
    for axes in panels.ravel()[len(systems) :]:
        axes.set_visible(False)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure

"""From the fits to result.md and its figure: medians over runs beside the published ones."""

from argparse import Namespace
from pathlib import Path

import pandas as pd

from bench.report import (
    FOREST,
    FOREST_RAW,
    OURS,
    PUBLISHED,
    TITLES,
    calibration,
    calibration_verdicts,
    draw_errors,
    machine,
    times,
    verdict,
    write_page,
)

KEY = ["system", "n", "run"]
CELL = ["system", "n"]
MEANING = """Median over runs of the mean relative error, in per cent. *Best published* is the least of DaL, RF, CART
and LR-DaL in the table that was published with DaL (FSE 2023), to the digits printed there. `least` predicts the point
of least expected relative error instead of the median. RF is the published forest: ours on values should be near it."""


def write(fits: pd.DataFrame, options: Namespace) -> None:
    """Write result.md and errors.png."""
    cells = compare(fits, pd.read_csv(Path(__file__).with_name("published.csv")))
    covered = calibration(fits, KEY)
    runs = fits[fits["model"] == OURS].groupby(CELL)["run"].nunique()
    alt = "Median over runs of the mean relative error against training rows, a panel for each system."
    write_page(
        options.into,
        f"{machine()} {len(runs)} cells, {runs.min()} to {runs.max()} runs each.",
        [*verdicts(cells), *calibration_verdicts(covered)],
        {"errors.png": (alt, draw_errors(cells, score="median of MRE (%)"))},
        {
            "Mean relative error": [MEANING, cells],
            "Other scores of ours, medians over runs": [others(fits)],
            "Calibration": [covered],
            "Seconds": [times(fits)],
        },
    )


def compare(fits: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """One row for each cell: our median, the best published, their ratio, and the forests."""
    medians = fits.groupby([*CELL, "model"])["mre"].median().reset_index()
    ours = medians.pivot_table("mre", index=CELL, columns="model", aggfunc="first")
    best = published.loc[published.groupby(CELL)["median_mre"].idxmin()].set_index(CELL)
    forest = published[published["model"] == "RF"].set_index(CELL)["median_mre"]
    least = fits[fits["model"] == OURS].groupby(CELL)["mre_least"].median()
    table = pd.DataFrame({OURS: ours[OURS], "least": least})
    table = table.join(best.rename(columns={"median_mre": PUBLISHED, "model": "its"})[[PUBLISHED, "its"]])
    table["ratio"] = table[OURS] / table[PUBLISHED]
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
    ours = fits[fits["model"] == OURS].groupby(CELL)[list(TITLES)].median()
    return ours.rename(columns=TITLES).reset_index()

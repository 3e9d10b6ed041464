"""From the fits to result.md and its figures: ours beside the published models and what is built in an afternoon."""

from argparse import Namespace

import numpy as np
import pandas as pd

from bench.report import (
    ALONE,
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

KEY = ["system", "n", "environment", "run"]
CELL = ["system", "n"]
AFTERNOON = (FOREST, "ridge on log sources", "XGBoost with sources")
ASKED = 0.40
MEANING = """Mean over target environments of the mean over runs. `least` predicts the point of least expected relative
error instead of the median."""
CHECK = """The published forest (RF) beside ours on the published splits: mean relative error in per cent, and the
difference in standard errors of a mean over as many runs as we made."""


def write(fits: pd.DataFrame, options: Namespace) -> None:
    """Write result.md and errors.png; the published errors lie beside the folder of the data."""
    published = pd.read_csv(options.data.parent / "published" / "sempl_mre.csv")
    errors, covered = run_by_us(published, fits), calibration(fits, KEY)
    cells = compare(same_splits(fits), errors)
    alt = "Mean relative error against the number of training rows, one panel for each system."
    write_page(
        options.into,
        f"{machine()} {_extent(fits)}",
        [*verdicts(cells), *calibration_verdicts(covered)],
        {"errors.png": (alt, draw_errors(cells, score="mean relative error (%)"))},
        {
            "Mean relative error, in per cent": [MEANING, cells],
            "Other scores of ours": [others(fits)],
            "Calibration": [covered],
            "Seconds": [times(fits)],
            "Check of the protocol": [CHECK, check(fits, errors)],
        },
    )


def run_by_us(errors: pd.DataFrame, fits: pd.DataFrame) -> pd.DataFrame:
    """The published errors in those target environments in which we have fits: all of them, once all runs are made."""
    ours = fits[["system", "environment"]].drop_duplicates().astype({"environment": int})
    return errors.merge(ours, left_on=["system", "env"], right_on=["system", "environment"]).drop(columns="environment")


def same_splits(fits: pd.DataFrame) -> pd.DataFrame:
    """The fits of those splits that our model was fitted to."""
    return fits.merge(fits.loc[fits["model"] == OURS, KEY], on=KEY)


def _extent(fits: pd.DataFrame) -> str:
    runs = fits[fits["model"] == OURS].groupby([*CELL, "environment"])["run"].nunique()
    return f"{len(runs)} of target environment and size, {runs.min()} to {runs.max()} runs each."


def per_cell(fits: pd.DataFrame, score: str) -> pd.DataFrame:
    """Mean over environments of the mean over runs; rows (system, n) in the order of the file, a column per model."""
    per_environment = fits.groupby([*CELL, "environment", "model"], sort=False)[score].mean()
    long = per_environment.rename("score").reset_index()
    return long.pivot_table("score", index=CELL, columns="model", aggfunc="mean")


def best_published(errors: pd.DataFrame, sizes: pd.DataFrame) -> pd.DataFrame:
    """Least mean relative error over the published models in each cell (system, n), and whose it is.

    A model that was run with a few more rows stands in the cell of the nearest size.
    """
    mean = (
        errors.groupby(["system", "n", "model"])["mean"].mean().reset_index()
    )  # SeMPL stands there three times, equal
    rows = []
    for system, n in sizes.itertuples(index=False, name=None):
        known = sizes.loc[sizes["system"] == system, "n"].to_numpy()
        here = mean[mean["system"] == system]
        nearest = known[np.abs(here["n"].to_numpy()[:, None] - known).argmin(axis=1)] == n
        best = here[nearest].nsmallest(1, "mean")
        if len(best):
            rows.append({"system": system, "n": n, PUBLISHED: best["mean"].iloc[0], "its": best["model"].iloc[0]})
    return pd.DataFrame(rows, columns=["system", "n", PUBLISHED, "its"]).set_index(CELL)


def compare(fits: pd.DataFrame, errors: pd.DataFrame) -> pd.DataFrame:
    """One row for each cell: our errors, the best published, their ratio, and those of the baselines."""
    ours = per_cell(fits, "mre")
    least = per_cell(fits, "mre_least").get(OURS)
    sizes = errors.loc[errors["model"] == "RF", CELL].drop_duplicates()
    cells = ours.join(best_published(errors, sizes), how="left")
    models = [name for name in (*AFTERNOON, FOREST_RAW) if name in ours]
    floor = ours[[name for name in AFTERNOON if name in ours]].min(axis=1)
    table = pd.DataFrame({OURS: cells.get(OURS), "least": least, ALONE: cells.get(ALONE)}, index=cells.index)
    table = table.join(cells[[PUBLISHED, "its"]])
    table["ratio"] = table[OURS] / table[PUBLISHED]
    table = table.join(ours[models])
    table["ratio to best baseline"] = table[OURS] / floor
    return table.astype({OURS: float, "least": float, ALONE: float}).reset_index()


def verdicts(cells: pd.DataFrame) -> list[str]:
    """Whether ours is ahead in every cell, by how much, and of the afternoon's floor."""
    published = cells.dropna(subset=["ratio"])
    ahead, median = int((published["ratio"] < 1).sum()), published["ratio"].median()
    floor = int((cells["ratio to best baseline"] <= 1).sum())
    least = (published["least"] / published[PUBLISHED]).median()
    return [
        verdict(
            "lower error than the best published in every cell",
            f"lower in {ahead} of {len(published)}",
            holds=ahead == len(published),
        ),
        verdict(
            f"median ratio to the best published at most {ASKED:.2f}",
            f"{median:.2f}" + (f" (with the point of least relative error {least:.2f})" if least > 0 else ""),
            holds=median <= ASKED,
        ),
        verdict(
            "at or below the best of forest, ridge and XGBoost in every cell",
            f"so in {floor} of {len(cells)}",
            holds=floor == len(cells),
        ),
    ]


def others(fits: pd.DataFrame) -> pd.DataFrame:
    """Median APE in per cent, log RMSE, Spearman and coverage of ours in each cell."""
    columns = {title: per_cell(fits, score).get(OURS) for score, title in TITLES.items()}
    forest = {f"forest's {TITLES[score]}": per_cell(fits, score).get(FOREST) for score in ("median_ape", "log_rmse")}
    return pd.DataFrame(columns | forest).astype(float).reset_index()


def check(fits: pd.DataFrame, errors: pd.DataFrame) -> pd.DataFrame:
    """The published forest beside ours, for each cell."""
    forest = errors[errors["model"] == "RF"]
    published = forest.groupby(CELL)["mean"].mean()
    n_runs = fits[fits["model"] == FOREST_RAW].groupby(CELL)["run"].nunique()
    of_means = forest.groupby(CELL)["std"].agg(lambda std: np.sqrt((std**2).sum()) / len(std))
    spread: pd.Series = of_means / np.sqrt(n_runs)
    table = pd.DataFrame({"published": published, "ours": per_cell(fits, "mre").get(FOREST_RAW)})
    table["difference / standard error"] = (table["ours"] - table["published"]) / spread
    return table.dropna().reset_index()

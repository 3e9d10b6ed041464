"""From the fits to result.md and its figures: ours beside the published models and what is built in an afternoon."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from bench.report import (
    ALONE,
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

KEY = ["system", "n", "environment", "run"]
CELL = ["system", "n"]
AFTERNOON = (FOREST, "ridge on log sources", "XGBoost with sources")
ASKED = 0.40
MEANING = """Mean over target environments of the mean over runs. `least` predicts the point of least expected relative
error instead of the median."""
CHECK = """The published forest (RF) beside ours on the published splits: mean relative error in per cent, and the
difference in standard errors of a mean over as many runs as we made."""


def write(fits: pd.DataFrame, published: Path, folder: Path) -> None:
    """Write result.md and errors.png into a folder."""
    errors = run_by_us(pd.read_csv(published), fits)
    cells = compare(same_splits(fits), errors)
    covered = calibration(fits, KEY)
    parts = [
        "# What came out",
        f"{machine()} {_extent(fits)}",
        "\n".join([*verdicts(cells), *calibration_verdicts(covered)]),
        "![Mean relative error against the number of training rows, one panel for each system.](errors.png)",
        "## Mean relative error, in per cent",
        MEANING,
        markdown(cells),
        "## Other scores of ours",
        markdown(others(fits)),
        "## Calibration",
        markdown(covered),
        "## Seconds",
        markdown(times(fits)),
        "## Check of the protocol",
        CHECK,
        markdown(check(fits, errors)),
    ]
    (folder / "result.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    draw(cells).savefig(folder / "errors.png", dpi=110)
    print("\n".join(verdicts(cells)))


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
            rows.append(
                {"system": system, "n": n, "best published": best["mean"].iloc[0], "its": best["model"].iloc[0]}
            )
    return pd.DataFrame(rows, columns=["system", "n", "best published", "its"]).set_index(CELL)


def compare(fits: pd.DataFrame, errors: pd.DataFrame) -> pd.DataFrame:
    """One row for each cell: our errors, the best published, their ratio, and those of the baselines."""
    ours = per_cell(fits, "mre")
    least = per_cell(fits, "mre_least").get(OURS)
    sizes = errors.loc[errors["model"] == "RF", CELL].drop_duplicates()
    cells = ours.join(best_published(errors, sizes), how="left")
    models = [name for name in (*AFTERNOON, FOREST_RAW) if name in ours]
    floor = ours[[name for name in AFTERNOON if name in ours]].min(axis=1)
    table = pd.DataFrame({OURS: cells.get(OURS), "least": least, ALONE: cells.get(ALONE)}, index=cells.index)
    table = table.join(cells[["best published", "its"]])
    table["ratio"] = table[OURS] / table["best published"]
    table = table.join(ours[models])
    table["ratio to best baseline"] = table[OURS] / floor
    return table.astype({OURS: float, "least": float, ALONE: float}).reset_index()


def verdicts(cells: pd.DataFrame) -> list[str]:
    """Whether ours is ahead in every cell, by how much, and of the afternoon's floor."""
    published = cells.dropna(subset=["ratio"])
    ahead, median = int((published["ratio"] < 1).sum()), published["ratio"].median()
    floor = int((cells["ratio to best baseline"] <= 1).sum())
    least = (published["least"] / published["best published"]).median()
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
    names = {"median_ape": "median APE %", "log_rmse": "log RMSE", "spearman": "Spearman", "coverage": "coverage"}
    columns = {title: per_cell(fits, score).get(OURS) for score, title in names.items()}
    forest = {f"forest's {names[score]}": per_cell(fits, score).get(FOREST) for score in ("median_ape", "log_rmse")}
    return pd.DataFrame(columns | forest).astype(float).reset_index()


def check(fits: pd.DataFrame, errors: pd.DataFrame) -> pd.DataFrame:
    """The published forest beside ours, for each cell."""
    forest = errors[errors["model"] == "RF"]
    published = forest.groupby(CELL)["mean"].mean()
    n_runs = fits[fits["model"] == FOREST_RAW].groupby(CELL)["run"].nunique()
    spread = forest.groupby(CELL)["std"].agg(lambda std: np.sqrt((std**2).sum()) / len(std)) / np.sqrt(n_runs)
    table = pd.DataFrame({"published": published, "ours": per_cell(fits, "mre").get(FOREST_RAW)})
    table["difference / standard error"] = (table["ours"] - table["published"]) / spread
    return table.dropna().reset_index()


def draw(cells: pd.DataFrame) -> Figure:
    """Mean relative error against training rows, a panel for each system."""
    systems = list(dict.fromkeys(cells["system"]))
    figure = Figure(figsize=(3.1 * max(len(systems), 2), 3.9), layout="constrained")
    for axes, system in zip(figure.subplots(1, len(systems), squeeze=False)[0], systems, strict=True):
        part = cells[cells["system"] == system]
        for model in (name for name in COLOURS if name in part and part[name].notna().any()):
            is_main = model in (OURS, "best published")
            axes.plot(
                part["n"],
                part[model],
                color=COLOURS[model],
                marker=MARKERS[model],
                linewidth=2.2 if is_main else 1.1,
                markersize=6 if is_main else 4,
                label=model,
            )
        use_log_scale(axes)
        axes.set(title=system, xlabel="training rows in the target")
    figure.axes[0].set_ylabel("mean relative error (%)")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure

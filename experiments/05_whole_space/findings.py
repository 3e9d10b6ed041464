"""From the measurements to result.md and its figure: how long the best of a whole space takes."""

from argparse import Namespace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from worlds import EI, LCB, MEANS, OTHERS, SPACES

from bench.report import COLOURS, MARKERS, OURS, machine, verdict, write_page

FLOOR, MEAN_FLOOR = "matrix products, variance", "matrix products, mean"
TIMES = {100: 5.0, 200: 12.0, 500: 30.0}
"""Rows -> how far below the floor is asked for."""
MEANING = """*processor (s)* adds up all threads; what it is compared with has one. *floor* is n (n + 1) operations a
configuration at the largest float32 rate that a product of matrices reached in the same run. *visited* tiles were
computed again in float64; all others were excluded by a bound on the rounding of float32. Medians over runs."""


def write(rows: pd.DataFrame, options: Namespace) -> None:
    """Write result.md and growth.png."""
    best, means = against(rows, (LCB, EI), FLOOR), against(rows, (MEANS,), MEAN_FLOOR)
    growing, every = growth(rows), rows[rows["part"] == "everything"]
    load = rows["load"]
    opening = (
        f"Load of the machine while it was measured: median {load.median():.1f}, at most {load.max():.1f}. Above the "
        "number of cores other programs had a share: then seconds on the clock say little, and processor seconds are "
        "larger than on a machine at rest."
    )
    looked = [
        f"{len(every)} space(s) of {', '.join(every['space'])} with {', '.join(every['n'].astype(str))} rows: the same "
        f"configuration in {(every['same'] == 'True').sum() + (every['same'] == True).sum()}, "  # noqa: E712
        f"scores that differ by {every['difference'].max():.1e} at most; {every['cpu_s'].max():.0f} processor seconds."
        if len(every)
        else "Not run."
    ]
    write_page(
        options.into,
        f"{machine().removesuffix('one thread for each fit.')}as many threads as cores for ours. {opening}",
        verdicts(best, means, rows),
        {"growth.png": ("Processor seconds against rows and against configurations.", draw(growing))},
        {
            "The best of a space": [MEANING, best],
            "The ten lowest means": [means],
            "Less noise": [noisy(rows)],
            "Growth": [growing],
            "Every configuration looked at": looked,
        },
    )


def against(rows: pd.DataFrame, ours: tuple[str, ...], floor: str) -> pd.DataFrame:
    """Our searches beside the floor and other libraries."""
    part = rows[rows["part"] == "best"]
    lines = []
    for (space, n), cell in part.groupby(["space", "n"], sort=False):
        cpu = cell.groupby("model")["cpu_s"].median()
        for name in ours:
            mine = cell[cell["model"] == name]
            if not len(mine):
                continue
            line: dict[str, object] = {"space": space, "n": n, "best by": name, "runs": len(mine)}
            line |= _times(mine) | {"visited": f"{mine['visited'].median():.0f} of {mine['tiles'].median():.0f}"}
            for other, head in ((floor, "floor / ours"), *((o, f"{o} / ours") for o in OTHERS)):
                line[head] = cpu.get(other, np.nan) / cpu[name]
            lines.append(line)
    return pd.DataFrame(lines)


def _times(mine: pd.DataFrame) -> dict[str, object]:
    return {
        "seconds": mine["seconds"].median(),
        "processor (s)": mine["cpu_s"].median(),
        "memory (MB)": mine["memory_mb"].max(),
    }


def noisy(rows: pd.DataFrame) -> pd.DataFrame:
    """What less noise does to the screen in float32."""
    part = rows[rows["part"] == "noise"]
    lines = [
        {
            "n": row["n"],
            "noise": row["noise"],
            "best by": row["model"],
            "processor (s)": row["cpu_s"],
            "visited": row["visited"],
            "repeated in float64": row["fell_back"],
            "exact": row["exact"],
        }
        for _, row in part.iterrows()
    ]
    return pd.DataFrame(lines)


def growth(rows: pd.DataFrame) -> pd.DataFrame:
    """Seconds of one search, by rows and spaces."""
    part = rows[rows["part"] == "growth"].drop_duplicates(["space", "n"])
    lines = [
        {
            "space": space,
            "configurations": float(np.prod(SPACES[str(space)], dtype=float)),
            "n": n,
            **_times(cell),
            "repeated in float64": str(cell["fell_back"].iloc[0]),
            "ns a configuration": 1e9 * cell["cpu_s"].median() / np.prod(SPACES[str(space)], dtype=float),
        }
        for (space, n), cell in part.groupby(["space", "n"])
    ]
    return pd.DataFrame(lines).sort_values(["configurations", "n"])


def verdicts(best: pd.DataFrame, means: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """Whether it is as fast as was asked."""
    lines, swept = [], rows[rows["model"].isin((LCB, EI, MEANS))]
    for n, least in TIMES.items():
        ratios = best.loc[best["n"] == n, "floor / ours"].dropna() if len(best) else best
        if len(ratios):
            came = f"{ratios.min():.1f} to {ratios.max():.1f} times"
            lines.append(
                verdict(f"{least:g} times below the floor at {n} rows, certified", came, holds=ratios.min() >= least)
            )
    others = best[[f"{o} / ours" for o in OTHERS]].min() if len(best) else pd.Series(dtype=float)
    if others.notna().any():
        came = f"{others.min():.0f} times at least"
        lines.append(verdict("100 times faster than scikit-learn and gpytorch", came, holds=bool(others.min() >= 100)))
    if len(means):
        share = means["floor / ours"]
        came = f"{100 * share.min():.0f} to {100 * share.max():.0f} %"
        claim = "the ten lowest means at 60 % of the matrix product's rate or more, from 200 rows on"
        lines.append(verdict(claim, came, holds=bool(share[means["n"] >= 200].min() >= 0.6)))
    if len(swept):
        memory, exact = swept["memory_mb"].max(), (swept["exact"].astype(str) == "True").all()
        most = swept.loc[swept["part"] == "best", "memory_mb"].max()
        lines.append(verdict("under 1 GB up to 500 rows", f"{most:.0f} MB (up to {memory:.0f})", holds=most < 1000))
        lines.append(verdict("every answer is proven", f"{len(swept)} answers", holds=bool(exact)))
    return lines


def draw(growing: pd.DataFrame) -> Figure:
    """Processor seconds against rows, and against configurations."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    by_rows, by_size = figure.subplots(1, 2)
    lines = [(str(space), cell) for space, cell in growing.groupby("space", sort=False) if len(cell) > 1]
    for (space, cell), colour, marker in zip(lines, COLOURS.values(), MARKERS.values(), strict=False):
        by_rows.plot(cell["n"], cell["processor (s)"], color=colour, marker=marker, label=space)
    fewest = growing[growing["n"] == growing["n"].min()]
    binary = fewest[~fewest["space"].str.contains(" ")]
    by_size.plot(
        binary["configurations"],
        binary["processor (s)"],
        color=COLOURS[OURS],
        marker="o",
        label=f"{fewest['n'].min()} rows",
    )
    by_rows.set(xlabel="rows", ylabel="processor seconds")
    by_size.set(xlabel="configurations")
    for axes in (by_rows, by_size):
        axes.set(xscale="log", yscale="log")
        axes.grid(visible=True, alpha=0.25)
        if axes.get_lines():
            axes.legend(frameon=False)
    return figure

"""From the rows to result.md and its figure."""

from argparse import Namespace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from bench.report import machine, verdict, write_page

CASE = ["system", "run", "target"]
CLOSE = 1.05
CLOSE_POINTS = 5.0
MEANING = """*Rank correlation* is Spearman's of the measurements that 20 rows foretell to be saved and those that
are. Over all pairs each pair counts once; with systems alike each system has the same weight. Where all of a system's
sources save all that was looked for there is none. The interval is that of 95 %."""
BEST = """A named source is close by *error* where its real error is at most 1.05 times that of the best one. The
smallest errors are often those of near copies of the target, and 5 % of next to nothing is less than the spread of
twenty rows: it is close by *value* where its predictions are off by at most 5 % of the target's value more. By
*cost*, BEETLE's measure, it is close where its best configuration is at most 5 % of the target's range worse than
that of the best source."""


def write(rows: pd.DataFrame, options: Namespace) -> None:
    """Write result.md and saving.png."""
    twenty = rows[rows["n"] == 20] if (rows["n"] == 20).any() else rows
    sources = best_sources(twenty)
    lines = [
        verdict(
            "rank correlation of foretold and real saving at least 0.8, over all pairs",
            f"{rank(twenty):.2f}; with systems alike {rank_alike(twenty):.2f}; within a system, in the median of those "
            f"where savings differ, {within(twenty):.2f}",
            holds=rank(twenty) >= 0.8,
        ),
        *(
            verdict(
                f"the named source is within 5 % in 90 % of the targets, by {what}", _shares(sources, column), holds=ok
            )
            for what, column in (("error", "error"), ("value", "value"), ("BEETLE's measure", "cost"))
            for ok in [sources[f"ours {column}"].mean() >= 0.9]
        ),
        verdict(
            "the class of all rows is among those named, in 90 % of the pairs",
            f"{100 * twenty['is_allowed'].mean():.0f} %",
            holds=twenty["is_allowed"].mean() >= 0.9,
        ),
    ]
    write_page(
        options.into,
        f"{machine()} {twenty['system'].nunique()} systems, {len(twenty)} pairs with 20 rows.",
        lines,
        {"saving.png": ("Foretold against real saving, and the named source's error against the best.", draw(twenty))},
        {
            "What is saved": [MEANING, by_size(rows), by_system(twenty)],
            "The best source": [BEST, table_of(sources)],
            "The class": [classes(rows)],
        },
    )


def _shares(sources: pd.DataFrame, column: str) -> str:
    shares = {who: 100 * sources[f"{who} {column}"].mean() for who in ("ours", "BEETLE", "random")}
    return f"{shares['ours']:.0f} % (BEETLE's race {shares['BEETLE']:.0f} %, a random source {shares['random']:.0f} %)"


def rank(rows: pd.DataFrame) -> float:
    """Rank correlation of foretold and real saving; NaN where one does not vary."""
    if rows["saved"].nunique() < 2 or rows["real_saved"].nunique() < 2:
        return float("nan")
    return float(stats.spearmanr(rows["saved"], rows["real_saved"])[0])


def rank_alike(rows: pd.DataFrame) -> float:
    """The same with as many pairs of each system, drawn with repeats."""
    drawn = [part.sample(500, replace=True, random_state=0) for _, part in rows.groupby("system")]
    return rank(pd.concat(drawn))


def within(rows: pd.DataFrame) -> float:
    """Median over systems of the rank correlation among their own pairs."""
    return float(np.nanmedian([rank(part) for _, part in rows.groupby("system")]))


def best_sources(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each target and draw: whether each way to name a source names one that is close to the best."""
    found = []
    for case, part in rows.groupby(CASE):
        close = {
            "error": part["real_error"] <= CLOSE * part["real_error"].min() + 1e-12,
            "value": part["real_error"] <= part["real_error"].min() + np.log(1.05),
            "cost": part["cost"] <= part["cost"].min() + CLOSE_POINTS,
        }
        named = {"ours": part["error"].idxmin(), "BEETLE": part["race"].idxmax()}
        row = dict(zip(CASE, case, strict=True)) | {"sources": len(part)}
        for column, is_close in close.items():
            row |= {f"{who} {column}": float(is_close[place]) for who, place in named.items()}
            row[f"random {column}"] = float(is_close.mean())
        errors = part["real_error"] / max(part["real_error"].min(), 1e-12)
        row |= {f"{who} ratio": float(min(errors[place], 1e3)) for who, place in named.items()}
        found.append(row)
    return pd.DataFrame(found)


def by_size(rows: pd.DataFrame) -> pd.DataFrame:
    """How well savings are foretold, by the rows of the target."""
    return pd.DataFrame([{"rows": n, **_of_saving(part)} for n, part in rows.groupby("n")])


def by_system(rows: pd.DataFrame) -> pd.DataFrame:
    """The same for each system."""
    return pd.DataFrame(
        [
            {"system": name, "environments": part["n_environments"].iloc[0], "rows": part["n_rows"].iloc[0]}
            | _of_saving(part)
            for name, part in rows.groupby("system")
        ]
    )


def _of_saving(part: pd.DataFrame) -> dict[str, float]:
    inside = (part["low"] - 0.5 <= part["real_saved"]) & (part["real_saved"] <= part["high"] + 0.5)
    return {
        "pairs": len(part),
        "rank correlation": rank(part),
        "median foretold": part["saved"].median(),
        "median real": part["real_saved"].median(),
        "in the interval %": 100 * inside.mean(),
    }


def table_of(sources: pd.DataFrame) -> pd.DataFrame:
    """How often the named source is close, by system."""
    groups = [*sources.groupby("system"), ("all targets", sources)]
    return pd.DataFrame(
        [
            {"system": name, "targets": len(part)}
            | {
                f"{who}: {column} %": 100 * part[f"{who} {column}"].mean()
                for column in ("error", "value", "cost")
                for who in ("ours", "BEETLE", "random")
            }
            | {f"{who}: error / best": part[f"{who} ratio"].median() for who in ("ours", "BEETLE")}
            for name, part in groups
        ]
    )


def classes(rows: pd.DataFrame) -> pd.DataFrame:
    """For each class of all rows and number of rows: how often it is named first, and is among those named."""
    found = []
    for n, part in rows.groupby("n"):
        for kind, some in [*part.groupby("real_kind"), ("all pairs", part)]:
            found.append(
                {
                    "rows": n,
                    "class of all rows": kind,
                    "pairs": len(some),
                    "named first %": 100 * (some["kind"] == some["real_kind"]).mean(),
                    "among those named %": 100 * some["is_allowed"].mean(),
                    "named as the only one %": 100 * some["is_certain"].mean(),
                    "and wrong %": 100 * (some["is_certain"] * (1 - some["is_allowed"])).mean(),
                }
            )
    return pd.DataFrame(found)


def draw(rows: pd.DataFrame) -> Figure:
    """Foretold against real saving, and the ratio of the named source's error to the best one's."""
    figure = Figure(figsize=(9.0, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    some = rows.sample(min(len(rows), 3000), random_state=0)
    wobble = np.random.default_rng(0).normal(scale=0.02, size=(2, len(some)))
    left.plot(
        (1 + some["real_saved"]) * np.exp(wobble[0]), (1 + some["saved"]) * np.exp(wobble[1]), ".", alpha=0.25, ms=4
    )
    left.plot([1, 300], [1, 300], color="0.3", lw=1, ls="--")
    left.set(xscale="log", yscale="log", xlabel="measurements saved + 1", ylabel="foretold from 20 rows + 1")
    sources = best_sources(rows)
    for who, colour in (("ours", "#0072B2"), ("BEETLE", "#D55E00")):
        ratios = np.sort(sources[f"{who} ratio"])
        right.plot(100 * np.arange(1, len(ratios) + 1) / len(ratios), ratios, color=colour, label=who)
    right.axhline(CLOSE, color="0.3", lw=1, ls="--")
    right.set(yscale="log", xlabel="% of the targets", ylabel="error with the named source / with the best")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.grid(visible=True, alpha=0.25)
    return figure

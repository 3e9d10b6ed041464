"""From the runs to result.md and its figure: the best found beside what published tuners found."""

from argparse import Namespace
from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pools import Pool, expected_best, read_pool, read_published

from bench.report import COLOURS, OURS, PUBLISHED, machine, verdict, write_page

LEVELS, RANDOM = "random levels", "random rows"
JUDGED, SHOWN = (30, 50, 100), (30, 50, 100, 150)
TIE = 1e-6
"""Relative difference up to which two costs are the same."""
DIGITS = 5
"""Digits behind the point that the published means have."""
N_PUBLISHED = 30
"""Runs of each published tuner."""
LEAST_POOLS = 6
FLOOR = 1e-4
"""Relative regret below which the figure does not tell."""

MEANING = """Mean over runs of the lowest cost found (redis: requests per second with a minus sign), with its standard
error. *Rank* counts the published tuners that found less, plus one; what agrees to 1e-6, in the digits that were
published, is a tie."""
CHANCE = """*Published* is the RANDOM of the published table. *Random rows* is the exact expectation over distinct rows
of the pool, with the standard error of a mean of 30 runs. *Random levels* draws as the published program does: each
option's level by itself, and for what is not in the pool its nearest row. Where the pool is no grid, that is another
distribution."""
STUCK = """Share of our runs that have found the pool's optimum, and whose best has not changed over the last half of
so many measurements without being the optimum."""
SECONDS = "Processor seconds of asking and telling, a whole run; the machine was shared."


def write(runs: pd.DataFrame, options: Namespace) -> None:
    """Write result.md and best_found.png."""
    published = read_published(options.data)
    systems = list(dict.fromkeys(runs["system"]))
    pools = {system: read_pool(options.data, system) for system in systems}
    best = {system: best_found(runs, system, OURS) for system in systems}
    cells = pd.DataFrame([row for system in systems for row in compare(system, best[system], published)])
    alt = "Relative distance of the best found to the pool's optimum against measurements, a panel for each pool."
    count = ", ".join(f"{system} {len(best[system])}" for system in systems)
    write_page(
        options.into,
        f"{machine()} Runs of ours: {count}; of each published tuner {N_PUBLISHED}.",
        verdicts(cells),
        {"best_found.png": (alt, draw(pools, best, published))},
        {
            "Best found": [MEANING, cells],
            "Random search": [CHANCE, pd.DataFrame([*random_search(runs, pools, published)])],
            "Stuck": [STUCK, pd.DataFrame([*stuck(pools, best)])],
            "Seconds": [SECONDS, seconds(runs)],
        },
    )


def best_found(runs: pd.DataFrame, system: str, model: str) -> np.ndarray:
    """The least cost so far of each run on a system, shape (runs, n); n is that of the shortest run."""
    mine = (
        runs[(runs["system"] == system) & (runs["model"] == model)].sort_values("n").drop_duplicates("run", keep="last")
    )
    costs = [np.array(text.split(), dtype=float) for text in mine["costs"]]
    n = min(map(len, costs), default=0)
    return np.array([np.minimum.accumulate(row[:n]) for row in costs]).reshape(len(costs), n)


def compare(system: str, best: np.ndarray, published: pd.DataFrame) -> Iterator[dict[str, object]]:
    """One row for each budget: ours, the best published, and our rank."""
    for n in (n for n in SHOWN if n <= best.shape[1]):
        theirs, ours = published.loc[system, n].sort_values(), best[:, n - 1].mean()
        rank = 1 + int((theirs < round(ours, DIGITS) - TIE * abs(ours)).sum())
        yield {
            "system": system,
            "n": n,
            OURS: _number(ours),
            "standard error": float(best[:, n - 1].std(ddof=1) / len(best) ** 0.5) if len(best) > 1 else float("nan"),
            PUBLISHED: _number(theirs.iloc[0]),
            "its": theirs.index[0],
            "second": _number(theirs.iloc[1]),
            "whose": theirs.index[1],
            "rank": rank,
            "of": len(theirs) + 1,
        }


def _number(value: float) -> str:
    """Six digits, as published values have."""
    return f"{value:.6g}"


def verdicts(cells: pd.DataFrame) -> list[str]:
    """How many pools ours is first on, and whether it is second at worst."""
    lines = []
    for n, part in cells[cells["n"].isin(JUDGED)].groupby("n"):
        n_first, worst = int((part["rank"] == 1).sum()), part.loc[part["rank"].idxmax()]
        claim = f"at {n} measurements at least as good as all on {LEAST_POOLS} of 7 pools, second at worst"
        came = f"so on {n_first} of {len(part)}, at worst rank {worst['rank']} ({worst['system']})"
        lines.append(verdict(claim, came, holds=n_first >= LEAST_POOLS and worst["rank"] <= 2))
    return lines


def random_search(runs: pd.DataFrame, pools: dict[str, Pool], published: pd.DataFrame) -> Iterator[dict[str, object]]:
    """One row for each pool and budget: random search, published and ours."""
    for system, pool in pools.items():
        levels = best_found(runs, system, LEVELS)
        for n in (n for n in SHOWN if n <= len(pool.cost)):
            mean, error = expected_best(pool.cost, n, N_PUBLISHED)
            drawn = _number(levels[:, n - 1].mean()) if n <= levels.shape[1] else "-"
            row = {"published": _number(published.loc[(system, "RANDOM"), n]), RANDOM: _number(mean)}
            yield {"system": system, "n": n, **row, "standard error": error, LEVELS: drawn}


def stuck(pools: dict[str, Pool], best: dict[str, np.ndarray]) -> Iterator[dict[str, object]]:
    """One row for each pool: how many runs are at the optimum, and how many rest elsewhere."""
    for system, curves in best.items():
        row: dict[str, object] = {"system": system, "optimum": _number(pools[system].optimum)}
        for n in (n for n in JUDGED if n <= curves.shape[1]):
            is_there = curves[:, n - 1] <= pools[system].optimum + TIE * abs(pools[system].optimum)
            rests = ~is_there & (curves[:, n - 1] == curves[:, n // 2 - 1])
            row |= {f"optimum at {n} (%)": 100 * is_there.mean(), f"at rest at {n} (%)": 100 * rests.mean()}
        yield row


def seconds(runs: pd.DataFrame) -> pd.DataFrame:
    """Processor seconds of a run, by pool and length."""
    ours = runs[runs["model"] == OURS].groupby(["system", "n"], sort=False)["cpu_s"]
    return pd.DataFrame({"mean (s)": ours.mean(), "most (s)": ours.max(), "runs": ours.size()}).reset_index()


def draw(pools: dict[str, Pool], best: dict[str, np.ndarray], published: pd.DataFrame) -> Figure:
    """The distance to the optimum against measurements, a panel for each pool."""
    figure = Figure(figsize=(12.4, 5.9), layout="constrained")
    panels = figure.subplots(2, 4).ravel()
    for axes, (system, pool) in zip(panels, pools.items(), strict=False):
        _draw_pool(axes, pool, best[system], published.loc[system])
        axes.set(title=system, xlabel="measurements")
    for axes in panels[::4]:
        axes.set_ylabel("mean best found, relative\ndistance to the optimum")
    for axes in panels[len(pools) :]:
        axes.set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower right", bbox_to_anchor=(0.97, 0.12), frameon=False, fontsize=11)
    return figure


def _draw_pool(axes: Axes, pool: Pool, best: np.ndarray, published: pd.DataFrame) -> None:
    def distance(cost: np.ndarray | pd.Series) -> np.ndarray:
        return np.maximum((np.asarray(cost, dtype=float) - pool.optimum) / abs(pool.optimum), FLOOR)

    asked = np.arange(1, best.shape[1] + 1)
    for k, (_, theirs) in enumerate(published.iterrows()):
        label = "each published" if k == 0 else None
        axes.plot(
            published.columns, distance(theirs), color="#B8B8B8", linewidth=0.9, marker=".", markersize=3, label=label
        )
    least = published.min()
    colour = COLOURS[PUBLISHED]
    axes.plot(least.index, distance(least), color=colour, marker="D", linestyle=":", label=PUBLISHED)
    known = np.unique(np.geomspace(5, 200, 30).astype(int))
    chance = np.array([expected_best(pool.cost, int(n), 1)[0] for n in known])
    axes.plot(known, distance(chance), color="#009E73", linestyle="--", label="random rows, expected")
    if len(best):
        axes.plot(asked[4:], distance(best.mean(0))[4:], color=COLOURS[OURS], linewidth=2.4, label=OURS)
    axes.set(xscale="log", yscale="log", xlim=(5, 210))
    axes.set_xticks([5, 10, 20, 50, 100, 200], labels=["5", "10", "20", "50", "100", "200"])
    axes.minorticks_off()
    axes.grid(visible=True, alpha=0.25)

"""From the runs to result.md and its figure: what it cost to be within 1 % of the best."""

from argparse import Namespace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from problems import INVENTED, RELATED, UNRELATED

from bench.report import ALONE, machine, verdict, write_page

CLOSE, PRICES = 0.01, {"1 %": 0.01, "10 %": 0.1, "50 %": 0.5}
CHEAPER, DEARER, N_SEEDS = 3.0, 1.1, 20
LOOKS = {ALONE: ("#56B4E9", "s"), "1 %": ("#0072B2", "o"), "10 %": ("#009E73", "^"), "50 %": ("#D55E00", "v")}
STEP = 0.1
"""Between two costs at which curves are looked at, in measurements of the target."""
GROUPS = {INVENTED: "invented systems", "": "public systems"}
MEANING = """Cost is in measurements of the target. A curve is the median over runs of the best regret, (found - best) /
best, at a cost; it reaches 1 % between two costs, on a line through both. `times cheaper` is what it costs without
sources, divided by what it costs with one, by the same targets. A run that was given up counts as never close."""
BOUND = """A source that is the target itself, at a price p, can be at most about 1 / p times cheaper: n measurements
of the target become n of the source and one of the target. That is 2 times at 50 %."""


def write(runs: pd.DataFrame, options: Namespace) -> None:
    """Write result.md and cost.png."""
    if not len(runs):
        print("no run was made")
        return
    table = summary(runs)
    n = runs.loc[runs["system"] == INVENTED, "run"].nunique()
    public = runs[runs["system"] != INVENTED]
    n_public = public[["system", "run"]].drop_duplicates().shape[0]
    opening = f"{machine()} {len(runs)} runs: {n} invented systems, {n_public} targets of {public['system'].nunique()}"
    alt = "Median regret against cost, a panel for each kind of source; a line for each price, and for no source."
    write_page(
        options.into,
        f"{opening} public systems.",
        verdicts(table),
        {"cost.png": (alt, draw(runs))},
        {"Costs": [MEANING, table, BOUND], "Sources": [sources(runs)]},
    )


def curve(runs: pd.DataFrame, grid: np.ndarray) -> np.ndarray:
    """Median over runs of the best regret at each cost of a grid (g,), infinite before the first: shape (g,)."""
    found = np.full((len(runs), len(grid)), np.inf)
    for row, (spent, regrets) in enumerate(zip(runs["spent"], runs["regrets"], strict=True)):
        at = np.searchsorted(np.array(str(spent).split(), dtype=float), grid + 1e-9, side="right")
        found[row] = np.append(np.inf, np.array(str(regrets).split(), dtype=float))[at]
    return np.asarray(np.median(found, axis=0))


def cost_to_reach(runs: pd.DataFrame) -> float:
    """Cost at which the median curve is within 1 %; infinite where it never is."""
    most = max(float(str(spent).split()[-1]) for spent in runs["spent"])
    grid = np.arange(0.0, most + 2 * STEP, STEP)
    regret = curve(runs, grid)
    close = np.flatnonzero(regret <= CLOSE)
    if not len(close):
        return float("inf")
    k = int(close[0])
    if k == 0 or not np.isfinite(regret[k - 1]):
        return float(grid[k])
    share = (regret[k - 1] - CLOSE) / (regret[k - 1] - regret[k])
    return float(grid[k - 1] + share * STEP)


def pairs(runs: pd.DataFrame, model: str, relation: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The runs with a source of a kind at a price, and those without on the same targets."""
    with_source = runs[(runs["model"] == model) & (runs["relation"] == relation)]
    alone = runs[runs["model"] == ALONE]
    own = alone[(alone["relation"] == relation) | (alone["system"] == INVENTED)]
    both = with_source[["system", "run"]].merge(own[["system", "run"]]).drop_duplicates()
    return with_source.merge(both), own.merge(both).drop_duplicates(["system", "run"])


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """One row for each group of systems, kind of source and price."""
    rows = []
    for group, title in GROUPS.items():
        part = runs[(runs["system"] == INVENTED) == bool(group)]
        for relation in (RELATED, UNRELATED):
            for price in PRICES:
                ours, alone = pairs(part, price, relation)
                if len(ours):
                    costs = cost_to_reach(ours), cost_to_reach(alone)
                    rows.append(
                        {
                            "systems": title,
                            "source": relation,
                            "price": price,
                            "targets": len(ours),
                            "cost": costs[0],
                            "cost without": costs[1],
                            "times cheaper": costs[1] / costs[0] if np.isfinite(costs).any() else float("nan"),
                            "close at the end": float(_is_close(ours).mean()),
                            "close without": float(_is_close(alone).mean()),
                            "source rows, median": float(ours["n_source"].median()),
                            "seconds a run": float(ours["cpu_s"].median()),
                        }
                    )
    return pd.DataFrame(rows)


def _is_close(runs: pd.DataFrame) -> pd.Series:
    return runs["regrets"].map(lambda text: float(str(text).split()[-1]) <= CLOSE)


def sources(runs: pd.DataFrame) -> pd.DataFrame:
    """How similar the sources are to their targets, by rank correlation."""
    kinds = runs[runs["model"] != ALONE].drop_duplicates(["system", "run", "relation"])
    groups = kinds.assign(systems=np.where(kinds["system"] == INVENTED, GROUPS[INVENTED], GROUPS[""]))
    found = groups.groupby(["systems", "relation"])["similarity"]
    return pd.DataFrame(
        {"n": found.size(), "least": found.min(), "median": found.median(), "most": found.max()}
    ).reset_index()


def verdicts(table: pd.DataFrame) -> list[str]:
    """What was asked, and what came."""
    lines = []
    for _, row in table.iterrows():
        costs = f"{row['cost']:.3g} for {row['cost without']:.3g}"
        came = f"{row['times cheaper']:.3g} times on {row['targets']} targets ({costs})"
        what = (
            f"{'an' if row['source'] == UNRELATED else 'a'} {row['source']} source at {row['price']}, {row['systems']}"
        )
        enough = row["targets"] >= N_SEEDS
        if row["source"] == RELATED:
            holds = enough and row["times cheaper"] >= CHEAPER
            lines.append(verdict(f"{CHEAPER:g} times cheaper with {what}", came, holds=bool(holds)))
        else:
            holds = enough and row["times cheaper"] >= 1 / DEARER
            lines.append(verdict(f"never more than {DEARER:g} times dearer with {what}", came, holds=bool(holds)))
    return lines


def draw(runs: pd.DataFrame) -> Figure:
    """Median regret against cost."""
    groups = [g for g in GROUPS if ((runs["system"] == INVENTED) == bool(g)).any()]
    figure = Figure(figsize=(9.6, 3.4 * len(groups) + 0.5), layout="constrained")
    panels = figure.subplots(len(groups), 2, squeeze=False, sharey=True)
    grid = np.arange(0.0, 60.0, STEP)
    for group, line in zip(groups, panels, strict=True):
        part = runs[(runs["system"] == INVENTED) == bool(group)]
        for relation, axes in zip((RELATED, UNRELATED), line, strict=True):
            for model, (colour, marker) in LOOKS.items():
                most = max(PRICES, key=lambda price: len(pairs(part, price, relation)[0]))
                chosen = pairs(part, most, relation)[1] if model == ALONE else pairs(part, model, relation)[0]
                if len(chosen):
                    regret = np.maximum(curve(chosen, grid), CLOSE / 10)
                    shown = np.isfinite(regret)
                    axes.plot(
                        grid[shown], regret[shown], color=colour, marker=marker, markevery=(0.05, 0.1), label=model
                    )
            axes.axhline(CLOSE, color="#8C8C8C", linestyle=":")
            axes.set(title=f"{GROUPS[group]}, {relation} source", xlabel="cost in measurements of the target")
            axes.set_yscale("log")
            axes.grid(visible=True, alpha=0.25)
        line[0].set_ylabel("median regret")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure

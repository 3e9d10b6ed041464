"""From the runs to result.md and its figure: regret after so many measurements, ranks, seconds, and what was asked."""

from argparse import Namespace

import numpy as np
import pandas as pd
from cases import ALL, MODES, NEAR, UNRELATED
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report import ALONE, OURS, machine, verdict, write_page

BUDGETS = (5, 10, 20, 30)
TASK = ["system", "target", "mode"]
RELATED = 0.5
"""A near source is a related one from this rank correlation on."""
NONE = 1e-9
"""Regret up to which the optimum counts as found."""
N_TASKS, N_SLOW_TASKS = 100, 15
GAUSSIAN = ("BayBE tasks", "botorch multi-task")
SLOW = ("SMAC3", "OpenBox RGPE", *reversed(GAUSSIAN))
TITLES = {NEAR: "one near source", ALL: "all sources", UNRELATED: "one unrelated source"}
LOOKS = {
    OURS: ("#0072B2", "o", "-"),
    ALONE: ("#56B4E9", "s", "-"),
    "random": ("#8C8C8C", "x", ":"),
    "copy the source": ("#E69F00", "v", "--"),
    "forest on source": ("#009E73", "^", "--"),
    "Optuna TPE": ("#CC79A7", "D", "-."),
    "Optuna TPE with source": ("#CC79A7", "*", "--"),
    "Optuna GP": ("#000000", "+", "-."),
    "SMAC3": ("#D55E00", "P", ":"),
    "OpenBox RGPE": ("#D55E00", "X", "-."),
    "botorch multi-task": ("#7A5195", "h", "--"),
    "BayBE tasks": ("#7A5195", "<", ":"),
}
"""Colour, marker and line of each; markers and lines alone tell them apart."""
MEANING = """Regret is (best found - optimum) / (median - optimum) over the target's candidates: 0 is the optimum, 1 a
configuration like any other. What knows no source has one run for each target, which stands in all three modes."""
RANKS = """Mean rank of the regret over the tasks that all in a table have made; equal regrets share their ranks."""
BESIDE = """On the tasks that a slow peer has made: mean regret of ours and of the peer, and in how many of
them ours is less, the same, and more."""
SECONDS = "Processor seconds of a run: fitting the sources, asking and telling; without loading libraries."


def write(runs: pd.DataFrame, options: Namespace) -> None:
    """Write result.md and regret.png."""
    if not len(runs):
        print("no run was made")
        return
    table = regrets(runs)
    tasks = table.loc[table["model"] == OURS, TASK].drop_duplicates()
    counted = ", ".join(f"{name} {n}" for name, n in table["model"].value_counts(sort=False).items())
    alt = "Mean regret against measurements of the target, a panel for each mode; a line for each that made most tasks."
    opening = (
        f"{machine()} {len(runs)} rows: {tasks['target'].nunique()} targets of {tasks['system'].nunique()} systems."
    )
    quick, everyone = common(table, most=True), common(table, most=False)
    write_page(
        options.into,
        f"{opening} Tasks that each has made: {counted}.",
        verdicts(table, quick, everyone),
        {"regret.png": (alt, draw(quick))},
        {
            "Regret": [MEANING, *(by_budget(table, mode) for mode in MODES)],
            "Mean rank": [RANKS, ranks(quick), *([ranks(everyone)] if len(everyone) < len(quick) else [])],
            "Beside the slow peers": [BESIDE, beside(table)],
            "Sources": [sources(runs)],
            "Seconds": [SECONDS, seconds(table)],
        },
    )


def regrets(runs: pd.DataFrame) -> pd.DataFrame:
    """One row for each task and tuner, its regret at every budget in a column; runs without source in each mode."""
    curves = runs["costs"].str.split().map(lambda costs: np.minimum.accumulate(np.array(costs, dtype=float)))
    span = runs["median"] - runs["optimum"]
    n = int(curves.map(len).min())
    best = np.stack([curve[:n] for curve in curves])
    regret = (best - runs["optimum"].to_numpy()[:, None]) / span.to_numpy()[:, None]
    regret = pd.DataFrame(np.where(regret < NONE, 0.0, regret), columns=range(1, n + 1), index=runs.index)
    table = pd.concat([runs[[*TASK, "model", "similarity", "cpu_s"]], regret], axis=1)
    known = table[table["mode"].isin(MODES)]
    tasks = known[TASK].drop_duplicates()
    sourceless = table[~table["mode"].isin(MODES)].drop(columns="mode")
    return pd.concat([known, tasks.merge(sourceless, on=TASK[:2])], ignore_index=True)


def budgets(table: pd.DataFrame) -> list[int]:
    """The budgets that all runs have reached."""
    return [n for n in BUDGETS if n in table]


def common(table: pd.DataFrame, *, most: bool) -> pd.DataFrame:
    """The rows of those tasks that all have made: all tuners, or all that have made most of the tasks."""
    counts = table["model"].value_counts()
    names = counts.index[counts >= 0.75 * counts[OURS]] if most else counts.index
    rows = table[table["model"].isin(names)]
    made = rows.groupby(TASK)["model"].transform("nunique")
    return rows[made == len(names)]


def by_budget(table: pd.DataFrame, mode: str) -> pd.DataFrame:
    """Median and mean regret of each in a mode."""
    rows = []
    for model in (name for name in LOOKS if name in set(table["model"])):
        part = table[(table["mode"] == mode) & (table["model"] == model)]
        row: dict[str, object] = {TITLES[mode]: model, "tasks": len(part)}
        row |= {f"median at {n}": part[n].median() for n in budgets(table)}
        rows.append(row | {f"mean at {n}": part[n].mean() for n in budgets(table)})
    return pd.DataFrame(rows)


def ranks(table: pd.DataFrame) -> pd.DataFrame:
    """Mean rank of each at every budget, the first at the end of the budget first."""
    ranked = table[budgets(table)].astype(float).groupby([table[key] for key in TASK]).rank()
    means = ranked.groupby(table["model"]).mean()
    means = means.sort_values(means.columns[-1]).rename(columns=lambda n: f"rank at {n}")
    return means.reset_index().assign(tasks=table.groupby(TASK).ngroups)


def beside(table: pd.DataFrame) -> pd.DataFrame:
    """Ours and each slow peer at every budget, on the tasks that both have made."""
    ours, rows = table[table["model"] == OURS].set_index(TASK), []
    for name in SLOW:
        theirs = table[table["model"] == name].set_index(TASK)
        both = ours.index.intersection(theirs.index)
        row: dict[str, object] = {"peer": name, "tasks": len(both)}
        for n in budgets(table) if len(both) else ():
            a, b = ours.loc[both, n], theirs.loc[both, n]
            row |= {f"ours at {n}": a.mean(), f"peer at {n}": b.mean()}
            row[f"less, same, more at {n}"] = f"{(a < b).sum()}, {(a == b).sum()}, {(a > b).sum()}"
        rows.append(row)
    return pd.DataFrame(rows)


def sources(runs: pd.DataFrame) -> pd.DataFrame:
    """How similar the sources are to their targets, by rank correlation."""
    ours = runs[(runs["model"] == OURS)].groupby("mode")["similarity"]
    found = pd.DataFrame({"tasks": ours.size(), "least": ours.min(), "median": ours.median(), "most": ours.max()})
    return found.reset_index().rename(columns={"mode": "the most similar source of mode"})


def seconds(table: pd.DataFrame) -> pd.DataFrame:
    """Processor seconds of each, over tasks."""
    groups = table.groupby("model")["cpu_s"]
    found = pd.DataFrame({"median (s)": groups.median(), "mean (s)": groups.mean(), "most (s)": groups.max()})
    return found.reindex([name for name in LOOKS if name in found.index]).reset_index()


def verdicts(table: pd.DataFrame, quick: pd.DataFrame, everyone: pd.DataFrame) -> list[str]:
    """What was asked, and what came."""
    ours = table[table["model"] == OURS]
    n_slow = everyone.groupby(TASK).ngroups
    missing = [name for name in LOOKS if name not in set(table["model"])]
    came = f"{len(ours)}, and {n_slow} that all have made" + (f"; without {', '.join(missing)}" if missing else "")
    holds = len(ours) >= N_TASKS and n_slow >= N_SLOW_TASKS and not missing
    lines = [verdict(f"{N_TASKS} tasks, {N_SLOW_TASKS} of them by all", came, holds=holds)]
    related = ours[(ours["mode"] == NEAR) & (ours["similarity"] >= RELATED)]
    if 10 in table and len(related):
        came = f"{related[10].median():.3g} over {len(related)} tasks"
        lines.append(verdict("median regret 0 within 10 with a related source", came, holds=related[10].median() == 0))
    lines += unhurt(table)
    for title, part in (("tasks that most have made", quick), ("tasks that all have made", everyone)):
        if len(part):
            found = ranks(part).set_index("model").drop(columns="tasks")
            places = found.rank(method="min").loc[OURS].astype(int)
            came = ", ".join(f"place {place} by {name}" for name, place in places.items())
            came += f", of {len(found)} on {part.groupby(TASK).ngroups} tasks"
            lines.append(
                verdict(f"first in mean rank at every budget on {title}", came, holds=bool((places == 1).all()))
            )
    return [*lines, *cheaper(table)]


def unhurt(table: pd.DataFrame) -> list[str]:
    """Whether an unrelated source costs anything: paired differences to our tuner without transfer."""
    part = table[table["mode"] == UNRELATED]
    pairs = [part[part["model"] == name].set_index(TASK)[budgets(table)] for name in (OURS, ALONE)]
    differences = (pairs[0] - pairs[1]).dropna()
    if len(differences) < 2:
        return []
    means, errors = differences.mean(), differences.std(ddof=1) / len(differences) ** 0.5
    came = ", ".join(f"{means[n]:+.3f} ± {errors[n]:.3f} at {n}" for n in budgets(table))
    claim = "with an unrelated source never behind our own without transfer by more than two standard errors"
    return [verdict(claim, f"{came} (mean regret, {len(differences)} tasks)", holds=bool((means <= 2 * errors).all()))]


def cheaper(table: pd.DataFrame) -> list[str]:
    """Processor seconds beside the peers that fit a process to all rows, on the tasks that both have made."""
    ours, lines = table[table["model"] == OURS].set_index(TASK)["cpu_s"], []
    for name in GAUSSIAN:
        theirs = table[table["model"] == name].set_index(TASK)["cpu_s"]
        both = pd.concat([ours.rename("ours"), theirs.rename("theirs")], axis=1).dropna()
        if len(both):
            ratio = both["theirs"].sum() / both["ours"].sum()
            came = f"{ratio:.1f} times on {len(both)} tasks"
            lines.append(verdict(f"20 times fewer processor seconds than {name}", came, holds=ratio >= 20))
    return lines


def draw(table: pd.DataFrame) -> Figure:
    """Mean regret against measurements, a panel for each mode, of tuners that have made the same tasks."""
    figure = Figure(figsize=(12.4, 5.0), layout="constrained")
    panels = figure.subplots(1, len(MODES), sharey=True)
    for axes, mode in zip(panels, MODES, strict=True):
        part = table[table["mode"] == mode]
        _draw_mode(axes, part)
        axes.set(
            title=f"{TITLES[mode]}, {int((part['model'] == OURS).sum())} tasks", xlabel="measurements of the target"
        )
    panels[0].set_ylabel("mean regret")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=6, frameon=False, fontsize=9)
    return figure


def _draw_mode(axes: Axes, part: pd.DataFrame) -> None:
    """A line for each; its markers stand apart from those of the others."""
    asked = [name for name in part.columns if isinstance(name, int)]
    for k, (model, (colour, marker, line)) in enumerate(LOOKS.items()):
        mean = part.loc[part["model"] == model, asked].astype(float).mean()
        if mean.notna().any():
            width = 2.4 if model == OURS else 1.2
            marks = (k % 4, 5)
            axes.plot(asked, mean, line, color=colour, marker=marker, markevery=marks, linewidth=width, label=model)
    axes.set_yscale("symlog", linthresh=1e-2)
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.25)

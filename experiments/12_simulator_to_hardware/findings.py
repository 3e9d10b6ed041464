"""From the fits to result.md and its figures: what the same error and the same regret cost with a simulator."""

from argparse import Namespace

import numpy as np
import pandas as pd
from cases import CALIBRATED, SIMULATOR, TARGETS, Case, calibration
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report import ALONE, machine, use_log_scale, verdict, write_page

FEWER, AT = 3.0, 30
GOALS = (12, 20, 30, 45, 65)
"""Configurations that real runs alone measure; what they reach is the goal."""
N_RESAMPLES, SEED = 1000, 0
SCORES, UNIT = {"mre": "mean relative error", "regret": "regret"}, {"mre": 1, "regret": 100}
LOOKS = {ALONE: ("#56B4E9", "s"), SIMULATOR: ("#0072B2", "o"), CALIBRATED: ("#D55E00", "^")}
MEANING = """A goal is what real runs alone come to with so many configurations: the median over runs of the mean
relative error (or regret) that they keep to from there on. `alone` and `needed` are the configurations that are
measured on the machine until the median keeps to it, without and with a simulator; between two sizes on a line through
both, and never less than one. `fewer` is their quotient, with its 95 % interval over resampled runs; a dash where the
most that were measured do not reach it, which counts as 0 in the interval."""
COST = """The same in seconds of this machine: those of the real runs, and with a simulator those of simulating all its
configurations as well; with calibration also those of the runs that calibrated. The last column says how many times
cheaper."""


def write(fits: pd.DataFrame, options: Namespace) -> None:
    """Write result.md and its figures."""
    if not len(fits):
        print("no fit was made")
        return
    names = [name for name in TARGETS if name in set(fits["system"])]
    seconds = pd.DataFrame([_seconds(name, model) for name in names for model in (ALONE, *TARGETS[name].simulators)])
    tables = {score: needed(fits, names, score) for score in SCORES}
    runs = fits.groupby("system")["run"].nunique()
    write_page(
        options.into,
        f"{machine()} {len(fits)} fits: {len(names)} targets, {runs.min()} to {runs.max()} runs each.",
        [line for score, table in tables.items() for line in verdicts(table, score)],
        {
            "curves.png": ("Error and regret against configurations measured on the machine.", draw(fits, names)),
            "cost.png": ("Error against seconds of the machine.", draw_cost(fits, names, seconds)),
        },
        {
            "The same error": [MEANING, tables["mre"]],
            "The same regret": [tables["regret"]],
            "Seconds": [COST, by_seconds(tables["mre"], seconds), _prices(seconds)],
            "Medians over runs": [medians(fits, names)],
        },
    )


def _seconds(name: str, model: str) -> dict[str, object]:
    """Machine seconds of one configuration of a target, and of all that a model needs beforehand."""
    case = Case(TARGETS[name])
    before = 0.0 if model == ALONE else case.seconds(model)
    one = case.seconds(ALONE) / len(case.samples)
    extra = calibration()[1] if model == CALIBRATED else 0.0
    return {"system": name, "model": model, "a configuration": one, "simulated": before, "calibration": extra}


def _prices(seconds: pd.DataFrame) -> pd.DataFrame:
    return seconds.rename(columns={"a configuration": "a configuration on the machine (s)"})


def by_run(fits: pd.DataFrame, score: str) -> pd.DataFrame:
    """A score, with a row for each run and a column for each number of configurations."""
    return fits.pivot_table(score, index="run", columns="n")


def kept(scores: np.ndarray) -> np.ndarray:
    """The median over runs (r, k), made the largest of what it is from there on, (k,)."""
    return np.maximum.accumulate(np.median(scores, axis=0)[::-1])[::-1]


def reach(n: np.ndarray, course: np.ndarray, goal: float) -> float:
    """Where a course over n that never rises comes to a goal, on the line between two sizes; NaN where it does not."""
    there = np.flatnonzero(course <= goal)
    if not len(there):
        return float("nan")
    k = int(there[0])
    if k == 0:
        return max(1.0, float(n[0]))
    share = (course[k - 1] - goal) / (course[k - 1] - course[k])
    return max(1.0, float(n[k - 1] + share * (n[k] - n[k - 1])))


def saving(alone: pd.DataFrame, ours: pd.DataFrame, n: int, runs: np.ndarray) -> tuple[float, float, float]:
    """What alone has reached with n, and what alone and ours need for it; by runs, given by their place."""
    courses = [kept(each.to_numpy()[runs]) for each in (alone, ours)]
    goal = float(courses[0][alone.columns == n][0])
    spent = [reach(each.columns.to_numpy(), c, goal) for each, c in zip((alone, ours), courses, strict=True)]
    return goal, spent[0], spent[1]


def needed(fits: pd.DataFrame, names: list[str], score: str) -> pd.DataFrame:
    """One row for each target, model and goal."""
    rows, chance = [], np.random.default_rng(SEED)
    for name in names:
        part = fits[fits["system"] == name]
        alone = by_run(part[part["model"] == ALONE], score)
        drawn = chance.integers(len(alone), size=(N_RESAMPLES, len(alone)))
        for model in TARGETS[name].simulators:
            ours = by_run(part[part["model"] == model], score)
            for n in (n for n in GOALS if n in alone):
                value, without, found = saving(alone, ours, n, np.arange(len(alone)))
                _, others, ourselves = np.transpose([saving(alone, ours, n, runs) for runs in drawn])
                low, high = np.quantile(np.nan_to_num(others / ourselves, nan=0.0), [0.025, 0.975])
                rows.append(
                    {
                        "target": name,
                        "source": model,
                        "goal": n,
                        SCORES[score] + " %": value * UNIT[score],
                        "alone": without,
                        "needed": found,
                        "fewer": without / found,
                        "95 %": f"{low:.1f} to {high:.1f}",
                    }
                )
    return pd.DataFrame(rows)


def verdicts(table: pd.DataFrame, score: str) -> list[str]:
    """Whether AT real configurations are three times too many."""
    if not len(table):
        return []
    return [
        verdict(
            f"{row['target']}, {row['source']}: at least 3 times fewer for the {SCORES[score]} of {AT} real ones",
            f"{row['fewer']:.1f} times ({row['95 %']})" if row["fewer"] > 0 else "not reached",
            holds=bool(row["fewer"] >= FEWER),
        )
        for _, row in table[table["goal"] == AT].iterrows()
    ]


def by_seconds(table: pd.DataFrame, seconds: pd.DataFrame) -> pd.DataFrame:
    """Seconds until the error is that of real runs alone."""
    if not len(table):
        return table
    both = table.merge(seconds, left_on=["target", "source"], right_on=["system", "model"])
    alone = both["alone"] * both["a configuration"]
    ours = both["needed"] * both["a configuration"] + both["simulated"] + both["calibration"]
    named = both[["target", "source", "goal"]].assign(alone=alone, ours=ours, cheaper=alone / ours)
    return named.rename(columns={"alone": "alone (s)", "ours": "with simulator (s)"})


def medians(fits: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Error and regret by size, for each target and model."""
    scores = ["mre", "median_ape", "regret"]
    found = fits.groupby(["system", "model", "n"])[scores].median().reset_index()
    found["regret"] *= 100
    order = found["system"].map({name: k for k, name in enumerate(names)})
    found = found.assign(order=order).sort_values(["order", "model", "n"]).drop(columns="order")
    return found.rename(columns={"mre": "MRE %", "median_ape": "median APE %", "regret": "regret %"})


def draw(fits: pd.DataFrame, names: list[str]) -> Figure:
    """Error above, regret below; a column for each target."""
    figure = Figure(figsize=(2.9 * max(len(names), 2), 5.8), layout="constrained")
    panels = figure.subplots(2, len(names), squeeze=False)
    for column, name in enumerate(names):
        part = fits[fits["system"] == name]
        for axes, score in zip(panels[:, column], SCORES, strict=True):
            for model, rows in part.groupby("model"):
                _draw_course(axes, rows, str(model), score)
            axes.set_xscale("symlog", linthresh=3)
            ticks = [n for n in (0, 3, 8, 20, 45) if n in set(part["n"])]
            axes.set_xticks(ticks, [str(n) for n in ticks])
            axes.minorticks_off()
        panels[0, column].set(title=name)
        use_log_scale(panels[0, column])
        panels[1, column].set_yscale("symlog", linthresh=1)
        panels[1, column].yaxis.set_major_formatter("{x:g}")
        panels[1, column].set_ylim(bottom=0)
        panels[1, column].set_xlabel("configurations measured")
        panels[1, column].grid(visible=True, alpha=0.25)
    panels[0, 0].set_ylabel("mean relative error (%)")
    panels[1, 0].set_ylabel("regret (%)")
    _legend(figure)
    return figure


def _draw_course(axes: Axes, rows: pd.DataFrame, model: str, score: str) -> None:
    """Median over runs, and the middle half of them."""
    by_size = rows.groupby("n")[score]
    low, middle, high = (by_size.quantile(q) * UNIT[score] for q in (0.25, 0.5, 0.75))
    colour, marker = LOOKS[model]
    axes.plot(middle.index, middle, color=colour, marker=marker, markersize=4, label=model)
    axes.fill_between(middle.index, low, high, color=colour, alpha=0.15, linewidth=0)


def draw_cost(fits: pd.DataFrame, names: list[str], seconds: pd.DataFrame) -> Figure:
    """Error against machine seconds, a panel for each target."""
    figure = Figure(figsize=(2.9 * max(len(names), 2), 3.2), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        for _, price in seconds[seconds["system"] == name].iterrows():
            rows = fits[(fits["system"] == name) & (fits["model"] == price["model"])]
            course = rows.groupby("n")["mre"].median()
            spent = course.index * price["a configuration"] + price["simulated"] + price["calibration"]
            colour, marker = LOOKS[price["model"]]
            axes.plot(spent, course, color=colour, marker=marker, markersize=4, label=price["model"])
        axes.set(title=name, xlabel="seconds of the machine")
        use_log_scale(axes)
    figure.axes[0].set_ylabel("mean relative error (%)")
    _legend(figure)
    return figure


def _legend(figure: Figure) -> None:
    lines = {line.get_label(): line for axes in figure.axes for line in axes.get_lines()}
    names = [name for name in LOOKS if name in lines]
    figure.legend([lines[name] for name in names], names, loc="outside lower center", ncols=3, frameon=False)

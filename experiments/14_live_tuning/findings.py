"""From the runs to result.md and its figure: the answers measured again, with intervals, and how they were found."""

from argparse import Namespace
from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from bench.report import OURS, machine, use_log_scale, verdict, write_page
from transferperf.study.compare import ratio_of_means

DEFAULT, RANDOM, TPE = "default", "random", "Optuna TPE"
LOOKS = {
    DEFAULT: ("#000000", "s", ":"),
    RANDOM: ("#8C8C8C", "x", ":"),
    TPE: ("#CC79A7", "D", "-."),
    OURS: ("#0072B2", "o", "-"),
}
"""Colour, marker and line of each."""
CONFIDENCE = 0.95
MS = 1e3
SETTLED = 4
"""Measurements of a course that the figure may leave above its frame."""
WIDE = 3.0
"""Ratio from which an axis is a log scale."""

AGAIN = """Mean of the runs after tuning, in turns, in ms, with half its 95 % t-interval. *While tuning* is the least
mean that the tuner was told. *Times ours* is the ratio of the mean to ours with Fieller's 95 % interval: above 1, ours
is faster."""
OVER_RUNS = """Geometric mean of the ratios over runs, with the 95 % t-interval of its logarithm (of a single run, its
own interval), and the runs whose own interval lies above 1 (ours is faster) and below 1 (ours is slower)."""
ANSWERS = "What the answers change of the default."
SECONDS = "Mean over runs: processor seconds of the tuner itself, and seconds that its measurements took."


def write(runs: pd.DataFrame, options: Namespace) -> None:
    """Write result.md and live.png."""
    if not len(runs):
        print("no run was made")
        return
    table = pd.DataFrame([*compared(runs)])
    pooled = pd.DataFrame([*over_runs(table)])
    counted = ", ".join(f"{name} {n}" for name, n in runs.groupby("system")["run"].nunique().items())
    rounds = " and ".join(sorted({str(len(text.split())) for text in runs["again"]}))
    budgets = " and ".join(sorted({str(len(text.split())) for text in runs["costs"].dropna()}))
    alt = "A row for each system. Left: best mean so far against measurements; right: answers measured again."
    write_page(
        options.into,
        f"{machine()} Runs: {counted}; {budgets} measurements of each tuner, each answer run {rounds} times again.",
        verdicts(pooled),
        {"live.png": (alt, draw(runs))},
        {
            "Answers measured again": [AGAIN, table.drop(columns=["ratio", "low", "high"])],
            "Over runs": [OVER_RUNS, pooled.drop(columns=["low", "high"])],
            "Answers": [ANSWERS, answers(runs)],
            "Seconds": [SECONDS, seconds(runs)],
        },
    )


def values(text: str) -> np.ndarray:
    """Numbers of one cell."""
    return np.array(text.split(), dtype=float)


def half_width(sample: np.ndarray) -> float:
    """Half the t-interval of the mean of a sample (n,); NaN of a single value."""
    if len(sample) < 2:
        return float("nan")
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, len(sample) - 1) * stats.sem(sample))


def compared(runs: pd.DataFrame) -> Iterator[dict[str, object]]:
    """One row for each answer: measured again, beside ours of the same run."""
    for (system, run), part in runs.groupby(["system", "run"], sort=False):
        again = {name: values(text) for name, text in zip(part["model"], part["again"], strict=True)}
        costs = part.set_index("model")["costs"]
        for name, found in again.items():
            ratio, low, high = ratio_of_means(found, again[OURS], CONFIDENCE)
            yield {
                "system": system,
                "run": run,
                "answer of": name,
                "while tuning (ms)": MS * np.nanmin(values(costs[name])) if isinstance(costs[name], str) else np.nan,
                "again (ms)": MS * found.mean(),
                "± (ms)": MS * half_width(found),
                "times ours": "1" if name == OURS else f"{ratio:.3f} ({low:.3f} to {high:.3f})",
                "ratio": ratio,
                "low": low,
                "high": high,
            }


def over_runs(table: pd.DataFrame) -> Iterator[dict[str, object]]:
    """One row for each system and other answer: the ratio over all runs."""
    others = table[table["answer of"] != OURS]
    for (system, name), part in others.groupby(["system", "answer of"], sort=False):
        logs = np.log(part["ratio"].to_numpy())
        ends = logs.mean() + half_width(logs) * np.array([-1, 1])
        low, high = np.exp(ends) if len(part) > 1 else part[["low", "high"]].to_numpy()[0]
        yield {
            "system": system,
            "answer of": name,
            "runs": len(part),
            "times ours": float(np.exp(logs.mean())),
            "95 % interval": f"{low:.3f} to {high:.3f}",
            "ours faster": int((part["low"] > 1).sum()),
            "ours slower": int((part["high"] < 1).sum()),
            "low": low,
            "high": high,
        }


def verdicts(pooled: pd.DataFrame) -> list[str]:
    """Ours is faster than default and random search, and not slower than TPE."""
    lines = []
    for row in pooled.to_dict("records"):
        came = f"{row['times ours']:.3f} ({row['95 % interval']}), runs {row['runs']}: by their own intervals"
        came += f" ours is faster in {row['ours faster']} and slower in {row['ours slower']}"
        bound, end = ("not below", "high") if row["answer of"] == TPE else ("above", "low")
        claim = f"{row['system']}: time with the answer of {row['answer of']}, as a ratio to ours, is {bound} 1"
        lines.append(verdict(claim, came, holds=row[end] > 1))
    return lines


def answers(runs: pd.DataFrame) -> pd.DataFrame:
    """The options that each answer changes."""
    part = runs[runs["model"] != DEFAULT]
    return part[["system", "run", "model", "changed"]].fillna("nothing")


def seconds(runs: pd.DataFrame) -> pd.DataFrame:
    """What tuning took."""
    part = runs[runs["model"] != DEFAULT].groupby(["system", "model"], sort=False)[["cpu_s", "measuring_s"]].mean()
    return part.rename(columns={"cpu_s": "tuner (CPU s)", "measuring_s": "measuring (s)"}).reset_index()


def draw(runs: pd.DataFrame) -> Figure:
    """A row for each system: the course of tuning, and the answers measured again."""
    systems = list(dict.fromkeys(runs["system"]))
    figure = Figure(figsize=(11, 3.9 * len(systems)), layout="constrained")
    panels = figure.subplots(len(systems), 2, squeeze=False)
    for (course, again), system in zip(panels, systems, strict=True):
        part = runs[runs["system"] == system]
        _draw_course(course, part)
        _draw_again(again, part)
        label = f"{part['metric'].iloc[0].removesuffix('_s')} time (ms)"
        course.set(title=f"{system}: while tuning", xlabel="measurements", ylabel=f"best {label}, mean over runs")
        again.set(title=f"{system}: answers measured again", xlabel="runs, one beside the other", ylabel=label)
    return figure


def _draw_course(axes: Axes, part: pd.DataFrame) -> None:
    """Best mean so far, averaged over runs."""
    default = MS * np.mean([values(text).mean() for text in part.loc[part["model"] == DEFAULT, "again"]])
    colour, _, line = LOOKS[DEFAULT]
    axes.axhline(default, color=colour, linestyle=line, label=DEFAULT)
    for name in (RANDOM, TPE, OURS):
        colour, marker, line = LOOKS[name]
        best = np.mean([np.fmin.accumulate(values(text)) for text in part.loc[part["model"] == name, "costs"]], axis=0)
        asked = np.arange(1, len(best) + 1)
        width = 2.4 if name == OURS else 1.3
        axes.plot(
            asked, MS * best, line, color=colour, marker=marker, markersize=4, markevery=3, linewidth=width, label=name
        )
    axes.legend(frameon=False, fontsize=9)
    axes.grid(visible=True, alpha=0.25)
    shown = [line.get_ydata()[min(SETTLED, len(line.get_ydata()) - 1) :] for line in axes.get_lines()[1:]]
    _fit_axis(axes, min(map(np.min, shown)), max(default, *map(np.max, shown)))


def _draw_again(axes: Axes, part: pd.DataFrame) -> None:
    """Each run's means with their intervals."""
    ends: list[float] = []
    for k, (name, (colour, marker, _)) in enumerate(LOOKS.items()):
        samples = [values(text) for text in part.loc[part["model"] == name, "again"]]
        places = k + 0.16 * (np.arange(len(samples)) - (len(samples) - 1) / 2)
        means, halves = MS * np.array([[sample.mean(), half_width(sample)] for sample in samples]).T
        axes.errorbar(places, means, halves, color=colour, marker=marker, linestyle="none", capsize=3)
        ends += [*(means - np.nan_to_num(halves)), *(means + np.nan_to_num(halves))]
    axes.set_xticks(range(len(LOOKS)), labels=list(LOOKS))
    axes.grid(visible=True, axis="y", alpha=0.25)
    _fit_axis(axes, min(ends), max(ends))


def _fit_axis(axes: Axes, low: float, high: float) -> None:
    """From low to high with some space; a log scale where that is a wide range, and no interval reaches 0."""
    if low <= 0:
        space = 0.06 * (high - low)
        axes.set_ylim(low - space, high + space)
        return
    factor = (high / low) ** 0.06
    axes.set_ylim(low / factor, high * factor)
    if high / low > WIDE:
        use_log_scale(axes)

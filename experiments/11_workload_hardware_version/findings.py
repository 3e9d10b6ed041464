"""From the measures of pairs to result.md: what each kind of change keeps, and the study's observations one by one."""

from argparse import Namespace
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from observations import observations

from bench.report import machine, verdict, write_page
from transferperf.rng import generator

FACTORS = ("hardware", "workload", "version")
SEVERAL = "several at once"
KINDS = (*FACTORS, SEVERAL)
COLOURS = dict(zip(KINDS, ("#0072B2", "#E69F00", "#009E73", "#8C8C8C"), strict=True))
KEPT: Mapping[str, tuple[str, Callable[[pd.Series], pd.Series], str]] = {
    "linear shift": ("pearson", lambda y: y > 0.9, "M1"),
    "linear shift of logs": ("log_pearson", lambda y: y > 0.9, "M1 of logarithms"),
    "ranking": ("spearman", lambda y: y > 0.9, "M3"),
    "best configurations": ("regret_of_range", lambda y: y < 0.05, "1 - regret of range"),
    "effects of options": ("effect_correlation", lambda y: y > 0.9, "correlation"),
    "interactions": ("interaction_correlation", lambda y: y > 0.9, "correlation"),
    "invalid region": ("invalid_common", lambda y: y > 0.9, "share in common"),
}
"""What may be kept -> measure, when it is, and the number in the figure."""
N_RESAMPLES = 1000
LOWEST = -0.6
"""Correlations below it are drawn here."""


def write(rows: pd.DataFrame, options: Namespace) -> None:
    """Write result.md and the figure."""
    pairs = table_of_pairs(rows)
    sizes = pairs.groupby("kind")["system"].agg(["size", "nunique"])
    counts = "; ".join(
        f"{kind} {sizes.loc[kind, 'size']} in {sizes.loc[kind, 'nunique']}" for kind in KINDS if kind in sizes.index
    )
    kept = kept_of(pairs)
    write_page(
        options.into,
        f"{machine()} {len(pairs)} pairs of environments of {pairs['system'].nunique()} systems: {counts}.",
        verdicts(kept),
        {"kept.png": ("How much each kind of change keeps: a dot for each system, medians over systems", draw(pairs))},
        {
            "What is kept": [MEANING, pd.DataFrame({name: kept[name] for name in kept if not name.startswith("_")})],
            "Observations of the study, one by one": [observations(pairs)],
            "Every system": [EACH, by_system(pairs)],
        },
    )


MEANING = """Per cent of pairs in which it is kept, each system's share counted once; in brackets 95 % intervals over
systems, and the number of systems that know."""
EACH = """Medians over pairs."""


def table_of_pairs(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each pair, a column for each measure; kind of change, and the correlation of logarithms."""
    keys = ["system", "source", "target", "change"]
    pairs = rows.pivot_table(index=keys, columns="measure", values="value").reset_index()
    pairs = pairs[pairs["pearson"].notna()] if "pearson" in pairs else pairs
    for name in {measure for measure, _, _ in KEPT.values()} | {"invalid_common", "log_slope", "log_shift_error"}:
        if name not in pairs:
            pairs[name] = np.nan
    sign = np.sign(pairs["log_slope"].fillna(0))
    pairs["log_pearson"] = sign * np.sqrt((1 - pairs["log_shift_error"] ** 2).clip(0, 1))
    pairs["kind"] = [change if change in FACTORS else SEVERAL for change in pairs["change"]]
    return pairs


def interval_over(values: pd.Series, statistic: Callable[[np.ndarray], float] = np.mean) -> tuple[float, float, float]:
    """A statistic of one number for each system, and its 95 % interval over systems drawn again."""
    y = values.dropna().to_numpy()
    if not len(y):
        return (float("nan"),) * 3
    draws = generator(0, "systems", len(y)).integers(len(y), size=(N_RESAMPLES, len(y)))
    low, high = np.quantile([statistic(y[row]) for row in draws], (0.025, 0.975))
    return float(statistic(y)), float(low), float(high)


def kept_of(pairs: pd.DataFrame) -> pd.DataFrame:
    """For each thing that may be kept, in how many pairs of each kind of change it is, as text; numbers under `_`."""
    found = []
    for thing, (name, is_kept, _) in KEPT.items():
        row: dict[str, object] = {"": thing}
        for kind in KINDS:
            part = pairs[(pairs["kind"] == kind) & pairs[name].notna()]
            shares = 100 * is_kept(part[name]).groupby(part["system"]).mean()
            value, low, high = interval_over(shares)
            row[kind] = f"{value:.0f} [{low:.0f}, {high:.0f}], {len(shares)}" if len(shares) else "-"
            row[f"_{kind}"] = value
        found.append(row)
    return pd.DataFrame(found)


def verdicts(kept: pd.DataFrame) -> list[str]:
    """What was expected."""
    numbers = kept.set_index("")[[f"_{kind}" for kind in KINDS]]
    numbers.columns = list(KINDS)

    def line(claim: str, thing: str, *, holds: Callable[[pd.Series], bool]) -> str:
        row = numbers.loc[thing]
        came = ", ".join(f"{kind} {value:.0f} %" for kind, value in row.items() if not np.isnan(value))
        return verdict(claim, came or "not known", holds=bool(came) and bool(holds(row)))

    shift, ranks = numbers.loc["linear shift"], numbers.loc["ranking"]
    return [
        line("hardware keeps the linear shift most often", "linear shift", holds=lambda y: y["hardware"] == y.max()),
        line(
            "versions keep it least of the three",
            "linear shift",
            holds=lambda y: y["version"] == y[list(FACTORS)].min(),
        ),
        line(
            "workloads keep the ranking more often than the shift",
            "ranking",
            holds=lambda y: y["workload"] > shift["workload"],
        ),
        line(
            "effects of options hold more often than ranks",
            "effects of options",
            holds=lambda y: (y.dropna() > ranks[y.dropna().index]).all(),
        ),
        line("several at once keep the ranking least", "ranking", holds=lambda y: y[SEVERAL] == y.min()),
        line("the invalid region is kept in most pairs", "invalid region", holds=lambda y: (y.dropna() > 50).all()),
    ]


def by_system(pairs: pd.DataFrame) -> pd.DataFrame:
    """Medians of each system and kind of change."""
    names = [name for name, _, _ in KEPT.values()]
    table = pairs.groupby(["system", "kind"])[names].median().round(2)
    table.insert(0, "pairs", pairs.groupby(["system", "kind"]).size())
    return table.reset_index()


def draw(pairs: pd.DataFrame) -> Figure:
    """A panel for each thing that may be kept: a dot for each system, and medians over systems with intervals."""
    figure = Figure(figsize=(11.5, 5.6), layout="constrained")
    panels = figure.subplots(2, 4, sharey=True).ravel()
    stream = generator(0, "jitter")
    for axes, (thing, (name, _, number)) in zip(panels, KEPT.items(), strict=False):
        is_regret = name == "regret_of_range"
        for k, kind in enumerate(KINDS):
            part = pairs[(pairs["kind"] == kind) & pairs[name].notna()]
            values = part.groupby("system")[name].median()
            _draw_kind(axes, k, kind, 1 - values if is_regret else values, stream)
        axes.axvline(0.95 if is_regret else 0.9, color="black", linewidth=0.8, linestyle=":")
        axes.set_title(thing, fontsize=11, loc="left")
        axes.set_xlabel(number, fontsize=9)
        _use_distance_scale(axes, LOWEST if "correlation" in number or number.startswith("M") else 0.0)
    for axes in panels[::4]:
        axes.set_yticks(range(len(KINDS)), KINDS)
    panels[0].set_ylim(len(KINDS) - 0.5, -0.5)
    _legend(panels[len(KEPT)])
    return figure


def _use_distance_scale(axes: Axes, low: float) -> None:
    """A scale on which correlations are as far apart as environments are: sqrt(1 - r)."""
    axes.set_xscale("function", functions=(lambda r: -np.sqrt(np.clip(1 - r, 0, None)), lambda d: 1 - np.square(d)))
    ticks = [tick for tick in (-0.5, 0, 0.5, 0.9, 1) if tick >= low]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xlim(low, 1.0)
    axes.grid(visible=True, axis="x", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_kind(axes: Axes, k: int, kind: str, values: pd.Series, stream: np.random.Generator) -> None:
    jitter = stream.uniform(-0.2, 0.2, size=len(values))
    shown = values.clip(lower=LOWEST)
    axes.scatter(shown, k + jitter, s=16, color=COLOURS[kind], alpha=0.55, linewidth=0, clip_on=False)
    value, low, high = interval_over(values, np.median)
    if len(values):
        axes.plot([low, high], [k, k], color=COLOURS[kind], linewidth=3.2, solid_capstyle="butt", zorder=3)
        axes.plot(value, k, marker="D", color="white", markeredgecolor="black", markersize=7, zorder=4, clip_on=False)
    at = axes.get_yaxis_transform()
    axes.text(1.04, k, f"{len(values)}", transform=at, fontsize=8, color="#555555", va="center")


def _legend(axes: Axes) -> None:
    axes.axis("off")
    axes.scatter([], [], s=16, color="#555555", alpha=0.6, label="median over a system's pairs")
    axes.plot(
        [],
        [],
        marker="D",
        color="#555555",
        markerfacecolor="white",
        markeredgecolor="black",
        linewidth=3.2,
        label="median over systems, 95 % interval",
    )
    axes.plot([], [], color="black", linewidth=0.8, linestyle=":", label="from here on called kept")
    axes.plot([], [], linestyle="none", label="at the right: number of systems")
    axes.legend(loc="center left", frameon=False, fontsize=9)

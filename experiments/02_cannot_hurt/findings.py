"""From the fits to result.md and its figures: how often transfer hurts, and how much it helps."""

from argparse import Namespace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bench.report import (
    ALL,
    ALONE,
    ALWAYS,
    ALWAYS_ALL,
    COLOURS,
    FOREST,
    OURS,
    PUBLISHED,
    calibration,
    calibration_verdicts,
    geometric_mean,
    machine,
    times,
    verdict,
    write_page,
)

KEY = ["system", "pair", "n"]
HURTS = 1.1
"""A ratio to the error without transfer above this counts as hurt."""
SIMPLE = {
    "always transfer": (19.0, 0.86),
    "least leave-one-out error": (13.0, 0.86),
    "one standard error": (7.5, 0.87),
    "stacking, prior of 5 rows": (2.5, 0.92),
    "oracle": (0.0, 0.79),
}
"""Simple gates on 160 other pairs: per cent of the cases hurt, geometric mean ratio."""
MEANING = """The error of a fit is the mean |log prediction - log measurement| over test rows above 0 that are not at a
timeout's cap; ratios are to our own model without transfer on the same rows. The oracle knows which of *no transfer*
and *always transfer* has the smaller error."""


def write(fits: pd.DataFrame, options: Namespace) -> None:
    """Write result.md, frontier.png and ratios.png."""
    one, many = ratios(fits, OURS, ALWAYS), ratios(fits, ALL, ALWAYS_ALL)
    covered, capped = calibration(fits, KEY), timeouts(fits)
    forest = geometric_mean(_ratio(fits, ALONE, FOREST))
    write_page(
        options.into,
        f"{machine()} {one['pair'].nunique()} pairs of {one['system'].nunique()} systems, {len(one)} cases.",
        [*verdicts(one, many, forest), *calibration_verdicts(covered)],
        {
            "frontier.png": (
                "Share of the cases hurt and geometric mean ratio, ours and simple gates.",
                draw_frontier(one),
            ),
            "ratios.png": ("Sorted ratios to the error without transfer.", draw_ratios(one)),
        },
        {
            "One source": [MEANING, by_size(one)],
            "All other environments as sources": [by_size(many) if len(many) else "Not run."],
            "By system": [by_system(one)],
            "Timeouts": [capped if len(capped) else "No metric here has a cap."],
            "Calibration": [covered],
            "Seconds": [times(fits)],
        },
    )


def _error(fits: pd.DataFrame, model: str) -> pd.Series:
    return fits[fits["model"] == model].set_index(KEY)["log_mae"]


def _ratio(fits: pd.DataFrame, model: str, reference: str) -> pd.Series:
    """Ratio of errors, between a thousandth and a thousand; a case without any error, or without a model, is none."""
    return (_error(fits, model) / _error(fits, reference)).clip(1e-3, 1e3).dropna()


def ratios(fits: pd.DataFrame, ours: str, always: str) -> pd.DataFrame:
    """One row for each case: ratios of ours, of always and of the oracle to no transfer."""
    table = pd.DataFrame({OURS: _ratio(fits, ours, ALONE), ALWAYS: _ratio(fits, always, ALONE)})
    table = table.dropna(subset=[OURS]).fillna({ALWAYS: 1.0})  # without another expert there is nothing to transfer
    return table.assign(oracle=table[ALWAYS].clip(upper=1.0)).reset_index()


def hurt(values: pd.Series) -> float:
    """Per cent of the cases that are worse than no transfer by more than HURTS."""
    return 100 * float((values > HURTS).mean())


def by_size(cases: pd.DataFrame) -> pd.DataFrame:
    """Share hurt and geometric mean ratio of each gate, by number of training rows and over all."""
    groups = [(str(n), part) for n, part in cases.groupby("n")]
    rows = []
    for n, part in [*groups, ("all", cases)]:
        row: dict[str, object] = {"n": n, "cases": len(part)}
        for gate in (OURS, ALWAYS, "oracle"):
            row[f"{gate}: hurt %"] = hurt(part[gate])
            row[f"{gate}: ratio"] = geometric_mean(part[gate])
        rows.append(row | {"worst ratio of ours": part[OURS].max()})
    return pd.DataFrame(rows)


def by_system(cases: pd.DataFrame) -> pd.DataFrame:
    """The same for each system, the one that gains least first."""
    rows = [
        {
            "system": system,
            "cases": len(part),
            "ratio": geometric_mean(part[OURS]),
            "always": geometric_mean(part[ALWAYS]),
            "oracle": geometric_mean(part["oracle"]),
            "hurt %": hurt(part[OURS]),
            "worst": part[OURS].max(),
        }
        for system, part in cases.groupby("system")
    ]
    return pd.DataFrame(rows).sort_values("ratio", ascending=False)


def timeouts(fits: pd.DataFrame) -> pd.DataFrame:
    """Mean Brier score of P(timeout) where a metric has a cap; the forest's is the share of the training rows."""
    known = fits.dropna(subset=["brier"])
    table = known.groupby(["system", "model"], sort=False)["brier"].mean().rename("Brier score")
    return table.reset_index()


def verdicts(one: pd.DataFrame, many: pd.DataFrame, forest: float) -> list[str]:
    """Whether transfer cannot hurt, and helps."""
    share, ratio = hurt(one[OURS]), geometric_mean(one[OURS])
    came = f"{share:.1f} % at {ratio:.3f}"
    lines = [
        verdict(
            "at most 2.5 % of the cases hurt at a geometric mean ratio of 0.86 or lower",
            came,
            holds=share <= 2.5 and ratio <= 0.86,
        ),
        verdict(
            "no transfer is no worse than a forest on log values", f"{forest:.3f} times its error", holds=forest <= 1
        ),
    ]
    if len(many):
        share, ratio = hurt(many[OURS]), geometric_mean(many[OURS])
        claim = "with all other environments as sources 1 % and 0.60"
        lines.append(verdict(claim, f"{share:.1f} % at {ratio:.3f}", holds=share <= 1 and ratio <= 0.6))
    return lines


def draw_frontier(cases: pd.DataFrame) -> Figure:
    """Share hurt against geometric mean ratio: lower left is better."""
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    axes.add_patch(Rectangle((-1.5, 0), 4.0, 0.86, color="#009E73", alpha=0.12, linewidth=0, label="asked for"))
    for name, (share, ratio) in SIMPLE.items():
        axes.plot(share, ratio, "o", color="#8C8C8C", label="simple gates, other pairs" if name == "oracle" else None)
        axes.annotate(
            name, (share, ratio), (0, 6), textcoords="offset points", fontsize=8, color="#555555", ha="center"
        )
    for gate, marker in ((OURS, "*"), (ALWAYS, "s"), ("oracle", "^")):
        at = (hurt(cases[gate]), geometric_mean(cases[gate]))
        size = 15 if gate == OURS else 8
        axes.plot(*at, marker, color=COLOURS[OURS], markersize=size, linestyle="none", label=f"{gate}, these pairs")
    axes.set(
        xlabel=f"cases more than {100 * (HURTS - 1):.0f} % worse than no transfer (%)",
        ylabel="error / error without transfer (geometric mean)",
        xlim=(-1.5, max(22, hurt(cases[ALWAYS]) + 2)),
        ylim=(min(0.7, geometric_mean(cases["oracle"]) - 0.05), max(1.0, geometric_mean(cases[ALWAYS]) + 0.05)),
    )
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    axes.grid(visible=True, alpha=0.2)
    return figure


def draw_ratios(cases: pd.DataFrame) -> Figure:
    """Sorted ratios of all cases, by number of training rows."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    sizes = sorted(cases["n"].unique())
    panels = figure.subplots(1, len(sizes), sharey=True, squeeze=False)[0]
    for axes, n in zip(panels, sizes, strict=True):
        _draw_sorted(axes, cases[cases["n"] == n])
        axes.set(title=f"{n} training rows", xlabel="cases, sorted (%)")
    panels[0].set_ylabel("error / error without transfer")
    panels[0].legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def _draw_sorted(axes: Axes, part: pd.DataFrame) -> None:
    share = 100 * (np.arange(len(part)) + 0.5) / len(part)
    for gate, colour in ((ALWAYS, COLOURS[PUBLISHED]), (OURS, COLOURS[OURS])):
        axes.plot(share, np.sort(part[gate]), color=colour, linewidth=1.8, label=gate)
    axes.axhline(1.0, color="black", linewidth=0.8)
    axes.axhline(HURTS, color="black", linewidth=0.8, linestyle=":")
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(visible=True, alpha=0.2)

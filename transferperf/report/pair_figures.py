"""One pair of environments: its responses, and what options do in both, each drawn on a given Axes."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from transferperf.report.colours import HUES, MARKS
from transferperf.report.figures import BLUE, GREY, ORANGE, make_log, name_points
from transferperf.report.findings import Findings
from transferperf.report.observed import Observed, cell_means, density
from transferperf.similarity.influence import kinds
from transferperf.similarity.overlap import shared_share
from transferperf.similarity.values import varies

MAX_NAMED = 7
"""Options whose points have a name; more would cover one another."""
SHARES = np.arange(1, 51) / 100


def draw_shift(axes: Axes, findings: Findings, observed: Observed, source: int, target: int) -> None:
    """Responses of the target against those of the source, and the line that fits; a power on log axes."""
    _, s, t = observed.common(source, target)
    axes.plot(s, t, "o", color=BLUE, markersize=3, alpha=0.6)
    turn, back = (np.log, np.exp) if observed.is_log else (np.asarray, np.asarray)
    if len(s) > 1 and varies(s):
        slope, intercept = np.polyfit(turn(s), turn(t), 1)
        ends = np.array([s.min(), s.max()])
        axes.plot(ends, back(intercept + slope * turn(ends)), color=ORANGE, linewidth=2)
    if observed.is_log and len(s):
        make_log(axes, "xy")
    axes.set(xlabel=f"source: {findings.metric.label}", ylabel=f"target: {findings.metric.label}")


def draw_effects(axes: Axes, observed: Observed, source: int, target: int) -> None:
    """Effect of each option in the target against that in the source, in deviations of the metric."""
    of_source, of_target = observed.effects[source], observed.effects[target]
    x, y, kind = of_source.size, of_target.size, kinds(of_source, of_target, corrected=True)
    colours = {"agrees": BLUE, "flips": ORANGE, "vanishes": "white", "appears": "white", "nowhere": GREY}
    for name, colour in colours.items():
        chosen = (kind == name) & np.isfinite(x + y)
        if chosen.any():
            edge = BLUE if colour == "white" else colour
            label = f"{int(chosen.sum())} {name if name != 'nowhere' else 'too small to tell'}"
            axes.plot(x[chosen], y[chosen], "D" if name == "flips" else "o", color=colour, mec=edge, ms=5, label=label)
    strength = np.nan_to_num(np.maximum(np.abs(x), np.abs(y)), nan=-1.0)
    most = 1.15 * max(0.1, float(strength.max(initial=0.0)))
    axes.set(xlim=(-most, most), ylim=(-most, most))
    named = [k for k in np.argsort(-strength, kind="stable")[:MAX_NAMED] if np.isfinite(x[k] + y[k])]
    name_points(axes, np.stack([x, y], axis=1)[named], [observed.contrasts[k] for k in named])
    axes.axline((0, 0), slope=1, color=GREY, linewidth=1, linestyle=":")
    axes.set(xlabel="effect in the source [deviations]", ylabel="effect in the target [deviations]")
    if np.isfinite(x + y).any():
        axes.legend(frameon=False, fontsize=7, loc="upper left")


def draw_overlap(axes: Axes, findings: Findings, observed: Observed, source: int, target: int) -> None:
    """Which part of the best, and of the worst, configurations both have in common, by the share that is taken."""
    _, s, t = observed.common(source, target)
    sign = findings.metric.sign
    for way, colour, style, label in ((sign, BLUE, "-", "best"), (-sign, ORANGE, "--", "worst")):
        if len(s):
            curve = [shared_share(way * s, way * t, share) for share in SHARES]
            axes.plot(SHARES, curve, style, color=colour, label=label)
    axes.plot([0, 0.5], [0, 0.5], ":", color=GREY, linewidth=1, label="by chance")
    axes.set(xlabel="share of configurations taken", ylabel="in common", ylim=(0, 1.03), xlim=(0, 0.5))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0))
    axes.legend(frameon=False, loc="lower right")


def draw_densities(axes: Axes, findings: Findings, observed: Observed, source: int, target: int) -> None:
    """How the responses of both are spread, the highest point of each 1."""
    for place, colour, style, label in ((source, BLUE, "-", "source"), (target, ORANGE, "--", "target")):
        grid, heights = density(observed.responses[place], is_log=observed.is_log)
        axes.plot(grid, heights, style, color=colour, label=label)
    if observed.is_log and any(np.size(line.get_xdata()) for line in axes.lines):
        make_log(axes, "x")
    axes.set(xlabel=findings.metric.label, ylabel="density", yticks=[])
    axes.legend(frameon=False, loc="upper right")


def draw_interaction(axes: Axes, observed: Observed, place: int, options: tuple[int, int]) -> None:
    """Mean response in one environment for each pair of levels of two options, a geometric one on log scales."""
    a, b = (observed.levels[k] for k in options)
    y = observed.responses[place]
    means = cell_means(a, b, observed.rows[place], np.log(y) if observed.is_log else y)
    for j, (values, name) in enumerate(zip(means.T, b.names, strict=True)):
        drawn = np.exp(values) if observed.is_log else values
        axes.plot(a.names, drawn, marker=MARKS[j], color=HUES.light[j], label=name)
    axes.set(xlabel=a.option)
    axes.legend(frameon=False, fontsize=7, title=b.option, title_fontsize=7)

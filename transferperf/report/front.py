"""The front of several metrics, drawn with its intervals."""

import itertools
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from transferperf.errors import OutputError
from transferperf.metric import Metric
from transferperf.report.figures import BLUE, GREY, ORANGE
from transferperf.report.svg import STYLE
from transferperf.study.front import Front

SUFFIXES = (".svg", ".png", ".pdf")
"""Formats of a figure."""


def draw_front(axes: Axes, front: Front, x: Metric, y: Metric) -> None:
    """Two of a front's metrics: its configurations with their 90 % intervals, what they beat, and the default.

    The line is what the front reaches where it has two metrics; of more, each pair hides why the others are on it.
    """
    X, Y = front.mean[x.name].to_numpy(), front.mean[y.name].to_numpy()
    axes.scatter(front.beaten[x.name], front.beaten[y.name], s=12, color=GREY, alpha=0.6, label="measured", zorder=1)
    for values, bars in ((x, "xerr"), (y, "yerr")):
        low, mean, high = (side[values.name].to_numpy() for side in (front.low, front.mean, front.high))
        ends = np.nan_to_num(np.maximum(np.stack([mean - low, high - mean]), 0.0))
        axes.errorbar(X, Y, **{bars: ends}, fmt="none", ecolor=BLUE, elinewidth=1, alpha=0.7, zorder=2)
    axes.plot(X, Y, "o", color=BLUE, markersize=5, label="front, 90 % interval", zorder=3)
    if len(front.metrics) == 2:
        order = np.argsort(x.sign * X)
        axes.step(X[order], Y[order], where="post", color=BLUE, linewidth=1, linestyle=":", zorder=2)
    if front.default:
        place = front.default[x.name], front.default[y.name]
        axes.plot(*place, "s", color=ORANGE, markersize=6, label="default, as believed", zorder=4)
    better = [f"{metric.label}, {'less' if metric.lower_is_better else 'more'} is better" for metric in (x, y)]
    axes.set(xlabel=better[0], ylabel=better[1])
    axes.spines[["top", "right"]].set_visible(False)


def write_front(front: Front, path: Path) -> None:
    """A figure of each pair of a front's metrics, as .svg, .png or .pdf."""
    check_figure(path)
    pairs = list(itertools.combinations(front.metrics, 2))
    with rc_context(STYLE):
        figure = Figure(figsize=(5.6 * len(pairs), 4.2), layout="constrained")
        panels = figure.subplots(1, len(pairs), squeeze=False)[0]
        for axes, (x, y) in zip(panels, pairs, strict=True):
            draw_front(axes, front, x, y)
        panels[0].legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
        figure.savefig(path, dpi=150, facecolor="white")


def check_figure(path: Path) -> None:
    """OutputError where a figure cannot have that name."""
    if path.suffix not in SUFFIXES:
        raise OutputError(f"figure {path} cannot be written; expected a name that ends in {', '.join(SUFFIXES)}")

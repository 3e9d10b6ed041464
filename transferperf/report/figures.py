"""Figures, each drawn on a given Axes; colours are told apart by colour-blind readers and on light and dark paper."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from transferperf.metric import Metric
from transferperf.report.svg import INK

BLUE, ORANGE, GREY = "#3b8bc9", "#d9822b", "#8c8c8c"
MAX_WRITTEN = 30
"""In a larger heat map the cells are too small for their values."""
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
LOG_FROM = 10.0
"""Positive values that span more than this factor are drawn on a log scale."""


def cluster_order(values: np.ndarray) -> np.ndarray:
    """Order in which similar environments are neighbours, shape (e,); `values` are correlations (e, e), NaN unknown."""
    if len(values) < 3:
        return np.arange(len(values))
    distance = 1.0 - np.nan_to_num((values + values.T) / 2, nan=0.0)
    np.fill_diagonal(distance, 0.0)
    condensed = squareform(np.maximum(distance, 0.0), checks=False)
    return leaves_list(linkage(condensed, method="average", optimal_ordering=True))


def draw_heat_map(axes: Axes, values: np.ndarray, labels: Sequence[str], *, title: str = "") -> None:
    """Correlations of all pairs as coloured cells with their values, rows and columns in the given order.

    Parameters
    ----------
    axes
        Where to draw.
    values
        From -1 to 1, NaN where there is none, shape (e, e); row = source, column = target.
    labels
        Names of the environments, shape (e,).
    """
    colours = colormaps["RdBu"].with_extremes(bad=GREY)
    image = axes.imshow(values, cmap=colours, vmin=-1.0, vmax=1.0, interpolation="none")
    axes.set_xticks(
        range(len(labels)), labels=list(labels), rotation=90, rotation_mode="anchor", ha="right", va="center"
    )
    axes.set_yticks(range(len(labels)), labels=list(labels))
    axes.tick_params(length=0, labelsize=9 if len(labels) <= MAX_WRITTEN else 6)
    axes.set(xlabel="target", ylabel="source")
    axes.set_title(title)
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.6, pad=0.02)
    bar.outline.set_visible(False)
    axes.spines[:].set_visible(False)
    if len(labels) <= MAX_WRITTEN:
        for (i, j), value in np.ndenumerate(values):
            is_dark = np.asarray(colours((value + 1) / 2))[:3] @ LUMINANCE < 0.5
            colour = "white" if is_dark else "black"
            axes.text(j, i, _short(value), ha="center", va="center", color=colour, fontsize=8)


def _short(value: float) -> str:
    """A correlation in at most four signs: .97, -.08, 1."""
    if np.isnan(value):
        return "?"
    text = f"{value:.2f}"
    return text.replace("0.", ".") if text not in ("1.00", "-1.00", "0.00", "-0.00") else str(round(value))


def draw_predictions(
    axes: Axes, measured: np.ndarray, predicted: np.ndarray, low: np.ndarray, high: np.ndarray, *, label: str
) -> None:
    """Predicted against measured values, shape (n,) each, with intervals and the line where both agree.

    `label` names the quantity with its unit.
    """
    ends = np.array([np.minimum(low, predicted), np.maximum(high, predicted)])
    is_log = _spans_decades(np.concatenate([measured, ends.ravel()]))
    inside = (low <= measured) & (measured <= high)
    for chosen, colour, marker, words in (
        (inside, BLUE, "o", "measured inside the interval"),
        (~inside, ORANGE, "s", "outside"),
    ):
        if chosen.any():
            axes.errorbar(
                measured[chosen],
                predicted[chosen],
                yerr=np.abs(ends[:, chosen] - predicted[chosen]),
                fmt=marker,
                color=colour,
                markersize=4,
                elinewidth=1,
                label=f"{words} ({int(chosen.sum())})",
            )
    diagonal = [float(measured.min()), float(measured.max())]
    axes.plot(diagonal, diagonal, color=INK, linewidth=1, linestyle="--", label="predicted = measured")
    if is_log:
        _make_log(axes, "xy")
    axes.set(xlabel=f"measured {label}", ylabel=f"predicted {label}")
    axes.legend(frameon=False, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)


def draw_tuning_curve(axes: Axes, values: np.ndarray, *, default: float | None, metric: Metric) -> None:
    """Each measurement of a campaign, the best value so far, and the default as a line.

    Parameters
    ----------
    axes
        Where to draw.
    values
        Measured values in the order of the campaign, NaN where a measurement failed, shape (n,).
    default
        Value of the untouched system; None where nobody knows.
    metric
        What is tuned, and which way is better.
    """
    steps = np.arange(1, len(values) + 1)
    failed = np.isnan(values)
    accumulate = np.fmin.accumulate if metric.lower_is_better else np.fmax.accumulate
    axes.plot(steps[~failed], values[~failed], "o", color=GREY, markersize=4, label="measurement")
    axes.step(steps, accumulate(values), where="post", color=BLUE, linewidth=2, label="best so far")
    if default is not None:
        axes.axhline(default, color=ORANGE, linestyle="--", linewidth=1.5, label="default")
    if failed.any():
        place = axes.get_xaxis_transform()
        axes.plot(
            steps[failed], np.zeros(failed.sum()), "x", color=ORANGE, transform=place, clip_on=False, label="failed"
        )
    if _spans_decades(values[~failed]):
        _make_log(axes, "y")
    axes.set(xlabel="measurements", ylabel=metric.label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=4)
    axes.spines[["top", "right"]].set_visible(False)


def _spans_decades(values: np.ndarray) -> bool:
    return bool(len(values) and values.min() > 0 and values.max() > LOG_FROM * values.min())


def _make_log(axes: Axes, which: str) -> None:
    """Log scale with plain numbers: 1, 2, 5, 10."""
    for name in which:
        axes.set(**{f"{name}scale": "log"})
        axis = axes.xaxis if name == "x" else axes.yaxis
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())

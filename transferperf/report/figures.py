"""Figures, each drawn on a given Axes; colours are told apart by colour-blind readers and on light and dark paper."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, ListedColormap
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from transferperf.metric import Metric
from transferperf.report.colours import CODES, SCALES, ink_on
from transferperf.report.layout import spans_decades
from transferperf.report.svg import INK
from transferperf.similarity.verdict import KINDS

BLUE, ORANGE, GREY = "#3b8bc9", "#d9822b", "#8c8c8c"
MAX_WRITTEN = 30
"""In a larger heat map the cells are too small for their values."""
WIDE = 1000.0
"""Log scales that span more than this factor have a number for each power of ten only."""


def draw_heat_map(
    axes: Axes, values: np.ndarray, labels: Sequence[str], *, title: str = "", scale: str = "correlation"
) -> None:
    """Numbers of all pairs as coloured cells with their values, rows and columns in the given order.

    Parameters
    ----------
    axes
        Where to draw.
    values
        NaN where there is none, shape (e, e); row = source, column = target.
    labels
        Names of the environments, shape (e,).
    title
        Above the map.
    scale
        What the values are: a "correlation" from -1 to 1, an "amount" from 0 on, or the place of a "class".
    """
    colours, (low, high) = _colours(scale), _ends(scale, values)
    image = axes.imshow(values, cmap=colours, vmin=low, vmax=high, interpolation="none")
    axes.set_xticks(
        range(len(labels)), labels=list(labels), rotation=90, rotation_mode="anchor", ha="right", va="center"
    )
    axes.set_yticks(range(len(labels)), labels=list(labels))
    axes.tick_params(length=0, labelsize=9 if len(labels) <= MAX_WRITTEN else 6)
    axes.set(xlabel="target", ylabel="source")
    axes.set_title(title)
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.6, pad=0.02)
    bar.outline.set_visible(False)
    if scale == "class":
        bar.set_ticks(range(len(KINDS)), labels=[f"{code} {kind}" for code, kind in zip(CODES, KINDS, strict=True)])
        bar.ax.invert_yaxis()
    axes.spines[:].set_visible(False)
    if len(labels) <= MAX_WRITTEN:
        for (i, j), value in np.ndenumerate(values):
            if i == j and np.isnan(value):
                continue
            ink = INK if np.isnan(value) else ink_on(colours((value - low) / (high - low)))
            axes.text(j, i, _short(value, scale), ha="center", va="center", color=ink, fontsize=8)


def _colours(scale: str) -> Colormap:
    """Colours of a scale, the same as on a page; what is not known has none."""
    shades = SCALES[scale].light
    found = ListedColormap(shades) if scale == "class" else LinearSegmentedColormap.from_list(scale, shades)
    return found.with_extremes(bad=(0.0, 0.0, 0.0, 0.0))


def _ends(scale: str, values: np.ndarray) -> tuple[float, float]:
    """The values that have the first and the last colour."""
    if scale == "class":
        return -0.5, len(KINDS) - 0.5
    return (-1.0, 1.0) if scale == "correlation" else (0.0, float(np.nanmax(values, initial=1.0)))


def _short(value: float, scale: str) -> str:
    """A correlation in at most four signs: .97, -.08, 1; an amount in whole numbers, a class by its code."""
    if np.isnan(value):
        return "?"
    if scale != "correlation":
        return CODES[int(value)] if scale == "class" else f"{value:.0f}"
    text = f"{value:.2f}"
    return text.replace("0.", ".") if text not in ("1.00", "-1.00", "0.00", "-0.00") else str(round(value))


def draw_predictions(
    axes: Axes, measured: np.ndarray, predicted: np.ndarray, low: np.ndarray, high: np.ndarray, *, label: str
) -> None:
    """Predicted against measured values, shape (n,) each, with intervals and the line where both agree.

    `label` names the quantity with its unit.
    """
    ends = np.array([np.minimum(low, predicted), np.maximum(high, predicted)])
    is_log = spans_decades(np.concatenate([measured, ends.ravel()]))
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
        make_log(axes, "xy")
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
    if spans_decades(values[~failed]):
        make_log(axes, "y")
    axes.set(xlabel="measurements", ylabel=metric.label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=4)
    axes.spines[["top", "right"]].set_visible(False)


def name_points(axes: Axes, points: np.ndarray, names: Sequence[str]) -> None:
    """Names beside points (k, 2), right or left, the first ones first; one that has no room is left out."""
    ends = np.array([axes.get_xlim(), axes.get_ylim()])
    shares = (points - ends[:, 0]) / (ends[:, 1] - ends[:, 0])  # (k, 2)
    taken = [(x - 0.015, x + 0.015, y) for x, y in shares]
    for point, (x, y), name in zip(points, shares, names, strict=True):
        wide = 0.014 * len(name)
        for start, move, side in ((x + 0.02, 6, "left"), (x - 0.02 - wide, -6, "right")):
            is_free = all(start > b or start + wide < a or abs(y - m) > 0.035 for a, b, m in taken)
            if is_free and start > -0.05 and start + wide < 1.05:
                taken.append((start, start + wide, y))
                text = axes.annotate(
                    name, point, (move, 0), textcoords="offset points", ha=side, va="center", fontsize=7
                )
                text.set_in_layout(False)
                break


def make_log(axes: Axes, which: str) -> None:
    """Log scale of what is drawn, with plain numbers: 1, 2, 5, 10, or 1, 10, 100 where that is a wide range."""
    for name in which:
        axes.set(**{f"{name}scale": "log"})
        axis = axes.xaxis if name == "x" else axes.yaxis
        low, high = axis.get_data_interval()
        axis.set_major_locator(LogLocator(subs=(1.0,) if high > WIDE * low else (1.0, 2.0, 5.0)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())

"""Sections of a report: what the similarity, the predictions and the tuning of a system came to."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from transferperf.metric import Metric
from transferperf.report.figures import (
    MAX_WRITTEN,
    cluster_order,
    draw_heat_map,
    draw_predictions,
    draw_tuning_curve,
)
from transferperf.report.labels import cut_labels
from transferperf.report.page import Section
from transferperf.report.svg import Picture, render_picture
from transferperf.similarity import best_sources

MEASURES = {
    "spearman": "Same ranking of configurations? Spearman correlation (M3); above 0.9 the ranking carries over.",
    "pearson": "Linear shift of values? Pearson correlation (M1); above 0.9 a scaled and shifted source will do.",
}
MAX_ROWS = 300
"""A longer table of pairs would not be read."""


def similarity_sections(pairs: pd.DataFrame, labels: Mapping[str, str], *, metric: Metric) -> tuple[Section, Section]:
    """Heat maps with the best source of each environment, and the table of pairs.

    Parameters
    ----------
    pairs
        From `compare_environments`.
    labels
        Name in `pairs` -> name to show, from `short_labels`.
    metric
        What was compared.
    """
    matrices = {measure: _matrix(pairs, list(labels), measure) for measure in MEASURES}
    order = cluster_order(matrices["spearman"])
    shown = cut_labels([list(labels.values())[k] for k in order])
    figures = tuple(_heat_map(matrices[measure][np.ix_(order, order)], shown, measure) for measure in MEASURES)
    named = pairs.assign(source=pairs["source"].map(labels), target=pairs["target"].map(labels))
    heat_maps = Section(
        title=f"Similarity of environments in {metric.label}",
        text=(
            f"{len(labels)} environments, compared on the configurations that were measured in both.",
            "Similar ones stand together in the maps. The table names the most similar source of each target.",
        ),
        figures=figures,
        table=_table(best_sources(named)),
    )
    once = named[pairs["source"].map(list(labels).index) < pairs["target"].map(list(labels).index)]
    once = once.sort_values("spearman", ascending=False, kind="stable")
    what = f"All {len(once)} pairs" if len(once) <= MAX_ROWS else f"The first {MAX_ROWS} of {len(once)} pairs"
    text = f"{what}, most similar first, with 95 % bootstrap intervals. Both correlations are the same in reverse."
    return heat_maps, Section(title="Pairs of environments", text=(text,), table=_table(once.head(MAX_ROWS)))


def prediction_section(
    measured: np.ndarray, predicted: np.ndarray, low: np.ndarray, high: np.ndarray, *, metric: Metric
) -> Section:
    """Predictions against measurements that the model has not seen, shape (n,) each."""

    def draw(axes: Axes) -> None:
        draw_predictions(axes, measured, predicted, low, high, label=metric.label)

    inside = float(np.mean((low <= measured) & (measured <= high)))
    error = float(np.median(np.abs(predicted - measured) / np.maximum(np.abs(measured), np.finfo(float).tiny)))
    alt = (
        f"Predicted against measured {metric.label} for {len(measured)} configurations: median error {error:.1%}, "
        f"{inside:.0%} of the measurements inside their interval."
    )
    picture = render_picture(draw, size=(5.5, 4.5), alt=alt)
    return Section(title=f"Predictions of {metric.label}", figures=(picture,))


def tuning_section(values: np.ndarray, *, default: float | None, metric: Metric) -> Section:
    """The course of a tuning campaign; `values` in the order measured, NaN where that failed, shape (n,)."""

    def draw(axes: Axes) -> None:
        draw_tuning_curve(axes, values, default=default, metric=metric)

    best = np.nanmin(values) if metric.lower_is_better else np.nanmax(values)
    against = "" if default is None else f" against {default:.4g} by default"
    alt = f"Best {metric.label} after {len(values)} measurements: {best:.4g}{against}."
    return Section(title=f"Tuning {metric.label}", figures=(render_picture(draw, size=(6.5, 4.0), alt=alt),))


def _matrix(pairs: pd.DataFrame, names: Sequence[str], measure: str) -> np.ndarray:
    """One measure of all pairs, 1 on the diagonal, shape (e, e)."""
    wide = pairs.pivot_table(index="source", columns="target", values=measure, dropna=False)
    values = wide.reindex(index=list(names), columns=list(names)).to_numpy(dtype=float, copy=True)
    np.fill_diagonal(values, 1.0)
    return values


def _heat_map(values: np.ndarray, labels: Sequence[str], measure: str) -> Picture:
    def draw(axes: Axes) -> None:
        draw_heat_map(axes, values, labels, title=measure.capitalize())

    cell, letter = (0.4, 0.085) if len(labels) <= MAX_WRITTEN else (0.13, 0.06)
    side = max(2.0, cell * len(labels)) + 0.3 + letter * max(map(len, labels))
    return render_picture(draw, size=(side + 0.8, side + 0.3), alt=MEASURES[measure])


def _table(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs for a reader: each correlation and its interval in one column."""
    table = pairs[["target", "source"]].assign(**{"in both": pairs["n_common"]})
    for measure in MEASURES:
        columns = (pairs[measure + end] for end in ("", "_low", "_high"))
        table[f"{measure} [95 % interval]"] = [
            "–" if np.isnan(r) else f"{r:z.2f} [{low:z.2f}, {high:z.2f}]" for r, low, high in zip(*columns, strict=True)
        ]
    return table.assign(verdict=pairs["verdict"])

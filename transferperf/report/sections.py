"""Sections of a report: what the similarity, the predictions and the tuning of a system came to."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from transferperf.metric import Metric
from transferperf.report.answer import answer
from transferperf.report.figures import draw_predictions, draw_tuning_curve
from transferperf.report.findings import Findings
from transferperf.report.page import Section
from transferperf.report.svg import render_picture

COLUMNS = {"n_common": "in both", "saved": "measurements saved", "error": "expected error", "verdict": "verdict"}
"""What a reader sees of a best source, and under which name."""


def similarity_section(findings: Findings) -> Section:
    """What to transfer from where: in a few sentences, and the best source of each environment as a table."""
    best = findings.best()
    return Section(
        title=f"Similarity of environments in {findings.metric.label}",
        text=tuple(answer(findings)),
        table=pd.concat(
            [best[["target", "source"]].replace(findings.labels), best[list(COLUMNS)].rename(columns=COLUMNS)], axis=1
        ),
    )


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

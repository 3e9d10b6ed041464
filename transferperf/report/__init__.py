"""What was found, drawn and written: figures on a given Axes, and one page that needs nothing else."""

from transferperf.report.figures import draw_heat_map, draw_predictions, draw_tuning_curve
from transferperf.report.findings import Findings
from transferperf.report.labels import short_labels
from transferperf.report.layout import cluster_order
from transferperf.report.observed import Observed, observe
from transferperf.report.page import Section, render_page, write_page
from transferperf.report.sections import (
    prediction_section,
    similarity_section,
    tuning_section,
)
from transferperf.report.similarity_figures import write_figures, write_findings
from transferperf.report.similarity_page import render_similarity, write_similarity
from transferperf.report.svg import Picture, render_picture

__all__ = [
    "Findings",
    "Observed",
    "Picture",
    "Section",
    "cluster_order",
    "draw_heat_map",
    "draw_predictions",
    "draw_tuning_curve",
    "observe",
    "prediction_section",
    "render_page",
    "render_picture",
    "render_similarity",
    "short_labels",
    "similarity_section",
    "tuning_section",
    "write_figures",
    "write_findings",
    "write_page",
    "write_similarity",
]

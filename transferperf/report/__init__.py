"""What was found, drawn and written: figures on a given Axes, and one page that needs nothing else."""

from transferperf.report.figures import cluster_order, draw_heat_map, draw_predictions, draw_tuning_curve
from transferperf.report.page import Section, render_page, write_page
from transferperf.report.sections import (
    prediction_section,
    short_labels,
    similarity_sections,
    tuning_section,
)
from transferperf.report.svg import Picture, render_picture

__all__ = [
    "Picture",
    "Section",
    "cluster_order",
    "draw_heat_map",
    "draw_predictions",
    "draw_tuning_curve",
    "prediction_section",
    "render_page",
    "render_picture",
    "short_labels",
    "similarity_sections",
    "tuning_section",
    "write_page",
]

"""How similar the environments of a table are: `tp.similarity`."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.report import short_labels, similarity_sections, write_page
from transferperf.report.page import Section
from transferperf.similarity import best_sources, compare_environments
from transferperf.space import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarityReport:
    """Similarity of all pairs of environments.

    Parameters
    ----------
    metric
        What was compared.
    environments
        What was compared with each other.
    pairs
        One row for each ordered pair: source, target, n_common, pearson and spearman with their 95 % intervals, and a
        verdict in words.
    """

    metric: Metric
    environments: tuple[Environment, ...]
    pairs: pd.DataFrame

    def summary(self) -> str:
        """The best source of each target, as text."""
        best = best_sources(self.pairs)
        columns = ["target", "source", "n_common", "pearson", "spearman", "verdict"]
        rows = best[columns].to_string(index=False, float_format="{:.2f}".format) if len(best) else ""
        none = [str(target) for target in self.environments if str(target) not in set(best["target"])]
        lines = (
            f"{len(self.environments)} environments compared in {self.metric.label}; the best source of each target:",
            rows,
            f"no source for {'; '.join(none)}: too little in common, or nothing varies" if none else "",
        )
        return "\n".join(line for line in lines if line)

    def __str__(self) -> str:
        return self.summary()

    @property
    def sections(self) -> tuple[Section, ...]:
        """What the report shows, to be put together with other sections."""
        return similarity_sections(self.pairs, short_labels(self.environments), metric=self.metric)

    def write_html(self, path: str | Path) -> None:
        """Write one page that needs no other file; OutputError where that fails."""
        write_page(Path(path), f"Similarity in {self.metric.label}", self.sections)


def similarity(table: MeasurementTable, *, metric: str | Metric, seed: int = 0) -> SimilarityReport:
    """Compare all pairs of environments on the configurations that were measured in both.

    Parameters
    ----------
    table
        Measurements in two or more environments.
    metric
        What is compared.
    seed
        Of the bootstrap that the intervals come from.

    Raises
    ------
    NotEnoughDataError
        Where the table has one environment only.
    UnknownNameError
        Where the metric was not measured.
    """
    found = table.metric(metric)
    return SimilarityReport(
        metric=found, environments=table.environments, pairs=compare_environments(table, found, seed=seed)
    )

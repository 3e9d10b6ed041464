"""How similar the environments of a table are: `tp.similarity`."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from transferperf.data.files import replace_file, replace_text
from transferperf.data.table import MeasurementTable
from transferperf.errors import OutputError
from transferperf.metric import Metric
from transferperf.report import short_labels, similarity_sections, write_page
from transferperf.report.page import Section
from transferperf.similarity import PARTS, PairSimilarity, best_sources, compare_environments, measure_pairs
from transferperf.space import Environment

SUFFIXES = (".csv", ".json")
"""Formats of measures."""


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
    measured
        All other measures of those pairs for which they were asked, each with its interval: `measured[0]["slope"].low`.
    """

    metric: Metric
    environments: tuple[Environment, ...]
    pairs: pd.DataFrame
    measured: tuple[PairSimilarity, ...] = ()

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

    def to_frame(self) -> pd.DataFrame:
        """Measures as a table: a row for each pair, a column for each measure and for each end of its interval.

        Where no measures were asked for it is `pairs`.
        """
        return pd.DataFrame([pair.row() for pair in self.measured]) if self.measured else self.pairs

    def write_measures(self, path: str | Path) -> None:
        """Write all measures: .csv as `to_frame` has them, .json with what becomes of each option and interaction, too.

        OutputError where the name ends otherwise, the file cannot be written, or no measures were asked for.
        """
        path = Path(path)
        check_measures(path)
        if not self.measured:
            raise OutputError(f"{path} was not written: no measures were asked for; call similarity(parts='all')")
        if path.suffix == ".csv":
            replace_file(path, lambda temporary: self.to_frame().to_csv(temporary, index=False))
        else:
            document = {"metric": self.metric.name, "pairs": [pair.document() for pair in self.measured]}
            replace_text(path, json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n")

    def write_html(self, path: str | Path) -> None:
        """Write one page that needs no other file; OutputError where that fails."""
        write_page(Path(path), f"Similarity in {self.metric.label}", self.sections)


def check_measures(path: Path) -> None:
    """OutputError where measures cannot be written to a file of that name."""
    if path.suffix not in SUFFIXES:
        raise OutputError(f"measures {path} cannot be written; expected a name that ends in {', '.join(SUFFIXES)}")


def similarity(
    table: MeasurementTable,
    *,
    metric: str | Metric,
    parts: Collection[str] | str = (),
    between: Collection[tuple[str, str]] | None = None,
    seed: int = 0,
    n_jobs: int = 1,
) -> SimilarityReport:
    """Compare all pairs of environments on the configurations that were measured in both.

    Parameters
    ----------
    table
        Measurements in two or more environments.
    metric
        What is compared.
    parts
        Further measures: names of parts of `transferperf.similarity.CATALOGUE`, or "all".
    between
        Pairs (source, target), by their names in `pairs`, for which these are computed; all where it is None.
    seed
        Of the bootstrap that the intervals come from.
    n_jobs
        Processes that compute them; -1 is all processors.

    Raises
    ------
    NotEnoughDataError
        Where the table has one environment only.
    UnknownNameError
        Where the metric was not measured, or a part or an environment is not known.
    """
    found = table.metric(metric)
    pairs = compare_environments(table, found, seed=seed)
    wanted = PARTS if parts == "all" else (parts,) if isinstance(parts, str) else tuple(parts)
    measured = measure_pairs(table, found, pairs=between, parts=wanted, seed=seed, n_jobs=n_jobs) if wanted else ()
    return SimilarityReport(metric=found, environments=table.environments, pairs=pairs, measured=measured)

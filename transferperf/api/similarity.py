"""How similar the environments of a table are: `tp.similarity`."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from transferperf.data.files import replace_file, replace_text
from transferperf.data.table import MeasurementTable
from transferperf.errors import OutputError, UnknownNameError
from transferperf.metric import Metric
from transferperf.report import (
    Findings,
    Section,
    observe,
    short_labels,
    similarity_section,
    write_figures,
    write_findings,
    write_similarity,
)
from transferperf.similarity import PARTS, PairSimilarity, answer_sentence, compare_and_choose, measure_pairs
from transferperf.similarity.embedding import embed
from transferperf.similarity.severity import severity
from transferperf.space import Environment
from transferperf.space.environment import factor_text

SUFFIXES = (".csv", ".json")
"""Formats of measures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarityReport:
    """Similarity of all pairs of environments.

    Parameters
    ----------
    metric
        What was compared.
    table
        What was compared; its environments with each other.
    pairs
        One row for each ordered pair: source, target, n_common, pearson and spearman with their 95 % intervals, the
        target measurements that are saved, the class of what carries over (`kind`) and a verdict in words: see
        `transferperf.similarity.compare_environments`.
    sources
        One row for each target: its best source, the set that this grows into, what is saved, and the answer in a
        sentence: see `transferperf.similarity.sources.choose_sources`.
    measured
        All other measures of those pairs for which they were asked, each with its interval: `measured[0]["slope"].low`.
    """

    metric: Metric
    table: MeasurementTable
    pairs: pd.DataFrame
    sources: pd.DataFrame
    measured: tuple[PairSimilarity, ...] = ()

    @property
    def environments(self) -> tuple[Environment, ...]:
        """What was compared with each other."""
        return self.table.environments

    def summary(self) -> str:
        """The answer for each target, as text."""
        opening = f"{len(self.environments)} environments compared in {self.metric.label}:"
        return "\n".join([opening, *self.sources["answer"]])

    def best_source(self, target: Mapping[str, object] | str) -> str | None:
        """The source to transfer from, by its name in `pairs`; None where none is known to help.

        `target` is given by its factors, or by its name in `pairs`; UnknownNameError where there is none such.
        """
        source = self._chosen(target)["source"]
        return source if isinstance(source, str) else None

    def answer(self, target: Mapping[str, object] | str) -> str:
        """What to measure on a target, where to transfer from, and the error to be expected, in a sentence."""
        return str(self._chosen(target)["answer"])

    def _chosen(self, target: Mapping[str, object] | str) -> pd.Series:
        """The row of a target in `sources`."""
        if not isinstance(target, str):
            fixed = dict(set.intersection(*(set(environment.factors) for environment in self.environments)))
            target = str(Environment.of({**fixed, **{name: factor_text(value) for name, value in target.items()}}))
        found = self.sources[self.sources["target"] == target]
        if not len(found):
            raise UnknownNameError("target", target, map(str, self.environments))
        return found.iloc[0]

    def __str__(self) -> str:
        return self.summary()

    @property
    def section(self) -> Section:
        """The answer and the best sources, to be put together with other sections."""
        return similarity_section(self.findings())

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

    def findings(self) -> Findings:
        """What the page and the figures show."""
        return Findings(
            metric=self.metric,
            environments=self.environments,
            pairs=self.pairs,
            sources=self.sources,
            observed=observe(self.table, self.metric),
            **_overview(self.pairs, self.environments),
        )

    def write_html(self, path: str | Path) -> None:
        """Write one page that needs no other file; OutputError where that fails."""
        write_similarity(Path(path), self.findings())

    def write_figures(self, folder: str | Path, *, between: Collection[tuple[str, str]] | None = None) -> list[Path]:
        """Write what the page shows as SVG and PNG, with pairs.csv, sources.csv and report.json beside.

        Parameters
        ----------
        folder
            Made where it is not there.
        between
            Pairs (source, target) that have a figure; else the best source of each target, for the first twelve.

        Returns
        -------
        written
            Paths of all files.

        Raises
        ------
        OutputError
            Where a file cannot be written.
        UnknownNameError
            Where a pair names an environment that is not there.
        """
        findings, folder = self.findings(), Path(folder)
        return write_figures(folder, findings, None if between is None else tuple(between)) + write_findings(
            folder, findings
        )


def _overview(pairs: pd.DataFrame, environments: Sequence[Environment]) -> dict[str, pd.DataFrame]:
    """What each change keeps, and the map of environments; nothing where no pair has an answer."""
    if not pairs["spearman"].notna().any():
        return {}
    return {"severity": severity(pairs, environments, measures=("spearman",)), "places": embed(pairs).frame}


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
    pairs, sources = compare_and_choose(table, found, seed=seed)
    labels = short_labels(table.environments)
    answers = [answer_sentence(row, pairs, labels) for _, row in sources.iterrows()]
    wanted = PARTS if parts == "all" else (parts,) if isinstance(parts, str) else tuple(parts)
    measured = measure_pairs(table, found, pairs=between, parts=wanted, seed=seed, n_jobs=n_jobs) if wanted else ()
    sources = sources.assign(answer=answers)
    return SimilarityReport(metric=found, table=table, pairs=pairs, sources=sources, measured=measured)

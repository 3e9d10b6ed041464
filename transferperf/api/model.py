"""Performance models: `tp.fit`, `tp.load` and what they return."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transferperf import models
from transferperf.api.archive import read_archive, write_archive
from transferperf.api.best import BestConfigurations, Choice
from transferperf.api.summary import summarise
from transferperf.data.descriptors import parse_descriptors
from transferperf.data.table import MeasurementTable
from transferperf.data.table_state import dump_table, restore_table
from transferperf.errors import ArchiveError, TransferPerfError, TransferPerfWarning
from transferperf.metric import Metric
from transferperf.models import Feasibility, Prediction, TransferPredictor
from transferperf.models.conservative import deviations
from transferperf.models.state import dump, restore
from transferperf.models.state_feasibility import dump_feasibility, restore_feasibility
from transferperf.search.where import Where
from transferperf.space import Encoding, Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceModel:
    """A fitted model of one metric in one target environment.

    Parameters
    ----------
    table
        The measurements it was fitted to.
    predictor
        Experts and their weights.
    transfer, seed
        As given to `fit`.
    feasibility
        P(valid); None where no measurement was invalid or failed.
    descriptors
        What describes environments beside their own factors, as text; None where nothing was given.
    """

    table: MeasurementTable
    predictor: TransferPredictor
    transfer: str
    seed: int
    feasibility: Feasibility | None = None
    descriptors: pd.DataFrame | None = None

    @property
    def metric(self) -> Metric:
        """What is predicted."""
        return self.predictor.metric

    @property
    def target(self) -> Environment:
        """Where it is predicted."""
        return self.predictor.target

    def predict(self, configurations: pd.DataFrame) -> Prediction:
        """The distribution of one new measurement of each configuration.

        Parameters
        ----------
        configurations
            One column for each option; other columns are ignored. Shape (n, any).

        Raises
        ------
        SpaceError
            Where an option's column is missing, or one of its values is not legal.
        """
        return self.predictor.predict(Encoding(self.table.space).encode(configurations))

    def p_valid(self, configurations: pd.DataFrame) -> np.ndarray:
        """Probability that each configuration runs at all, shape (n,); 1 where no measurement was invalid or failed.

        Parameters
        ----------
        configurations
            One column for each option; other columns are ignored. Shape (n, any).

        Raises
        ------
        SpaceError
            Where an option's column is missing, or one of its values is not legal.
        """
        X = Encoding(self.table.space).encode(configurations)
        return np.ones(len(X)) if self.feasibility is None else self.feasibility.predict(X)

    def best(
        self, k: int = 1, where: Sequence[str] = (), *, observed_only: bool = False, offline: bool = False
    ) -> BestConfigurations:
        """The k configurations with the best mean under the model, of those that are likely to be valid.

        Likely means P(valid) of one half or more, or as much as any measured configuration has.

        Parameters
        ----------
        where
            Conditions that they meet, such as "file_bytes <= 100000": on an option's value, or on the predicted median
            of another metric of the table.
        observed_only
            Whether to choose among measured configurations only.
        offline
            Whether nothing can be measured before the answer is relied on. Then the best are those whose guaranteed
            value is best, the one that the mean of many repeats keeps with probability 0.9; P(valid) is 0.9 or more,
            or nearly as much as any measured configuration has, and a condition on another metric is met with
            probability 0.9.

        Raises
        ------
        SpaceError
            Where no configuration meets the conditions, or none was found.
        """
        choice = Choice(
            table=self.table,
            predictor=self.predictor,
            feasibility=self.feasibility,
            predictor_of=self._predictor_of,
            seed=self.seed,
            pessimism=deviations(self.predictor) if offline else None,
        )
        return choice.best(k, [Where.parse(condition) for condition in where], observed_only=observed_only)

    def _predictor_of(self, metric: str) -> TransferPredictor:
        """The predictor of another of the table's metrics, in the same target."""
        settings: dict[str, Any] = {name: getattr(self, name) for name in ("transfer", "seed", "descriptors")}
        return models.fit(self.table, metric=self.table.metric(metric), target=self.target, **settings)

    def summary(self) -> str:
        """What was used and how far it can be trusted: data, experts with weights and errors, influential options."""
        return summarise(self.table, self.predictor, self.feasibility, seed=self.seed)

    def save(self, path: str | Path) -> None:
        """Write a model file of JSON and arrays; OutputError where that fails, and then an old file is still there."""
        fitted, arrays = dump(self.predictor)
        table, columns = dump_table(self.table)
        values = {"transfer": self.transfer, "seed": self.seed, "predictor": fitted, "table": table}
        arrays |= {f"table/{i}": column for i, column in enumerate(columns)}
        if self.descriptors is not None:
            values["descriptors"] = self.descriptors.to_dict("list")
        if self.feasibility is not None:
            values["feasibility"], held = dump_feasibility(self.feasibility)
            arrays |= held
        write_archive(Path(path), values, arrays)


def fit(
    table: MeasurementTable,
    *,
    metric: str | Metric,
    target: Mapping[str, object] | None = None,
    transfer: str = "auto",
    seed: int = 0,
    descriptors: pd.DataFrame | str | Path | None = None,
) -> PerformanceModel:
    """Fit a model of one metric in one target environment to all measurements of a table.

    Parameters
    ----------
    table
        Measurements in the target and in other environments, which are its sources.
    metric
        What to predict: one of the table's metrics.
    target
        Environment factor -> value; factors with a single value may be left out. It need not have been measured.
    transfer
        "auto" weighs the experts by evidence. "none", "option-relevance", "source-informed", "linear-shift" and
        "multi-task" name one; the last models all environments together, takes a second or two, and is not asked by
        "auto". "sources-only" and "descriptors" do not look at the target's rows.
    seed
        Same data and same seed give the same model.
    descriptors
        What describes environments, as a table or a file of one: columns that are factors say of which environments a
        row speaks, the others what it says. They tell of a target with fewer than three rows, and so do factors whose
        values are all numbers, where three sources differ by a number.

    Raises
    ------
    UnknownNameError, DataError
        Where the metric or a factor is not in the table, or the target leaves a factor open.
    NotEnoughDataError
        Where neither the target nor a source was measured often enough.
    SpaceError
        Where the descriptors do not describe each source and the target.
    """
    where = table.target(target or {})
    frame = parse_descriptors(descriptors)
    predictor = models.fit(
        table, metric=table.metric(metric), target=where, transfer=transfer, seed=seed, descriptors=frame
    )
    if predictor.n_target < models.LEAST_TARGET_ROWS and transfer not in models.SOURCES_ONLY:
        warnings.warn(_sources_only(predictor), TransferPerfWarning, stacklevel=2)
    return PerformanceModel(
        table=table,
        predictor=predictor,
        transfer=transfer,
        seed=seed,
        feasibility=models.fit_feasibility(table, target=where, transfer=transfer, seed=seed),
        descriptors=frame,
    )


def _sources_only(predictor: TransferPredictor) -> str:
    n, n_sources = predictor.n_target, len(predictor.background.sources)
    sources, described = f"{n_sources} source{'s' * (n_sources != 1)}", predictor.background.described
    how = f"what its {sources} would measure, with the spread between them"
    if described is not None and predictor.background.is_described:
        how = f"what its {sources} tell of one with its {', '.join(described.names)}, the less surely the farther it is"
    return (
        f"target {predictor.target} has {n} measured configuration{'s' * (n != 1)}, too few for evidence of its own: "
        f"predictions are {how}; measure {models.LEAST_TARGET_ROWS} or more"
    )


def load(path: str | Path) -> PerformanceModel:
    """Read a model file; it can run no code.

    Raises
    ------
    ArchiveError
        Where there is no such file, or it is truncated, of another version, or no model file.
    """
    values, arrays = read_archive(Path(path))
    try:
        columns = [arrays[f"table/{i}"] for i in range(len(values["table"]["columns"]))]
        return PerformanceModel(
            table=restore_table(values["table"], columns),
            predictor=restore(values["predictor"], arrays),
            transfer=str(values["transfer"]),
            seed=int(values["seed"]),
            feasibility=restore_feasibility(values["feasibility"], arrays) if "feasibility" in values else None,
            descriptors=pd.DataFrame(values["descriptors"], dtype=str) if "descriptors" in values else None,
        )
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        if isinstance(error, TransferPerfError) and not isinstance(error, ValueError):
            raise
        raise ArchiveError(f"{path}: damaged model file ({error}); fit and save the model again") from error

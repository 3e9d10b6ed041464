"""What one ask and one tell take: our tuner beside Optuna's GPSampler, told the same measurements of a mixed space."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import optuna
import pandas as pd
import torch

from transferperf.data.design import design
from transferperf.data.table import MeasurementTable
from transferperf.metric import Metric
from transferperf.models.fitting import one_thread
from transferperf.rng import generator
from transferperf.space import BinaryOption, ChoiceOption, ConfigurationSpace, Encoding, IntegerOption
from transferperf.study.belief import REFIT_SHARE
from transferperf.study.tuner import Tuner

ALONE, WITH_SOURCE, OPTUNA = "our tuner", "our tuner, one source", "Optuna's GPSampler"
TUNERS = (ALONE, WITH_SOURCE, OPTUNA)
SPACE = ConfigurationSpace(
    (
        *(BinaryOption(name=f"b{j}") for j in range(6)),
        *(ChoiceOption(name=f"c{j}", levels=tuple("wxyz")) for j in range(3)),
        *(IntegerOption(name=f"i{j}", levels=tuple(range(1, 17))) for j in range(3)),
    )
)
N_SOURCE = 200
"""Measured configurations of the source."""
N_ASKS, MANY = 10, 500
"""Rounds that are timed, at most one for five rows; with more than MANY two of Optuna's, which take 15 s each."""
N_FEW = 12
"""Rows of a study that is asked beforehand, so that loading and compiling are no part of the time."""


class Round(NamedTuple):
    """A suggestion, and what asking for it and telling what came of it took."""

    suggestion: Mapping[str, object]
    cpu_s: float
    seconds: float


def seconds_of(frame: pd.DataFrame, seed: int, shift: float = 0.0) -> np.ndarray:
    """An invented time of each configuration, with interactions of two options and 2 % noise, shape (n,)."""
    X, stream = Encoding(SPACE).encode(frame), generator(seed, "response")
    bends = stream.uniform(1, 4, size=X.shape[1])
    phases = stream.uniform(0, 3, size=X.shape[1]) + shift
    Z = np.sin(bends * X + phases)  # (n, d)
    pairs = stream.normal(size=(X.shape[1], X.shape[1])) / X.shape[1]
    noise = generator(seed, "noise", shift, len(frame)).normal(size=len(frame))
    return np.exp(0.5 * (Z @ stream.normal(size=X.shape[1]) + ((Z @ pairs) * Z).sum(1)) + 0.02 * noise)


def ask_and_tell(name: str, n: int, run: int) -> dict[str, object]:
    """What asking and telling takes around n measurements, with the refit that our tuner makes at n among the rounds.

    Returns
    -------
    columns
        The mean, the median and the most processor seconds of a round ("cpu_s", "median_s", "most_s"), the mean on the
        clock ("seconds"), how many suggestions had been measured before ("repeated"), and the processor seconds of our
        fit of everything anew ("anew_s"), which is due only when rows have doubled; Optuna's is part of each round.
    """
    torch.set_num_threads(1)
    n_asks = min(N_ASKS, n // 5) if name != OPTUNA or n <= MANY else 2
    with one_thread():
        list(_rounds(name, N_FEW, 1, run))
        rounds = list(_rounds(name, n, n_asks, run))
        anew_s = 0.0 if name == OPTUNA else _anew(name, n, run)
    times = np.array([each.cpu_s for each in rounds])
    told = {tuple(row) for row in _told(n, n_asks, run)[list(SPACE.names)].itertuples(index=False)}
    asked = [tuple(each.suggestion[option] for option in SPACE.names) for each in rounds]
    return {
        "seconds": float(np.mean([each.seconds for each in rounds])),
        "cpu_s": float(times.mean()),
        "median_s": float(np.median(times)),
        "most_s": float(times.max()),
        "repeated": len(asked) + len(told) - len({*told, *asked}),
        "anew_s": anew_s,
    }


def _told(n: int, n_asks: int, run: int) -> pd.DataFrame:
    """What is measured before the asks: half of these are told before there are n rows, and half after."""
    frame = design(SPACE, n - n_asks // 2, "random", run)
    return frame.assign(time=seconds_of(frame, run))


def _rounds(name: str, n: int, n_asks: int, run: int) -> Iterator[Round]:
    return _optuna(n, n_asks, run) if name == OPTUNA else _ours(name, n, n_asks, run)


def _anew(name: str, n: int, run: int) -> float:
    """Processor seconds of a first fit to n rows."""
    tuner = _tuner(name, _told(n, 0, run), run)
    start = _clocks()
    tuner.best()
    return float((_clocks() - start)[0])


def _timed(
    ask: Callable[[], Mapping[str, object]], tell: Callable[[Mapping[str, object], float], None], run: int
) -> Round:
    """One round; what is measured in it takes none of the time."""
    start = _clocks()
    suggestion = ask()
    asked = _clocks()
    value = float(seconds_of(pd.DataFrame([dict(suggestion)]), run)[0])
    again = _clocks()
    tell(suggestion, value)
    return Round(suggestion, *(asked - start + _clocks() - again))


def _clocks() -> np.ndarray:
    return np.array([time.process_time(), time.perf_counter()])


def _ours(name: str, n: int, n_asks: int, run: int) -> Iterator[Round]:
    """Our tuner was last fitted to so few rows that with row n it is fitted again."""
    told = _told(n, n_asks, run)
    n_fitted = next(k for k in range(n) if k + max(1, int(REFIT_SHARE * k)) >= n)
    tuner = _tuner(name, told.iloc[:n_fitted], run)
    for row in told.iloc[n_fitted:].to_dict("records"):
        tuner.tell({option: row[option] for option in SPACE.names}, row["time"])
    tuner.best()  # as fitted last
    for _ in range(n_asks):
        yield _timed(tuner.ask, tuner.tell, run)


def _tuner(name: str, told: pd.DataFrame, run: int) -> Tuner:
    parts = [told.assign(hardware="h2")]
    if name == WITH_SOURCE:
        source = design(SPACE, N_SOURCE, "random", run + 1)
        parts.append(source.assign(time=seconds_of(source, run, shift=0.3), hardware="h1"))
    table = MeasurementTable(pd.concat(parts, ignore_index=True), SPACE, ("hardware",), (Metric("time", unit="s"),))
    return Tuner(table, metric="time", target={"hardware": "h2"}, budget=10_000, seed=run)


def _optuna(n: int, n_asks: int, run: int) -> Iterator[Round]:
    """Optuna's sampler, which fits its model at every ask, from where the last fit ended."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.GPSampler(seed=run))
    kinds = {
        option.name: optuna.distributions.IntDistribution(1, 16)
        if isinstance(option, IntegerOption)
        else optuna.distributions.CategoricalDistribution(option.levels)
        for option in SPACE.options
    }
    for row in _told(n, n_asks, run).to_dict("records"):
        params = {option: row[option] for option in SPACE.names}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=kinds, value=row["time"]))
    trials: list[optuna.Trial] = []

    def ask() -> Mapping[str, object]:
        trials.append(study.ask(kinds))
        return dict(trials[-1].params)

    for _ in range(n_asks):
        yield _timed(ask, lambda _, value: study.tell(trials[-1], value), run)

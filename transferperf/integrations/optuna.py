"""The face that Optuna knows: a sampler for studies whose like was tuned before."""

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.samplers._base import _process_constraints_after_trial
from optuna.search_space import IntersectionSearchSpace
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from transferperf.data import MeasurementTable
from transferperf.errors import UnknownNameError
from transferperf.integrations.optuna_course import Course
from transferperf.integrations.optuna_runs import Source, constraints, leading, objectives, run_of, sources_of
from transferperf.integrations.optuna_space import Params, SearchSpace, spell, unspell
from transferperf.models import TRANSFER_MODES

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)

SHARED = "transferperf:params:"
"""Attribute of a running trial, in parts, from which other threads and processes read what it tries."""

MOST_SHARED = 2000
"""Characters of a part: a database takes no more than 2045."""


class TransferGPSampler(BaseSampler):
    """Gaussian processes on this study and earlier ones, as a sampler of Optuna.

    The first trial tries the best of the sources; with none, it is drawn at random. From the second on, the parameters
    that all trials have with the same distribution are searched together: what the sources promise, or a spread design,
    and after three values, eight without sources, the largest expected improvement. Others are drawn one by one.

    Parameters
    ----------
    sources
        Earlier studies, or measurement tables whose options are named like the parameters; each environment of a table
        is a source of its own. They need not resemble this study: what they say has to earn its weight.
    metrics
        Columns of the tables that hold the objectives, in their order; may be left out where a table has no others.
    transfer
        "auto", "none", or the name of an expert: see `transferperf.models.TRANSFER_MODES`.
    seed
        Same trials, same seed, same suggestions; None draws one.
    constraints_func
        Finished trial -> numbers, each at most 0 where a constraint holds. Constraints that trials set themselves
        (Optuna 5) need none.
    independent_sampler
        Draws the parameters that are not searched together; a random one where nothing is said.

    Raises
    ------
    UnknownNameError
        Where `transfer` is no mode.

    Notes
    -----
    Each objective and each constraint has a model; that a constraint holds is learned, and its probability multiplies
    the expected improvement. With several objectives each trial weighs them anew (Knowles 2006, "ParEGO"), so that
    trials spread over the front. A trial that failed or was pruned has no value and is not tried again; what runs
    elsewhere is believed to come out as predicted.

    Examples
    --------
    >>> import optuna
    >>> optuna.logging.set_verbosity(optuna.logging.WARNING)
    >>> study = optuna.create_study(sampler=TransferGPSampler(seed=0))
    >>> study.optimize(lambda trial: abs(trial.suggest_int("threads", 1, 16) - 5), n_trials=10)
    >>> study.best_params
    {'threads': 5}
    """

    def __init__(
        self,
        sources: Study | MeasurementTable | Sequence[Study | MeasurementTable] = (),
        *,
        metrics: str | Sequence[str] = (),
        transfer: str = "auto",
        seed: int | None = None,
        constraints_func: Callable[[FrozenTrial], Sequence[float]] | None = None,
        independent_sampler: BaseSampler | None = None,
    ) -> None:
        if transfer not in TRANSFER_MODES:
            raise UnknownNameError("transfer mode", transfer, TRANSFER_MODES)
        self._given = (sources,) if isinstance(sources, Study | MeasurementTable) else tuple(sources)
        self._metrics = (metrics,) if isinstance(metrics, str) else tuple(metrics)
        self._transfer = transfer
        self._seed = int(np.random.default_rng(seed).integers(2**31)) if seed is None else seed
        self._constraints_func = constraints_func
        self._independent = independent_sampler or RandomSampler(seed=seed)
        self._forget()

    def _forget(self) -> None:
        """Know nothing of any study."""
        self._lock = threading.RLock()
        self._common = IntersectionSearchSpace()
        self._sources: tuple[Source, ...] | None = None
        self._leading: list[Params] = []
        self._course: Course | None = None
        self._key: object = None
        self._told: list[int] = []

    def __getstate__(self) -> dict[str, Any]:
        fixed = ("_given", "_metrics", "_transfer", "_seed", "_constraints_func", "_independent")
        return {name: getattr(self, name) for name in fixed}  # the rest is found anew from the trials

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._forget()

    def reseed_rng(self) -> None:
        """Let what is drawn at random differ from other processes; what is searched differs by what they try."""
        self._independent.reseed_rng()

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:  # noqa: ARG002
        """The parameters that all finished trials have, with the same distribution and more than one value."""
        with self._lock:
            common = self._common.calculate(study)
        return {name: distribution for name, distribution in common.items() if not distribution.single()}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Values of the parameters that are searched together."""
        if not search_space:
            return {}
        with self._lock:
            searched = SearchSpace(search_space)
            trials = study.get_trials(deepcopy=False)  # once, since a trial may finish at any moment
            course = self._caught_up(study, searched, [other for other in trials if other.state in FINISHED])
            running = [other for other in trials if other.state is TrialState.RUNNING and other.number != trial.number]
            pending = [_shared(other, searched) for other in running]
            params = course.ask(pending)
            if params is None:  # every configuration was tried
                return {}
            _share(study, trial, params, searched)
        return params

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Value of a parameter that is not searched with others: that of a good source in a first trial, else drawn."""
        with self._lock:
            if not study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
                self._read_sources(study)
                params = self._leading[trial.number] if trial.number < len(self._leading) else {}
                value = spell(param_distribution, params[param_name]) if param_name in params else None
                if value is not None:
                    return unspell(param_distribution, value)
        return self._independent.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Let the independent sampler prepare."""
        self._independent.before_trial(study, trial)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Keep what the constraints came to."""
        if self._constraints_func is not None:
            _process_constraints_after_trial(self._constraints_func, study, trial, state)
        self._independent.after_trial(study, trial, state, values)

    def _caught_up(self, study: Study, searched: SearchSpace, finished: list[FrozenTrial]) -> Course:
        """What is known of a study after all finished trials, told in the order in which they finished."""
        trials = sorted(finished, key=lambda trial: (trial.datetime_complete, trial.number))
        runs = [run_of(trial) for trial in trials]
        sources = self._read_sources(study)
        limits = constraints([*runs, *(run for source in sources for run in source.runs)])
        key = (study.study_name, searched, limits)
        numbers = [trial.number for trial in trials]
        if self._course is None or key != self._key or numbers[: len(self._told)] != self._told:
            self._key, self._told = key, []
            self._course = Course(
                searched,
                objectives=objectives(study.directions),
                constraints=limits,
                sources=sources,
                transfer=self._transfer,
                seed=self._seed,
            )
        for run in runs[len(self._told) :]:
            self._course.tell(run)
        self._told = numbers
        return self._course

    def _read_sources(self, study: Study) -> tuple[Source, ...]:
        """The sources, read once."""
        if self._sources is None:
            n = len(study.directions)
            self._sources = tuple(s for given in self._given for s in sources_of(given, self._metrics, n))
            self._leading = leading(self._sources, study.directions)
        return self._sources


def _share(study: Study, trial: FrozenTrial, params: Params, searched: SearchSpace) -> None:
    """Let other threads and processes know what a running trial tries."""
    text = json.dumps({name: d.to_internal_repr(params[name]) for name, d in searched.distributions.items()})
    for i in range(0, len(text), MOST_SHARED):
        storage, number = study._storage, trial._trial_id  # noqa: SLF001 (there is no other way to write here)
        storage.set_trial_system_attr(number, f"{SHARED}{i // MOST_SHARED}", text[i : i + MOST_SHARED])


def _shared(trial: FrozenTrial, searched: SearchSpace) -> Params:
    """What a running trial tries, as far as it is known."""
    parts = sorted((name for name in trial.system_attrs if name.startswith(SHARED)), key=lambda name: (len(name), name))
    text = "".join(trial.system_attrs[name] for name in parts)
    own = json.loads(text) if text else {}
    known = {n: d.to_external_repr(own[n]) for n, d in searched.distributions.items() if n in own}
    return {**known, **trial.params}

"""What every system promises, as tests that its author inherits."""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from transferperf.data.csv import read_csv
from transferperf.data.measurement import Status
from transferperf.errors import MeasurementError
from transferperf.measure import Outcome, System, choose_environment, environments, find_systems, load_system
from transferperf.measure.registry import FOLDER
from transferperf.space import Environment, Value

ADAPTER_LINES = 100
"""Lines that an adapter.py has at most: what is longer belongs into a program of its own."""
PATIENCE = 60
"""Seconds that a folder has to go which somebody else may have made."""

Asked = Mapping[str, Value]


class SystemContract:
    """Tests of one system: inherit them as `class TestMine(SystemContract)`, and say which system it is.

    A test is skipped where the system cannot be prepared here; the reason says what to install.

    Attributes
    ----------
    name, folder
        The system, and the folder of systems.
    environment
        Factor values of the environment that is tried; the first value of each factor that is not named.
    also
        Further environments that are run, factor values each.
    deterministic
        Metrics that repeat exactly.
    far
        A configuration far from the default that runs as it was asked for.
    impossible
        Options that make the default a configuration which the system refuses, where there are such.
    changed
        Options that are silently changed, and what they become, where there are such.
    measured
        A file of its measurements, where there is one.
    """

    name: ClassVar[str]
    folder: ClassVar[str | Path] = FOLDER
    environment: ClassVar[Mapping[str, str]] = {}
    also: ClassVar[Sequence[Mapping[str, str]]] = ()
    deterministic: ClassVar[Sequence[str]] = ()
    far: ClassVar[Asked] = {}
    impossible: ClassVar[Asked | None] = None
    changed: ClassVar[Sequence[tuple[Asked, Asked]]] = ()
    measured: ClassVar[Path | None] = None

    @pytest.fixture
    def system(self) -> Iterator[System]:
        """The system, cleaned up at the end."""
        system = load_system(self.name, Path(self.folder))
        yield system
        system.cleanup()

    def where(self, system: System, wanted: Mapping[str, str] | None = None) -> Environment:
        """The environment that is tried, with some factors changed."""
        first = {name: values[0] for name, values in system.factors.items()}
        return choose_environment(system, {**first, **self.environment, **(wanted or {})})

    def run(self, system: System, asked: Asked | None = None, wanted: Mapping[str, str] | None = None) -> Outcome:
        """One run of the default with some options changed; skipped where the environment cannot be had here."""
        environment = self.where(system, wanted)
        try:
            system.prepare(environment)
        except MeasurementError as error:
            pytest.skip(str(error))
        return system.measure({**system.space.default, **(asked or {})}, environment)

    def test_it_is_found_and_described(self, system: System) -> None:
        """It has a description, options, metrics and a README that names its metrics and environment factors."""
        assert find_systems(Path(self.folder))[self.name]
        assert system.space.options
        assert system.metrics
        readme = Path(self.folder) / self.name / "README.md"
        if readme.is_file():
            text = readme.read_text(encoding="utf-8")
            names = [*(metric.name for metric in system.metrics), *system.factors]
            assert [name for name in names if f"`{name}`" not in text] == []

    def test_its_adapter_is_short(self) -> None:
        """An adapter is read in one sitting; many systems need none."""
        adapter = Path(self.folder) / self.name / "adapter.py"
        text = adapter.read_text(encoding="utf-8") if adapter.is_file() else ""
        assert text.count("\n") <= ADAPTER_LINES

    def test_the_default_runs_as_asked(self, system: System) -> None:
        """In each environment that is tried, it gives a number for every metric and says what it cost."""
        for wanted in ({}, *self.also):
            outcome = self.run(system, wanted=wanted)
            assert (outcome.status, outcome.reason) == (Status.OK, "")
            assert dict(outcome.configuration) == system.space.canonical(system.space.default)
            assert sorted(outcome.values) == sorted(metric.name for metric in system.metrics)
            assert all(number >= 0 for number in outcome.values.values())
            assert outcome.cost_s > 0

    def test_a_configuration_far_from_the_default_runs_as_asked(self, system: System) -> None:
        """Its options are applied, and read back where the system can say them."""
        outcome = self.run(system, self.far)
        assert (outcome.status, outcome.reason) == (Status.OK, "")
        assert dict(outcome.configuration) == system.space.canonical({**system.space.default, **self.far})

    def test_what_is_silently_changed_is_recorded_as_what_ran(self, system: System) -> None:
        """The outcome holds the value that the system put in the place of the one that was asked for."""
        for asked, ran in self.changed:
            outcome = self.run(system, asked)
            assert {name: outcome.configuration[name] for name in ran} == dict(ran)

    def test_an_impossible_configuration_is_refused_with_a_reason(self, system: System) -> None:
        """Without numbers."""
        if self.impossible is None:
            pytest.skip(f"no configuration of {self.name} is impossible")
        outcome = self.run(system, self.impossible)
        assert outcome.status in (Status.INVALID, Status.FAILED)
        assert outcome.reason
        assert not outcome.values

    def test_what_is_deterministic_repeats_exactly(self, system: System) -> None:
        """Two runs, each prepared anew, give the same numbers."""
        one, other = (self.run(system).values for _ in range(2))
        assert {name: one[name] for name in self.deterministic} == {name: other[name] for name in self.deterministic}

    def test_a_run_over_its_time_is_a_timeout(self, system: System) -> None:
        """A limit of a thousandth of a second stops any run: no values, a reason, and no process left."""
        self.run(system)  # what has to be installed is
        hurried, before = load_system(self.name, Path(self.folder), timeout_s=0.001), _children()
        try:
            outcome = self.run(hurried)
        finally:
            hurried.cleanup()
        assert (outcome.status, dict(outcome.values)) == (Status.TIMEOUT, {})
        assert outcome.reason
        assert _children() <= before

    def test_a_system_that_is_not_prepared_is_refused(self, system: System) -> None:
        """The error says so, rather than a number from nowhere."""
        with pytest.raises(MeasurementError, match="not prepared"):
            system.measure(system.space.default, self.where(system))

    def test_nothing_is_left_behind(self, system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """After cleanup there are no more folders than before, also where two environments were prepared in turn."""
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # others measure at the same time
        before = _folders(self.name)
        self.run(system)
        self.run(system, wanted=next(iter(self.also), {}))
        system.cleanup()
        system.cleanup()
        assert _left(self.name, before) == set()

    def test_its_measurements_have_configurations_in_common(self, system: System) -> None:
        """Four environments or more with the same hundred configurations or more, the default among them."""
        if self.measured is None:
            pytest.skip(f"no measurements of {self.name} are kept")
        table = read_csv(self.measured)
        assert (table.space, table.metrics, table.notes) == (system.space, system.metrics, ())
        assert set(table.environments) <= set(environments(system))
        names = list(table.space.names)
        rows = [set(table.select(e).frame[names].itertuples(index=False, name=None)) for e in table.environments]
        assert len(rows) >= 4
        assert all(row == rows[0] for row in rows)
        assert len(rows[0]) >= 100
        assert tuple(system.space.canonical(system.space.default).values()) in rows[0]


def _children() -> set[str]:
    """Processes that this one started and that are still there, where /proc says so."""
    lists = Path("/proc/self/task").glob("*/children")
    return {pid for path in lists for pid in path.read_text(encoding="ascii").split()}


def _folders(name: str) -> set[Path]:
    """Temporary folders of a system: adapters name theirs `transferperf-<name>-...`."""
    places = {Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/dev/shm")}  # noqa: S108  # only looked at
    return {found for place in places if os.access(place, os.R_OK) for found in place.glob(f"transferperf-{name}-*")}


def _left(name: str, before: set[Path]) -> set[Path]:
    """Folders that have come and stay; those of others who measure at the same time go when they are done."""
    left = _folders(name) - before
    for _ in range(PATIENCE):
        if not left:
            break
        time.sleep(1.0)
        left &= _folders(name)
    return left

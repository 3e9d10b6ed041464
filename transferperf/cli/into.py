"""Where the measurements of a design go."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from transferperf.data.measurement import Measurement
    from transferperf.data.table import MeasurementTable
    from transferperf.measure import Runner, System
    from transferperf.space import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is measured, where and how.

    Parameters
    ----------
    load
        Gives the system once more, to a worker elsewhere.
    """

    system: "System"
    load: "Callable[[], System]"
    configurations: "pd.DataFrame"
    environments: "Sequence[Environment]"
    runner: "Runner"
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Into:
    """A file; a store, too, where several workers measure between them."""

    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|DIR",
            help="File (.csv, .csv.gz, .parquet) that grows and is resumed, or a folder for it.",
        ),
    ] = Path("measurements")
    store: Annotated[
        str,
        typer.Option(
            metavar="URL", help="Database that shares the design among all who run this; the file comes at the end."
        ),
    ] = ""
    cluster: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Dask scheduler whose workers measure into the store; local or local:N on this machine.",
        ),
    ] = ""

    def check(self) -> None:
        """BadParameter where workers have no store."""
        if self.cluster and not self.store:
            raise typer.BadParameter("its workers share a store; name one with --store", param_hint="--cluster")

    def measure(self, wanted: Wanted, path: Path, progress: "Callable[[int, int, str], None]") -> "MeasurementTable":
        """All measurements of the file `path` once the design is measured, by whomever.

        `progress` is told how many are done, how many there are, and where.
        """
        from transferperf.data.queue import PURPOSE, Queue
        from transferperf.data.store import Store
        from transferperf.study.campaign import run_design, write_kept
        from transferperf.study.workers import share, work

        def tell(n_done: int, n: int, latest: "Measurement") -> None:
            progress(n_done, n, latest.environment.label)

        system, runner, seed = wanted.system, wanted.runner, wanted.seed
        design = (wanted.configurations, wanted.environments)
        if not self.store:
            return run_design(system, *design, path=path, runner=runner, seed=seed, progress=tell)
        with Store.open(self.store) as store:
            queue = Queue(store, system.name)
            share(queue, system, *design, seed)
            if self.cluster:
                workers = self._have_measured(wanted, progress)
            else:
                workers = []
                work(system, queue, wanted.environments, runner=runner, progress=tell)
            kept = store.read(system.name, purpose=PURPOSE)
        return write_kept(system, kept, path=path, runner=runner, seed=seed, workers=workers)

    def _have_measured(self, wanted: Wanted, progress: "Callable[[int, int, str], None]") -> "list[dict[str, Any]]":
        """Have a cluster measure the queue of the store; what its workers say of themselves."""
        from transferperf.data.database import from_anywhere
        from transferperf.study.cluster import Job, label_of, measure_on, open_cluster

        job = Job(
            system=wanted.system.name,
            load=wanted.load,
            url=from_anywhere(self.store),
            environments=wanted.environments,
            runner=wanted.runner,
        )
        labels = {label_of(environment) for environment in wanted.environments} - {""}
        with open_cluster(self.cluster, labels) as client:
            parts = measure_on(client, job, lambda n_done, n: progress(n_done, n, f"on {self.cluster}"))
        return [
            {"label": part.label, "measurements": part.n, "machine": part.machine, "versions": part.versions}
            for part in parts
        ]

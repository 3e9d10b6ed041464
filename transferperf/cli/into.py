"""Where the measurements of a design go."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from transferperf.data.measurement import Measurement
    from transferperf.data.table import MeasurementTable
    from transferperf.measure import Runner, System
    from transferperf.space import Environment


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

    def measure(
        self,
        system: "System",
        configurations: "pd.DataFrame",
        environments: "Sequence[Environment]",
        *,
        path: Path,
        runner: "Runner",
        seed: int,
        progress: "Callable[[int, int, Measurement], None]",
    ) -> "MeasurementTable":
        """All measurements of the file `path` once the design is measured, by whomever."""
        from transferperf.data.queue import PURPOSE, Queue
        from transferperf.data.store import Store
        from transferperf.study.campaign import run_design, write_kept
        from transferperf.study.workers import share, work

        if not self.store:
            return run_design(
                system, configurations, environments, path=path, runner=runner, seed=seed, progress=progress
            )
        with Store.open(self.store) as store:
            queue = Queue(store, system.name)
            share(queue, system, configurations, environments, seed)
            work(system, queue, environments, runner=runner, progress=progress)
            kept = store.read(system.name, purpose=PURPOSE)
        return write_kept(system, kept, path=path, runner=runner, seed=seed)

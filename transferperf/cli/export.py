"""`transferperf export`."""

from typing import Annotated

import typer

from transferperf.cli.arguments import Answer, System, SystemsPath
from transferperf.cli.diary import table_of
from transferperf.cli.systems import FOLDER
from transferperf.cli.terminal import progress

Where = Annotated[str, typer.Option(metavar="URL", help="Database of all measurements, as for tune.")]
Storage = Annotated[str, typer.Option("--to", metavar="URL", help="Optuna's storage, made where there is none yet.")]


def export(
    system: System,
    *,
    store: Where = "sqlite:///campaign.db",
    storage: Storage = "sqlite:///optuna.db",
    systems_path: SystemsPath = FOLDER,
    answer: Answer,
) -> None:
    """What tune recorded, as studies for Optuna's dashboard: one for each environment; once more adds what is new."""
    with progress("reading measurements"):
        import optuna

        from transferperf.data.store import Store
        from transferperf.errors import NotEnoughDataError
        from transferperf.integrations.studies import open_storage, write_study
        from transferperf.measure import load_system

        chosen = load_system(system, systems_path)
        with Store.open(store) as opened:
            table = table_of(chosen, [opened.frame(system)])
    if not len(table):
        raise NotEnoughDataError(f"store '{store}' holds no measurement of {system}; tune it, or name another --store")
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # what is written is said below
    with progress(f"writing {storage}"):
        kept = open_storage(storage)
        studies = {}
        for environment in table.environments:
            name = f"{system} {environment}".strip()
            study = write_study(table.select(environment), metrics=chosen.metrics[:1], storage=kept, name=name)
            studies[name] = len(study.get_trials(deepcopy=False))
    lines = [f"{name}: {n} trials" for name, n in studies.items()]
    answer.give({"storage": storage, "studies": studies}, "\n".join([*lines, f"They are in {storage}."]))

"""`transferperf store`."""

from pathlib import Path
from typing import Annotated

import typer

from transferperf.cli.arguments import Answer, check_folder, output
from transferperf.cli.terminal import progress, table_text

Where = Annotated[str, typer.Argument(metavar="URL", help="Database of measurements, as for tune and measure.")]
Added = Annotated[
    list[Path], typer.Option("--import", metavar="FILE", help="Add what was exported from a store; repeat it.")
]
Written = Annotated[Path | None, output("Write all measurements: .csv, .csv.gz or .parquet.")]


def store(
    url: Where = "sqlite:///campaign.db",
    *,
    added: Added = [],  # noqa: B006  # typer copies it
    written: Written = None,
    answer: Answer,
) -> None:
    """Say what a store holds; add what files hold, and write all of it to a file, without loss."""
    from transferperf.data.store import Store
    from transferperf.data.store_files import export_rows, import_rows

    if written is not None:
        check_folder(written)
    with Store.open(url) as opened:
        with progress("reading measurements"):
            n_added = sum(import_rows(opened, path) for path in added)
        if written is not None:
            with progress(f"writing {written}"):
                export_rows(opened, written)
        counts = opened.counts()
        name = str(opened)
    told = [f"{n_added} rows are new."] if added else []
    told += [f"All rows are in {written}."] if written is not None else []
    text = "\n".join([table_text(counts) if len(counts) else f"{name} holds no measurement.", *told])
    answer.give({"store": name, "rows": counts.to_dict("records"), "added": n_added, "path": written}, text)

"""`transferperf predict`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transferperf.cli.arguments import Answer, check_columns, check_folder, output
from transferperf.cli.terminal import table_text
from transferperf.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from transferperf.space import ConfigurationSpace

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="Model file that `transferperf fit` wrote.")]
Configurations = Annotated[
    Path, typer.Argument(metavar="CONFIGS", help="CSV or Parquet file with a column for each option; others are kept.")
]
Predictions = Annotated[Path | None, output("CSV file to write, instead of a table on standard output.")]


def predict(model: Model, configurations: Configurations, *, output: Predictions = None, answer: Answer) -> None:
    """Predict configurations: mean and standard deviation of a new measurement, and its 90 % interval.

    Where measurements were invalid, a column p_valid says how likely each configuration is to run at all.
    """
    import transferperf as tp
    from transferperf.data.files import replace_file

    check_folder(output)
    fitted = tp.load(model)
    frame = read_configurations(configurations, fitted.table.space)
    prediction = fitted.predict(frame)
    low, high = prediction.interval(0.9)
    frame = frame.assign(mean=prediction.mean, std=prediction.std, low=low, high=high)
    if fitted.feasibility is not None:
        frame = frame.assign(p_valid=fitted.p_valid(frame))
    if output is not None:
        replace_file(output, lambda temporary: frame.to_csv(temporary, index=False))
    text = f"{len(frame)} predictions are in {output}." if output else table_text(frame)
    metric, target = fitted.metric, fitted.target
    rows = {} if output else {"predictions": frame.to_dict("records")}
    answer.give(
        {"metric": metric.name, "unit": metric.unit, "target": target.as_mapping(), "path": output, **rows}, text
    )


def read_configurations(path: Path, space: "ConfigurationSpace") -> "pd.DataFrame":
    """A file of configurations; DataError says which line holds what the space does not allow."""
    import pandas as pd

    from transferperf.data.checks import Origin, check_filled, check_is_file, check_lines
    from transferperf.data.csv import file_suffix
    from transferperf.data.inference import check_option

    is_text = file_suffix(path) != ".parquet"
    check_is_file(path)
    if is_text:
        head = check_lines(path)
        frame = pd.read_csv(path, header=0, names=head, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
    else:
        try:
            frame = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise DataError("not a readable Parquet file; make it anew", path=path) from error
    check_columns(space.names, frame.columns, path)
    origin = Origin(path, is_text=is_text)
    for option in space.options:
        check_filled(frame[option.name], origin)
        check_option(frame[option.name], option, origin)
    return frame

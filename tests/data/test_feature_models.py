"""Feature models where a space is asked for: of a measurement file, and on the command line."""

from pathlib import Path

import pytest

import transferperf as tp
from transferperf.data import read_csv
from transferperf.data.feature_models import read_feature_model
from transferperf.errors import DataError

MODEL = "features\n  S\n    mandatory\n      Engine\n        alternative\n          Tree\n          Log\n"
ROWS = "S,Engine,Tree,Log,$<time\n1,1,1,0,2.0\n1,1,0,1,3.0\n1,1,1,0,2.1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model and measurements of it."""
    (tmp_path / "m.uvl").write_text(MODEL)
    (tmp_path / "m.csv").write_text(ROWS)
    return tmp_path


def test_a_measurement_file_takes_its_space_from_a_feature_model(folder: Path) -> None:
    """Features that are always on are no options, whether they are columns or not."""
    table = tp.read_csv(folder / "m.csv", space=folder / "m.uvl")
    assert table.space.names == ("Tree", "Log")
    assert table.space.size == 2
    (folder / "m.csv").write_text("\n".join(line.partition(",")[2] for line in ROWS.splitlines()))
    assert tp.read_csv(folder / "m.csv", space=str(folder / "m.uvl")).space == table.space


def test_a_row_that_the_model_has_otherwise_is_said(folder: Path) -> None:
    """With file, line and column."""
    (folder / "m.csv").write_text(ROWS + "1,0,1,0,9.0\n")
    with pytest.raises(DataError, match=r"m.csv, line 5, column 'Engine': got 0; by the feature model it is always 1"):
        tp.read_csv(folder / "m.csv", space=folder / "m.uvl")


def test_notes_of_a_model_are_notes_of_the_table(folder: Path) -> None:
    """A variable without a name is known to the reader of the table."""
    (folder / "m.dimacs").write_text("c 2 b\np cnf 2 1\n1 2 0\n")
    (folder / "m.csv").write_text("v1,b,$<time\n1,1,2.0\n0,1,3.0\n")
    notes = read_csv(folder / "m.csv", space=folder / "m.dimacs").notes
    assert "variables without a name: 1, called v1 and so on" in notes


def test_only_files_of_known_kinds_are_read(folder: Path) -> None:
    """The end of the name says which kind."""
    with pytest.raises(DataError, match=r"m.csv: this name ends in '.csv'; expected .xml, .uvl, .dimacs, .cnf"):
        read_feature_model(folder / "m.csv")
    with pytest.raises(DataError, match=r"none.uvl: no such file"):
        read_feature_model(folder / "none.uvl")
    (folder / "m.cnf").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"m.cnf: not a readable text file"):
        read_feature_model(folder / "m.cnf")

"""Measurements: one, many, and the files that hold them."""

from transferperf.data.csv import read_csv, read_frame, write_table
from transferperf.data.measurement import Measurement, Status
from transferperf.data.table import MeasurementTable, Samples
from transferperf.data.union import combine

__all__ = [
    "Measurement",
    "MeasurementTable",
    "Samples",
    "Status",
    "combine",
    "read_csv",
    "read_frame",
    "write_table",
]

"""Series out of CSV files, on their own regular grid."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.errors import DataError
from forecast.times import instants, step_of
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.zonetime import SECOND_MS, grid, rfc3339

LONGEST = 10_000_000
"""Most intervals of a series: three centuries of quarter hours."""


@dataclass(frozen=True, slots=True, eq=False)
class CsvSeries:
    """One column on its grid, with the temperature beside it.

    Attributes:
        start_ms: shape (n,), UTC milliseconds, every interval from first to last.
        value: shape (n,), NaN where the file has none.
        temperature: shape (n,), degC; None when no column was asked for.
        step_s: seconds, found from the times.

    """

    start_ms: IntArray
    value: FloatArray
    temperature: FloatArray | None
    step_s: int


def read_csv(path: Path, *, time_column: str, target: str, temperature: str | None, timezone: str) -> CsvSeries:
    """Read a target (and temperature) out of a CSV file, plain or compressed (.gz, .bz2, .xz, .zip).

    Times are read as `forecast.times.instants` says and name the start of each interval. Rows may come in any order;
    several values in one interval are averaged.

    Raises:
        DataError: the file, a column or its contents cannot be used.

    """
    columns = [time_column, target, *([temperature] if temperature else [])]
    table = _read(path, columns)
    try:
        time_ms = instants(table[time_column], timezone)
        step_s = step_of(time_ms)
    except DataError as error:
        message = f"{path}: {error}"
        raise DataError(message) from error
    start_ms = _grid(time_ms, step_s, timezone, path)
    cell = np.searchsorted(start_ms, time_ms, side="right") - 1
    values = [_on_grid(table[name], cell, len(start_ms), path) for name in columns[1:]]
    if not np.isfinite(values[0]).any():
        message = f"{path}: column {target!r} has no numbers"
        raise DataError(message)
    return CsvSeries(start_ms, values[0], values[1] if temperature else None, step_s)


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        header = list(pd.read_csv(path, nrows=0).columns)
        for column in columns:
            if column not in header:
                near = get_close_matches(column, header, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                message = f"{path}: no column {column!r}; there are {', '.join(header)}{hint}"
                raise DataError(message)
        table = pd.read_csv(path, usecols=list(dict.fromkeys(columns)), dtype={columns[0]: str})
    except FileNotFoundError as error:
        message = f"{path}: no such file"
        raise DataError(message) from error
    except (OSError, EOFError, UnicodeError, ValueError) as error:  # pandas' ParserError and EmptyDataError are ValueErrors
        message = f"{path}: not a readable CSV file ({error})"
        raise DataError(message) from error
    if len(table) < 2:
        message = f"{path}: {len(table)} rows are no series"
        raise DataError(message)
    return table


def _grid(time_ms: IntArray, step_s: int, timezone: str, path: Path) -> IntArray:
    first, last = int(time_ms.min()), int(time_ms.max())
    if (last - first) // (step_s * SECOND_MS) > LONGEST:
        message = f"{path}: from {rfc3339(first)} to {rfc3339(last)} in steps of {step_s} s is too long; look for a wrong time"
        raise DataError(message)
    return grid(first, last + 1, step_s, timezone)


def _on_grid(column: pd.Series, cell: IntArray, size: int, path: Path) -> FloatArray:
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = numbers.isna() & column.notna()
    if wrong.any():
        row = int(np.argmax(wrong.to_numpy()))
        message = f"{path}: line {row + 2}: {column.iloc[row]!r} in column {column.name!r} is not a number"
        raise DataError(message)
    value = numbers.to_numpy(dtype=np.float64)
    there = np.isfinite(value)
    total = np.bincount(cell[there], weights=value[there], minlength=size)
    count = np.bincount(cell[there], minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)

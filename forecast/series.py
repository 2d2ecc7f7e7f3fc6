"""Series out of CSV files, on their own regular grid."""

from collections.abc import Sequence
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
MOST_NAMED = 20
"""Columns named when one is not found."""


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
    columns = [target, *([temperature] if temperature else [])]
    start_ms, step_s, values = _columns(path, time_column, columns, timezone)
    if not np.isfinite(values[target]).any():
        message = f"{path}: column {target!r} has no numbers"
        raise DataError(message)
    return CsvSeries(start_ms, values[target], values[temperature] if temperature else None, step_s)


def read_all(path: Path, *, time_column: str, targets: Sequence[str], timezone: str) -> dict[str, CsvSeries]:
    """Read several targets of a CSV file on one grid, every other column where none is named; one without a number is all NaN.

    Raises:
        DataError: as `read_csv`.

    """
    targets = targets or [column for column in _header(path) if column != time_column]
    if not targets:
        message = f"{path}: no column beside {time_column!r}"
        raise DataError(message)
    start_ms, step_s, values = _columns(path, time_column, targets, timezone)
    return {name: CsvSeries(start_ms, values[name], None, step_s) for name in targets}


def _columns(path: Path, time_column: str, columns: Sequence[str], timezone: str) -> tuple[IntArray, int, dict[str, FloatArray]]:
    """Grid, step and values by column."""
    table = _read(path, [time_column, *columns])
    try:
        time_ms = instants(table[time_column], timezone)
        step_s = step_of(time_ms)
    except DataError as error:
        message = f"{path}: {error}"
        raise DataError(message) from error
    start_ms = _grid(time_ms, step_s, timezone, path)
    cell = np.searchsorted(start_ms, time_ms, side="right") - 1
    return start_ms, step_s, {name: _on_grid(table[name], cell, len(start_ms), path) for name in columns}


def _header(path: Path) -> list[str]:
    try:
        return list(pd.read_csv(path, nrows=0).columns)
    except FileNotFoundError as error:
        message = f"{path}: no such file"
        raise DataError(message) from error
    except (OSError, EOFError, UnicodeError, ValueError) as error:  # pandas' ParserError and EmptyDataError are ValueErrors
        message = f"{path}: not a readable CSV file ({error})"
        raise DataError(message) from error


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    header = _header(path)
    for column in columns:
        if column not in header:
            near = get_close_matches(column, header, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            message = f"{path}: no column {column!r}; there are {', '.join(header[:MOST_NAMED])}{hint}"
            raise DataError(message)
    try:
        table = pd.read_csv(path, usecols=list(dict.fromkeys(columns)), dtype={columns[0]: str})
    except (OSError, EOFError, UnicodeError, ValueError) as error:  # as in the header
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

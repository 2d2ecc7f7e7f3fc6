"""Series out of CSV files, on their own regular grid."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.errors import DataError
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.zonetime import DAY_S, SECOND_MS, grid


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

    Times with an offset (or Z) are instants; times without are local to `timezone` (of an hour that occurs twice, the
    rows come in order; times that do not exist are refused). They name the start of each interval. Several values in one
    interval are averaged.

    Raises:
        DataError: the file, a column or its contents cannot be used.

    """
    columns = [time_column, target, *([temperature] if temperature else [])]
    table = _read(path, columns)
    instants = _instants(table[time_column], timezone, path)
    step_s = _step(instants, path)
    start_ms = grid(int(instants.min()), int(instants.max()) + 1, step_s, timezone)
    cell = np.searchsorted(start_ms, instants, side="right") - 1
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
        table = pd.read_csv(path, usecols=list(dict.fromkeys(columns)))
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


def _instants(text: pd.Series, timezone: str, path: Path) -> IntArray:
    try:
        aware = text.astype(str).str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True)
        if aware.all():
            times = pd.DatetimeIndex(pd.to_datetime(text, utc=True, format="ISO8601"))
        elif aware.any():
            row = int(np.argmax(aware.to_numpy() != aware.iloc[0])) + 2
            message = f"{path}: line {row}: times with and without an offset are mixed; write one kind"
            raise DataError(message)
        else:
            local = pd.DatetimeIndex(pd.to_datetime(text, format="ISO8601"))
            times = local.tz_localize(timezone, ambiguous="infer", nonexistent="raise").tz_convert("UTC")
    except (ValueError, TypeError) as error:
        message = f"{path}: column {text.name!r}: {error}; write times as 2026-02-17T08:15:00Z, or local ones with --timezone"
        raise DataError(message) from error
    if times.hasnans:
        message = f"{path}: line {int(np.argmax(times.isna())) + 2}: no time"
        raise DataError(message)
    return np.asarray(times.tz_localize(None).astype("datetime64[ms]").astype(np.int64), dtype=np.int64)


def _step(instants: IntArray, path: Path) -> int:
    apart = np.diff(np.unique(instants))
    if not len(apart):
        message = f"{path}: all rows have the same time"
        raise DataError(message)
    kinds, counts = np.unique(apart, return_counts=True)
    step_s = int(kinds[counts.argmax()]) // SECOND_MS
    if 22 * 3600 < step_s < 26 * 3600:
        return DAY_S
    if not 0 < step_s <= DAY_S or DAY_S % step_s:
        message = f"{path}: rows are {step_s} s apart; steps that divide a day are needed"
        raise DataError(message)
    return step_s


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

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
MOST_EMPTY = 0.5
"""Share of intervals without a row beyond which a time is likely wrong."""
SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True, eq=False)
class CsvSeries:
    """One column on its grid, with the temperature beside it.

    Attributes:
        start_ms: shape (n,), UTC milliseconds, every interval from first to last.
        value: shape (n,), NaN where the file has none.
        temperature: shape (n,), degC; None when no column was asked for.
        step_s: seconds, found from the times.
        notes: what in the file a reader may not have meant, for people.

    """

    start_ms: IntArray
    value: FloatArray
    temperature: FloatArray | None
    step_s: int
    notes: tuple[str, ...] = ()


def read_csv(path: Path, *, time_column: str, target: str, temperature: str | None, timezone: str) -> CsvSeries:
    """Read a target (and temperature) out of a CSV file, plain or compressed (.gz, .bz2, .xz, .zip).

    Cells are apart by commas, or by semicolons or tabs where the header has more of these: then numbers may have a decimal comma. Times
    are read as `forecast.times.instants` says and name the start of each interval. Rows may come in any order; several values
    in one interval are averaged, which a note tells.

    Raises:
        DataError: the file, a column or its contents cannot be used.

    """
    columns = [target, *([temperature] if temperature else [])]
    start_ms, step_s, values, notes = _columns(path, time_column, columns, timezone)
    if not np.isfinite(values[target]).any():
        message = f"{path}: column {target!r} has no numbers"
        raise DataError(message)
    return CsvSeries(start_ms, values[target], values[temperature] if temperature else None, step_s, notes)


def read_all(path: Path, *, time_column: str, targets: Sequence[str], timezone: str) -> dict[str, CsvSeries]:
    """Read several targets of a CSV file on one grid, every other column where none is named; one without a number is all NaN.

    Raises:
        DataError: as `read_csv`.

    """
    targets = targets or [column for column in columns_of(path) if column != time_column]
    if not targets:
        message = f"{path}: no column beside {time_column!r}"
        raise DataError(message)
    start_ms, step_s, values, notes = _columns(path, time_column, targets, timezone)
    return {name: CsvSeries(start_ms, values[name], None, step_s, notes) for name in targets}


def columns_of(path: Path) -> list[str]:
    """Names of a CSV file's columns.

    Raises:
        DataError: as `read_csv`.

    """
    return _header(path)[0]


def _columns(
    path: Path, time_column: str, columns: Sequence[str], timezone: str
) -> tuple[IntArray, int, dict[str, FloatArray], tuple[str, ...]]:
    """Grid, step, values by column, and notes."""
    table = _read(path, [time_column, *columns])
    try:
        time_ms = instants(table[time_column], timezone)
        step_s = step_of(time_ms)
    except DataError as error:
        message = f"{path}: {error}"
        raise DataError(message) from error
    start_ms = _grid(time_ms, step_s, timezone, path)
    cell = np.searchsorted(start_ms, time_ms, side="right") - 1
    return start_ms, step_s, {name: _on_grid(table[name], cell, len(start_ms), path) for name in columns}, _notes(cell, start_ms, path)


def _notes(cell: IntArray, start_ms: IntArray, path: Path) -> tuple[str, ...]:
    """What may be a mistake, and is read all the same."""
    rows = np.bincount(cell, minlength=len(start_ms))
    notes = []
    if (rows > 1).any():
        at = rfc3339(int(start_ms[int(np.argmax(rows > 1))]))
        notes.append(f"{path}: {int((rows > 1).sum())} intervals have several rows, the first at {at}; their mean is taken")
    empty = float((rows == 0).mean())
    if empty > MOST_EMPTY:
        told = f"{rfc3339(int(start_ms[0]))} to {rfc3339(int(start_ms[-1]))}"
        notes.append(f"{path}: of {100 * empty:.0f} % of the intervals from {told} there is no row; look for a wrong time")
    return tuple(notes)


def _header(path: Path) -> tuple[list[str], str]:
    """Names of the columns, and what stands between them."""
    try:
        line = ",".join(_names(path, ","))
        separator = max(SEPARATORS, key=line.count)
        return _names(path, separator), separator
    except FileNotFoundError as error:
        message = f"{path}: no such file"
        raise DataError(message) from error
    except UnicodeError as error:
        message = f"{path}: not a text in UTF-8; save it as CSV UTF-8 ({error})"
        raise DataError(message) from error
    except (OSError, EOFError, ValueError) as error:  # pandas' ParserError and EmptyDataError are ValueErrors
        message = f"{path}: not a readable CSV file ({error})"
        raise DataError(message) from error


def _names(path: Path, separator: str) -> list[str]:
    first = pd.read_csv(path, nrows=1, header=None, sep=separator, dtype=str, keep_default_na=False)
    return [str(name) for name in first.iloc[0]]


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    header, separator = _header(path)
    for column in columns:
        if column not in header:
            near = get_close_matches(column, header, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            message = f"{path}: no column {column!r}; there are {', '.join(header[:MOST_NAMED])}{hint}"
            raise DataError(message)
        if header.count(column) > 1:
            message = f"{path}: column {column!r} stands there {header.count(column)} times; give each a name of its own"
            raise DataError(message)
    decimal = "." if separator == "," else ","
    try:
        table = pd.read_csv(path, usecols=list(dict.fromkeys(columns)), dtype={columns[0]: str}, sep=separator, decimal=decimal)
    except UnicodeError as error:
        message = f"{path}: not a text in UTF-8; save it as CSV UTF-8 ({error})"
        raise DataError(message) from error
    except (OSError, EOFError, ValueError) as error:  # as in the header
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
        mend = "write it without unit and thousands separators, such as 1234.5, and leave the cell empty where nothing is known"
        message = f"{path}: line {row + 2}: {column.iloc[row]!r} in column {column.name!r} is not a number; {mend}"
        raise DataError(message)
    value = numbers.to_numpy(dtype=np.float64)
    there = np.isfinite(value)
    total = np.bincount(cell[there], weights=value[there], minlength=size)
    count = np.bincount(cell[there], minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)

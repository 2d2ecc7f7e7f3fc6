"""Raw readings out of a file, line by line: what is wrong is told with its line, and the rest is taken."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from mainsight.core.network import Meter
from mainsight.core.readings import Reading
from mainsight.core.zonetime import SECOND_MS
from mainsight.metering.csv_fields import LineError, instant, number, to_canonical
from mainsight.metering.csv_import import Problem
from mainsight.store.refusal import MOST_FLAGS

COLUMNS = ("meter", "quantity", "time", "value", "unit", "arrival", "flags")
_LINE = re.compile(
    r"reading,meter=(?P<meter>(?:\\.|[^\\, ])+),quantity=(?P<quantity>(?:\\.|[^\\, ])+) "
    r"v=(?P<value>[^, ]+),lag_s=(?P<lag_s>-?\d+)i,flags=(?P<flags>\d+)i (?P<time>-?\d+)"
)
_BATCH = 20_000


class _Row(NamedTuple):
    """A row as its file has it; times and value are text in CSV."""

    line: int
    meter: str
    quantity: str
    time: Any
    value: Any
    unit: str
    arrival: Any
    flags: Any


def is_exchange(path: Path) -> bool:
    """Whether a file is one that `mainsight export` writes: by its name, of CSV by its first line."""
    if path.suffix != ".csv":
        return path.suffix in _READERS
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file), []) == list(COLUMNS)


def readings(path: Path, meters: Mapping[str, Meter]) -> Iterator[Reading | Problem]:
    """Readings of a file in canonical units, and the lines (rows of Parquet, from 1) that are kept out.

    Raises:
        LineError: the file itself is none of this kind.

    """
    for row in _rows(path):
        if isinstance(row, Problem):
            yield row
            continue
        try:
            yield _reading(row, meters)
        except LineError as error:
            yield Problem(row.line, str(error))


def _rows(path: Path) -> Iterator[_Row | Problem]:
    try:
        yield from _READERS[path.suffix](path)
    except UnicodeDecodeError as error:
        raise LineError(f"{path} is not text in UTF-8: {error}") from error


def _reading(row: _Row, meters: Mapping[str, Meter]) -> Reading:
    if row.meter not in meters:
        raise LineError(f"meter {row.meter!r} is not in the registry")
    convert = to_canonical(row.quantity, row.unit, 0)
    value = convert(number(str(row.value), decimal_comma=False))
    try:
        flags = int(row.flags)
    except (TypeError, ValueError):
        flags = -1
    if not 0 <= flags <= MOST_FLAGS:
        raise LineError(f"flags {row.flags!r} are not a number from 0 to {MOST_FLAGS}")
    return Reading(row.meter, row.quantity, _ms(row.time), value, _ms(row.arrival), flags)


def _ms(moment: Any) -> int:
    if isinstance(moment, int):
        return moment
    return instant(str(moment), "UTC")


def _csv(path: Path) -> Iterator[_Row | Problem]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for cells in rows:
            if len(cells) == len(COLUMNS):
                yield _Row._make((rows.line_num, *cells))
            elif cells:
                yield Problem(rows.line_num, f"{len(cells)} columns where the first line has {len(COLUMNS)}")


def _parquet(path: Path) -> Iterator[_Row | Problem]:
    try:
        file = pq.ParquetFile(path)
        missing = [name for name in COLUMNS if name not in file.schema_arrow.names]
    except pa.ArrowInvalid as error:
        raise LineError(f"{path} is not a Parquet file: {error}") from error
    if missing:
        raise LineError(f"{path} has no column {', '.join(missing)}: the columns are {', '.join(COLUMNS)}")
    line = 0
    for batch in file.iter_batches(_BATCH, columns=list(COLUMNS)):
        columns = [batch.column(name) for name in COLUMNS]
        instants = [column.cast(pa.int64()).to_pylist() if pa.types.is_timestamp(column.type) else column.to_pylist() for column in columns]
        for cells in zip(*instants, strict=True):
            line += 1
            yield Problem(line, "a cell is empty") if None in cells else _Row._make((line, *cells))


def _lines(path: Path) -> Iterator[_Row | Problem]:
    with path.open(encoding="utf-8") as file:
        for line, text in enumerate(file, 1):
            found = _LINE.fullmatch(text.rstrip("\r\n"))
            if found:
                at = int(found["time"])
                meter, name = (re.sub(r"\\(.)", r"\1", found[tag]) for tag in ("meter", "quantity"))
                yield _Row(line, meter, name, at, found["value"], "", at + int(found["lag_s"]) * SECOND_MS, found["flags"])
            elif text.strip() and not text.startswith("#"):
                yield Problem(line, "it is not reading,meter=...,quantity=... v=...,lag_s=...i,flags=...i and a time in milliseconds")


_READERS: dict[str, Callable[[Path], Iterator[_Row | Problem]]] = {".csv": _csv, ".parquet": _parquet, ".lp": _lines}

"""What an export holds: rows in pieces that stay small; readings of many series are read so however long the range."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mainsight.core.forecasts import QUANTILES, Forecast
from mainsight.core.intervals import ByteArray, FloatArray, IntArray, Intervals
from mainsight.core.quality import Quality
from mainsight.core.quantities import quantity
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS, rfc3339
from mainsight.store.port import Raw, TimeSeriesStore

_PIECE_ROWS = 50_000
_RAW_PIECE_MS = 24 * HOUR_MS
_Columns = Mapping[str, FloatArray | ByteArray]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Rows of one series in order of time, arrays of shape (n,).

    Attributes:
        time_ms: interval's start or device time, UTC.
        texts: columns that say the same in every row, by name.
        columns: the others, by name; bytes are ranks of `Quality`, NaN is missing.

    """

    time_ms: IntArray
    texts: Mapping[str, str]
    columns: _Columns

    def none(self) -> "Piece":
        """The same columns without rows: what a file begins with."""
        return Piece(self.time_ms[:0], self.texts, {name: values[:0] for name, values in self.columns.items()})


class Writer(Protocol):
    """Makes a file of pieces; each call gives the bytes that are ready. Blocking work: call it in a thread.

    It is made of a time zone, that of local times, and a piece that has the columns of all to come: a file of no rows has a header.
    """

    def add(self, piece: Piece) -> bytes:
        """Take rows."""
        ...

    def end(self) -> Iterator[bytes]:
        """Finish the file."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be exported: series, range [start, end) in UTC ms, step in seconds; None gives raw readings."""

    series: tuple[Series, ...]
    start_ms: int
    end_ms: int
    step_s: int | None

    def most_rows(self) -> int:
        """Rows there can be, where that is known beforehand; 0 for raw readings."""
        return 0 if self.step_s is None else len(self.series) * -(-(self.end_ms - self.start_ms) // (self.step_s * 1000))


_NONE = np.empty(0, np.int64)
NO_READINGS = Raw(_NONE, np.empty(0), _NONE, _NONE)


async def pieces(store: TimeSeriesStore, asked: Asked) -> AsyncIterator[Piece]:
    """Read what was asked, series by series, each in order of time."""
    if asked.step_s is None:
        for series in asked.series:
            for start_ms, end_ms in _windows(asked.start_ms, asked.end_ms, _RAW_PIECE_MS):
                found = await store.raw(series, start_ms, end_ms)
                if len(found.time_ms):
                    yield readings(series, found)
        return
    each = max(1, (asked.end_ms - asked.start_ms) // (asked.step_s * 1000))
    for some in _groups(asked.series, max(1, _PIECE_ROWS // each)):
        by_series = await store.intervals(some, asked.start_ms, asked.end_ms, asked.step_s)
        for series in some:
            yield intervals("meter", series, by_series[series])


def _windows(start_ms: int, end_ms: int, length_ms: int) -> Iterator[tuple[int, int]]:
    for start in range(start_ms, end_ms, length_ms):
        yield start, min(start + length_ms, end_ms)


def _groups(series: Sequence[Series], size: int) -> Iterator[Sequence[Series]]:
    for at in range(0, len(series), size):
        yield series[at : at + size]


def readings(series: Series, raw: Raw) -> Piece:
    """Raw readings: low and high are the value."""
    n = len(raw.time_ms)
    quality = np.full(n, int(Quality.MEASURED), np.uint8)
    columns: _Columns = {"value": raw.value, "low": raw.value, "high": raw.value, "quality": quality, "completeness": np.ones(n)}
    return Piece(raw.time_ms, _texts("meter", series), columns)


def intervals(of: str, series: Series, found: Intervals) -> Piece:
    """Intervals of a meter or an asset (`of`), whose id is in place of the meter's."""
    columns: _Columns = {"value": found.value, "low": found.low, "high": found.high, "quality": found.quality}
    return Piece(found.start_ms, _texts(of, series), {**columns, "completeness": found.completeness.round(4)})


def forecast(found: Forecast) -> Piece:
    """A forecast's quantiles."""
    texts = {**_texts("target", Series(found.target, found.quantity)), "model": found.model, "issued": rfc3339(found.issue_ms)}
    columns = {f"p{round(100 * level):02d}": found.quantiles[:, at] for at, level in enumerate(QUANTILES)}
    return Piece(found.time_ms, texts, columns)


def _texts(of: str, series: Series) -> dict[str, str]:
    return {of: series.meter, "quantity": series.quantity, "unit": quantity(series.quantity).unit}

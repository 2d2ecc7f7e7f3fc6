"""What an export holds: readings of many series, read in pieces that stay small however long the range."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mainsight.core.intervals import ByteArray, FloatArray, IntArray, Intervals
from mainsight.core.quality import Quality
from mainsight.core.quantities import quantity
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS
from mainsight.store.port import Raw, TimeSeriesStore

_PIECE_ROWS = 50_000
_RAW_PIECE_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Rows of one series in order of time, arrays of shape (n,); of raw readings low and high are the value.

    Attributes:
        time_ms: interval's start or device time, UTC.
        quality: ranks of `Quality`.
        completeness: share of what was expected, 0 to 1.

    """

    series: Series
    unit: str
    time_ms: IntArray
    value: FloatArray
    low: FloatArray
    high: FloatArray
    quality: ByteArray
    completeness: FloatArray


class Writer(Protocol):
    """Makes a file of pieces; each call gives the bytes that are ready. Blocking work: call it in a thread."""

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


async def pieces(store: TimeSeriesStore, asked: Asked) -> AsyncIterator[Piece]:
    """Read what was asked, series by series, each in order of time."""
    if asked.step_s is None:
        for series in asked.series:
            for start_ms, end_ms in _windows(asked.start_ms, asked.end_ms, _RAW_PIECE_MS):
                found = await store.raw(series, start_ms, end_ms)
                if len(found.time_ms):
                    yield _raw(series, found)
        return
    each = max(1, (asked.end_ms - asked.start_ms) // (asked.step_s * 1000))
    for some in _groups(asked.series, max(1, _PIECE_ROWS // each)):
        by_series = await store.intervals(some, asked.start_ms, asked.end_ms, asked.step_s)
        for series in some:
            yield _intervals(series, by_series[series])


def _windows(start_ms: int, end_ms: int, length_ms: int) -> Iterator[tuple[int, int]]:
    for start in range(start_ms, end_ms, length_ms):
        yield start, min(start + length_ms, end_ms)


def _groups(series: Sequence[Series], size: int) -> Iterator[Sequence[Series]]:
    for at in range(0, len(series), size):
        yield series[at : at + size]


def _raw(series: Series, found: Raw) -> Piece:
    n = len(found.time_ms)
    quality = np.full(n, int(Quality.MEASURED), np.uint8)
    unit = quantity(series.quantity).unit
    return Piece(series, unit, found.time_ms, found.value, found.value, found.value, quality, np.ones(n))


def _intervals(series: Series, found: Intervals) -> Piece:
    unit = quantity(series.quantity).unit
    return Piece(series, unit, found.start_ms, found.value, found.low, found.high, found.quality, found.completeness)

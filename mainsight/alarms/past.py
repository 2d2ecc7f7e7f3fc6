"""A recorded history in columns, and what of it an engine has to look at."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np

from mainsight.alarms.engine import Engine
from mainsight.alarms.points import Point, quiet_ms
from mainsight.alarms.scan import turning
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import Meter, Network
from mainsight.core.readings import Reading, Series


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One series in order of time, each instant once: arrays of shape (n,); NaN where a value is missing or bad."""

    at_ms: IntArray
    value: FloatArray
    flags: IntArray

    @classmethod
    def of(cls, at_ms: IntArray, value: FloatArray, flags: IntArray | None = None) -> Self:
        """Put rows in order; of several of one instant the last that is a number stays, else the last."""
        value = np.where(np.isfinite(value), value, np.nan)
        flags = np.zeros(len(at_ms), dtype=np.int64) if flags is None else flags
        order = np.lexsort((np.arange(len(at_ms)), ~np.isnan(value), at_ms))
        at_ms = at_ms[order]
        last = np.append(at_ms[1:] != at_ms[:-1], True) if len(at_ms) else np.zeros(0, dtype=bool)
        return cls(at_ms[last], value[order][last], flags[order][last])


class Past:
    """Columns by series."""

    def __init__(self, columns: Mapping[Series, Column]) -> None:
        """Take columns; those without rows are left out."""
        self._columns = {series: column for series, column in columns.items() if len(column.at_ms)}

    @classmethod
    def of(cls, readings: Iterable[Reading]) -> Self:
        """Take readings in any order."""
        rows: dict[Series, list[Reading]] = {}
        for reading in readings:
            rows.setdefault(reading.series, []).append(reading)
        return cls(
            {
                series: Column.of(
                    np.array([r.time_ms for r in found], dtype=np.int64),
                    np.array([r.value for r in found], dtype=np.float64),
                    np.array([r.flags for r in found], dtype=np.int64),
                )
                for series, found in rows.items()
            }
        )

    def __len__(self) -> int:
        """Number of readings."""
        return sum(len(column.at_ms) for column in self._columns.values())

    @property
    def meters(self) -> set[str]:
        """Meters that have said something."""
        return {series.meter for series in self._columns}

    @property
    def span_ms(self) -> tuple[int, int]:
        """First and last instant; (0, 0) without readings."""
        if not self._columns:
            return 0, 0
        return min(int(c.at_ms[0]) for c in self._columns.values()), max(int(c.at_ms[-1]) for c in self._columns.values())

    def relevant(self, engine: Engine, network: Network) -> list[Reading]:
        """Readings that make a difference to an engine, in order of time.

        Series whose samples stand by themselves are looked through on arrays, and only the rows that turn a condition are
        given; of all others every reading counts.
        """
        alone, needed, listened = engine.standing_alone(), engine.needed, engine.listened_to
        kept = [
            _rows(series, column, _turns(alone[series], column, network.meters[series.meter]) if series in alone else None)
            for series, column in self._columns.items()
            if series in needed or series.meter in listened
        ]
        engine.leave_alone(alone)
        return sorted(chain.from_iterable(kept), key=lambda reading: reading.time_ms)


def _rows(series: Series, column: Column, indices: Collection[int] | None) -> Iterator[Reading]:
    """Readings of a column, all of them or those of some rows."""
    chosen = slice(None) if indices is None else sorted(indices)
    rows = zip(column.at_ms[chosen].tolist(), column.value[chosen].tolist(), column.flags[chosen].tolist(), strict=True)
    return (Reading(series.meter, series.quantity, at, value, at, flags) for at, value, flags in rows)


def _turns(points: Iterable[Point], column: Column, meter: Meter) -> set[int]:
    """Rows of a column that turn any of some points; a source that goes quiet is missing from then on."""
    quiet = quiet_ms(meter)
    gaps = np.flatnonzero(np.diff(column.at_ms) > quiet)
    at_ms = np.insert(column.at_ms, gaps + 1, column.at_ms[gaps] + quiet)
    value = np.insert(column.value, gaps + 1, np.nan)
    row = np.insert(np.arange(len(column.at_ms)), gaps + 1, -1)
    found: set[int] = set()
    for point in points:
        assert point.criterion is not None, "series are sampled"
        found.update(row[turning(point.criterion, at_ms, value)].tolist())
    return found

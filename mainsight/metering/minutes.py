"""Values by the minute of meters that report about every minute or oftener: what is left of fast readings when these are gone."""

from collections.abc import Mapping, Sequence

import numpy as np

from mainsight.core.intervals import IntArray
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.core.zonetime import MINUTE_MS
from mainsight.metering.context import Row
from mainsight.metering.outlived import outlived
from mainsight.metering.series import final_values
from mainsight.metering.values import SLOT_MS, edges
from mainsight.store.port import FinalValues, Minutes, Raw

DENSE = 10
"""Readings in a quarter hour from which it has minutes of its own."""
_MINUTES = SLOT_MS // MINUTE_MS
_APART_MS = SLOT_MS // (DENSE - 1)
"""So many readings cannot all be further apart than this: whoever reports seldom is left out at once."""


def minutes(
    rows: Sequence[Row],
    raw: Mapping[Series, Raw],
    stored: Mapping[Series, FinalValues],
    time_ms: IntArray,
    raw_from_ms: int,
    made_ms: Mapping[Series, IntArray],
) -> list[Minutes]:
    """Minutes of the quarter hours in which readings changed, and of those beside them.

    They are computed like final values: the ratio applied, rejected readings left out, increments of registers. What would have to
    be estimated is missing (NaN): where a quarter hour is estimated or edited, its own value is shown instead.

    Args:
        rows: series of a chunk, with their changed stretches.
        raw: their readings.
        stored: their final values; minutes of those that have outlived their readings stay too.
        time_ms: starts of quarter hours that hold them all, shape (n,).
        raw_from_ms: readings before this were taken away.
        made_ms: see `outlived`.

    """
    found = []
    for row in rows:
        readings = raw.get(row.series)
        if readings is None or not (np.diff(readings.time_ms) <= _APART_MS).any():
            continue
        starts = _dense(row, readings)
        starts = starts[
            ~np.isin(starts, time_ms[outlived(stored.get(row.series), readings, time_ms, raw_from_ms, made_ms.get(row.series))])
        ]
        if len(starts):
            found.append(_of_quarter_hours(row, readings, starts))
    return found


def _dense(row: Row, readings: Raw) -> IntArray:
    """Starts of the quarter hours that changed, or lie beside one that did, and hold enough readings."""
    changed = [edges(one.start_ms - SLOT_MS, one.end_ms + SLOT_MS)[:-1] for one in row.dirty]
    starts = np.unique(np.concatenate(changed)) if changed else np.empty(0, np.int64)
    due = np.zeros(len(starts), np.bool_)
    for one in row.due:
        due |= (starts >= one.write[0]) & (starts < one.write[1])
    starts = starts[due]
    count = np.searchsorted(readings.time_ms, starts + SLOT_MS) - np.searchsorted(readings.time_ms, starts)
    return starts[count >= DENSE]


def _of_quarter_hours(row: Row, readings: Raw, starts: IntArray) -> Minutes:
    borders = np.arange(int(starts[0]), int(starts[-1]) + SLOT_MS + 1, MINUTE_MS, dtype=np.int64)
    values = final_values(readings, borders, row.treatment)
    value = np.where(values.quality >= Quality.SUSPECT, values.value, np.nan).reshape(-1, _MINUTES)
    return Minutes(row.series, starts, value[(starts - int(starts[0])) // SLOT_MS])

"""Values by the minute of meters that report about every minute or oftener: what is left of fast readings when these are gone."""

from collections.abc import Mapping, Sequence

import numpy as np

from mainsight.core.intervals import IntArray
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.core.zonetime import MINUTE_MS
from mainsight.metering.before import as_stored
from mainsight.metering.outlived import outlived
from mainsight.metering.ragged import end_to_end
from mainsight.metering.row import NO_READINGS, Row, due_of, within
from mainsight.metering.series import final_values_of
from mainsight.metering.values import SLOT_MS, Mask
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
    fast = [row for row in rows if row.due and _is_fast(raw.get(row.series, NO_READINGS))]
    if not fast:
        return []
    series = [row.series for row in fast]
    readings = [raw[one] for one in series]
    stays = outlived(as_stored(series, stored, time_ms), series, raw, time_ms, raw_from_ms, made_ms)
    kept = _dense(fast, readings, time_ms) & ~stays
    return _of_quarter_hours(fast, readings, [time_ms[one] for one in kept])


def _is_fast(readings: Raw) -> bool:
    return bool((np.diff(readings.time_ms) <= _APART_MS).any())


def _dense(rows: Sequence[Row], readings: Sequence[Raw], time_ms: IntArray) -> Mask:
    """Quarter hours that changed, or lie beside one that did, and hold enough readings, (m, n)."""
    asked = within([[(one.start_ms - SLOT_MS, one.end_ms + SLOT_MS) for one in row.dirty] for row in rows], time_ms) & due_of(rows, time_ms)
    number, place = np.nonzero(asked)
    shift = end_to_end([one.time_ms for one in readings], [time_ms] * len(rows), SLOT_MS)
    line = np.concatenate([one.time_ms + by for one, by in zip(readings, shift.tolist(), strict=True)])
    at = time_ms[place] + shift[number]
    asked[number, place] = np.searchsorted(line, at + SLOT_MS) - np.searchsorted(line, at) >= DENSE
    return asked


def _of_quarter_hours(rows: Sequence[Row], readings: Sequence[Raw], starts: Sequence[IntArray]) -> list[Minutes]:
    chosen = [number for number, one in enumerate(starts) if len(one)]
    if not chosen:
        return []
    borders = [np.arange(starts[n][0], starts[n][-1] + SLOT_MS + 1, MINUTE_MS, dtype=np.int64) for n in chosen]
    values = final_values_of([readings[n] for n in chosen], borders, [rows[n].treatment for n in chosen])
    value = np.where(values.quality >= Quality.SUSPECT, values.value, np.nan).reshape(-1, _MINUTES)
    first = np.cumsum([0, *(len(one) // _MINUTES for one in borders)])
    return [
        Minutes(rows[n].series, starts[n], value[at + (starts[n] - starts[n][0]) // SLOT_MS])
        for n, at in zip(chosen, first[:-1].tolist(), strict=True)
    ]

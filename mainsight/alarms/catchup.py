"""Readings of the past from the store, in order of time, in pieces small enough for an event loop."""

from collections.abc import AsyncIterator, Iterable

from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS
from mainsight.store.port import Raw, TimeSeriesStore

_READ_MS = HOUR_MS
_STEP_MS = MINUTE_MS


async def history(store: TimeSeriesStore, series: Iterable[Series], start_ms: int, end_ms: int) -> AsyncIterator[tuple[list[Reading], int]]:
    """Readings of [start, end), minute by minute, each with the end of its minute; minutes without readings are left out.

    Raises:
        StoreError: the store could not be read.

    """
    wanted = sorted(series)
    for begin in range(start_ms, end_ms, _READ_MS):
        found = await store.raw_many(wanted, begin, min(begin + _READ_MS, end_ms))
        by_minute: dict[int, list[Reading]] = {}
        for one, raw in found.items():
            for reading in _readings(one, raw):
                by_minute.setdefault(reading.time_ms // _STEP_MS, []).append(reading)
        for minute in sorted(by_minute):
            batch = sorted(by_minute[minute], key=lambda reading: reading.time_ms)
            yield batch, min((minute + 1) * _STEP_MS, end_ms)


def _readings(series: Series, raw: Raw) -> Iterable[Reading]:
    rows = zip(raw.time_ms.tolist(), raw.value.tolist(), raw.arrival_ms.tolist(), raw.flags.tolist(), strict=True)
    return (Reading(series.meter, series.quantity, *row) for row in rows)

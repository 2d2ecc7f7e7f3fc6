"""What a batch of raw readings changes: pure decisions on columns, shared by the adapters that keep readings on disk.

The order of work is `checked`, `sorted_without_repeats`, a look-up of what is stored, `changes`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import SECOND_MS
from mainsight.store.marks import SLOT_MS, Stretch
from mainsight.store.port import Poison
from mainsight.store.refusal import LATEST_MS, LONGEST_LAG_MS, MOST_FLAGS

Mask = NDArray[np.bool_]


class Batch(NamedTuple):
    """Readings as columns of shape (n,); `series` holds the adapter's numbers."""

    series: IntArray
    time_ms: IntArray
    value: FloatArray
    lag_s: IntArray
    flags: IntArray

    def take(self, chosen: Mask | IntArray) -> "Batch":
        """Some of the rows."""
        return Batch._make(column[chosen] for column in self)

    def arrival_ms(self) -> IntArray:
        """Arrival, to the second."""
        return self.time_ms + self.lag_s * SECOND_MS

    def starts(self) -> Mask:
        """Where a new (series, time) begins, in a sorted batch."""
        starts = np.ones(len(self.series), np.bool_)
        starts[1:] = (self.series[1:] != self.series[:-1]) | (self.time_ms[1:] != self.time_ms[:-1])
        return starts


class Stored(NamedTuple):
    """What the store holds for the rows of a batch, shapes (n,)."""

    there: Mask
    value: FloatArray
    lag_s: IntArray
    flags: IntArray

    @classmethod
    def nothing(cls, n: int) -> "Stored":
        """Nothing is known of n rows; arrays to be filled in."""
        return cls(np.zeros(n, np.bool_), np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64))


class Replaced(NamedTuple):
    """Values that others took the place of, shapes (n,): those of the store before those of the batch."""

    series: IntArray
    time_ms: IntArray
    value: FloatArray
    known_from_ms: IntArray
    known_to_ms: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What has to be done for a batch, and how it counts."""

    insert: Batch
    update: Batch
    replaced: Replaced
    stored_count: int
    duplicate_count: int

    def changed(self) -> Batch:
        """Rows to insert and to update, by series and time."""
        rows = Batch._make(np.concatenate(pair) for pair in zip(self.insert, self.update, strict=True))
        return rows.take(np.lexsort((rows.time_ms, rows.series)))


def columns(numbers: Mapping[tuple[str, str], int], readings: Sequence[Reading]) -> Batch:
    """Readings as columns.

    Raises:
        KeyError: a series has no number.
        OverflowError: a time is beyond 64 bits.

    """
    if not readings:
        none = np.empty(0, np.int64)
        return Batch(none, none, np.empty(0), none, none)
    meters, quantities, times, values, arrivals, flags = zip(*readings, strict=True)
    series = np.array(list(map(numbers.__getitem__, zip(meters, quantities, strict=True))), np.int64)
    time_ms = np.array(times, np.int64)
    lag_s = (np.array(arrivals, np.int64) - time_ms) // SECOND_MS
    return Batch(series, time_ms, np.array(values, np.float64), lag_s, np.array(flags, np.int64))


def checked(
    numbers: Mapping[tuple[str, str], int],
    readings: Sequence[Reading],
    refuse: Callable[[Reading], str],
    register: Callable[[set[Series]], None],
    since_ms: int = 0,
) -> tuple[Batch, tuple[Poison, ...]]:
    """Readings as columns, poison left out. Nearly all batches are good and of known series: those are looked at by columns alone.

    Args:
        numbers: numbers of known series.
        readings: a batch.
        refuse: why a reading can never be stored; empty when it can.
        register: gives new series their numbers.
        since_ms: earlier readings are asked about.

    """
    try:
        batch = columns(numbers, readings)
    except (KeyError, OverflowError):  # a series without a number, a time beyond 64 bits
        suspect = True
    else:
        suspect = bool(doubtful(batch, since_ms).any())
    if not suspect:
        return batch, ()
    reasons = {n: reason for n, reading in enumerate(readings) if (reason := refuse(reading))}
    good = [reading for n, reading in enumerate(readings) if n not in reasons]
    new = {reading.series for reading in good} - numbers.keys()
    if new:
        register(new)
    return columns(numbers, good), tuple(Poison(readings[n], reason) for n, reason in reasons.items())


def doubtful(batch: Batch, since_ms: int = 0) -> Mask:
    """Rows that `mainsight.store.refusal` may refuse."""
    doubt: Mask = ~np.isfinite(batch.value) | (batch.flags < 0) | (batch.flags > MOST_FLAGS)
    doubt |= np.abs(batch.lag_s) >= LONGEST_LAG_MS // SECOND_MS
    doubt |= (batch.time_ms < since_ms) | (batch.time_ms >= LATEST_MS)
    arrival_ms = batch.arrival_ms()
    doubt |= (arrival_ms < 0) | (arrival_ms >= LATEST_MS)
    return doubt


def sorted_without_repeats(batch: Batch) -> tuple[Batch, int]:
    """Rows by series, time and order of arrival; of equal values in a row for one key the first, and how many were left out."""
    batch = batch.take(np.lexsort((batch.time_ms, batch.series)))
    repeats = ~batch.starts()
    repeats[1:] &= batch.value[1:] == batch.value[:-1]
    if not repeats.any():
        return batch, 0
    return batch.take(~repeats), int(np.count_nonzero(repeats))


def changes(batch: Batch, stored: Stored) -> Changes:
    """What a sorted batch without repeats changes, given what is stored for the first row of each key."""
    first = batch.starts()
    last = np.append(first[1:], True)
    same = stored.there & (stored.value == batch.value)
    # Where the store holds the same value, it is the stored reading that stands, and later ones of the batch replace it.
    batch = batch._replace(lag_s=np.where(same, stored.lag_s, batch.lag_s), flags=np.where(same, stored.flags, batch.flags))
    clash = stored.there & ~same
    group_known = stored.there[np.flatnonzero(first)][np.cumsum(first) - 1]
    return Changes(
        insert=batch.take(last & ~group_known),
        update=batch.take(last & group_known & ~(same & first)),
        replaced=_replaced(batch, stored, clash, ~first),
        stored_count=int(np.count_nonzero(first & ~stored.there)),
        duplicate_count=int(np.count_nonzero(same)),
    )


def _replaced(batch: Batch, stored: Stored, clash: Mask, again: Mask) -> Replaced:
    arrival_ms = batch.arrival_ms()
    before = np.flatnonzero(again) - 1
    return Replaced(
        np.concatenate([batch.series[clash], batch.series[again]]),
        np.concatenate([batch.time_ms[clash], batch.time_ms[again]]),
        np.concatenate([stored.value[clash], batch.value[before]]),
        np.concatenate([batch.time_ms[clash] + stored.lag_s[clash] * SECOND_MS, arrival_ms[before]]),
        np.concatenate([arrival_ms[clash], arrival_ms[again]]),
    )


def newest_of_each(batch: Batch) -> Batch:
    """The last row of each series in a sorted batch."""
    return batch.take(np.append(batch.series[1:] != batch.series[:-1], True)) if len(batch.series) else batch


def quarter_hours(batch: Batch) -> list[Stretch[int]]:
    """Stretches of quarter hours that rows sorted by series and time fall in; those that touch are one."""
    slot = batch.time_ms // SLOT_MS
    begins = np.ones(len(slot), np.bool_)
    begins[1:] = (batch.series[1:] != batch.series[:-1]) | (slot[1:] > slot[:-1] + 1)
    first = np.flatnonzero(begins)
    last = np.append(first[1:] - 1, len(slot) - 1)
    parts = batch.series[first], slot[first] * SLOT_MS, (slot[last] + 1) * SLOT_MS
    return [Stretch(*row) for row in zip(*(part.tolist() for part in parts), strict=True)]

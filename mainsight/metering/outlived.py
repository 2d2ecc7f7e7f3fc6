"""Final values that have outlived their readings: where retention took these away, what was measured is all there is, and stays.

Late readings fill what is missing or estimated there; they never replace what was measured from readings that are gone.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from mainsight.core.intervals import ByteArray, IntArray
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.metering.rules import NUMBERS
from mainsight.metering.values import SLOT_MS, Mask, Values
from mainsight.store.metering_port import Edit, FinalRevision
from mainsight.store.port import Raw

_NEVER = np.iinfo(np.int64).max
_MEASURED = (Quality.MEASURED.label, Quality.SUSPECT.label)


def outlived(
    before: Values,
    series: Sequence[Series],
    raw: Mapping[Series, Raw],
    time_ms: IntArray,
    raw_from_ms: int,
    made_ms: Mapping[Series, IntArray],
) -> Mask:
    """Quarter hours whose stored value was measured from readings that are gone, shape (m, n).

    Args:
        before: stored values of the series, (m, n).
        series: m of them.
        raw: readings at hand; an interval before the first of its series has none.
        time_ms: starts of quarter hours, shape (n,).
        raw_from_ms: readings before this were taken away, all but the last of each series.
        made_ms: see `made_late`. A value made after the first reading at hand had arrived was made of these readings: more of
            them may follow, and it is computed again.

    """
    readings = [raw.get(one) for one in series]
    first = np.array([_NEVER if one is None or not len(one.time_ms) else int(one.time_ms[0]) for one in readings], np.int64)
    gone = (time_ms + SLOT_MS <= first[:, None]) | (time_ms < raw_from_ms)
    stays: Mask = gone & (before.quality >= Quality.SUSPECT) & (before.quality != Quality.EDITED)
    for number, (one, own) in enumerate(zip(series, readings, strict=True)):
        if one in made_ms and own is not None:
            stays[number] &= made_ms[one] < _first_arrival(own, time_ms)
    return stays


def _first_arrival(readings: Raw, time_ms: IntArray) -> IntArray:
    """When the first of the readings at hand of each quarter hour arrived, shape (n,); never where there is none."""
    arrived = np.full(len(time_ms), _NEVER)
    place = np.searchsorted(time_ms, readings.time_ms, side="right") - 1
    inside = (place >= 0) & (readings.time_ms < time_ms[-1] + SLOT_MS)
    np.minimum.at(arrived, place[inside], readings.arrival_ms[inside])
    return arrived


def made_late(revisions: Sequence[FinalRevision], time_ms: IntArray) -> dict[Series, IntArray]:
    """When values were last made where none was measured before, UTC ms, by series, shape (n,); 0 where that is not noted.

    It is noted of all that are first computed more than an hour after their interval.

    Args:
        revisions: of the series, in order of replacement.
        time_ms: starts of quarter hours, ascending, shape (n,).

    """
    made: dict[Series, IntArray] = {}
    for one in revisions:
        weak = one.time_ms[(one.quality <= Quality.ESTIMATED) & np.isin(one.time_ms, time_ms)]
        made.setdefault(one.series, np.zeros(len(time_ms), np.int64))[np.searchsorted(time_ms, weak)] = one.known_to_ms
    return made


def held(before: Values, time_ms: IntArray, raw_from_ms: int) -> Mask:
    """Quarter hours whose stored value is an estimate out of readings that are gone, perhaps: only measured ones take its place.

    Arguments as in `outlived`, shape (m, n).
    """
    estimated: Mask = (before.quality == Quality.ESTIMATED) & (time_ms < raw_from_ms)
    return estimated


def put_back(values: Values, stored: ByteArray, edits: Sequence[Edit], time_ms: IntArray, raw_from_ms: int) -> None:
    """Where readings are gone, lay under edits what was measured when the last of them found it so, in place: each can be undone.

    Args:
        values: of one series, before edits are applied, shape (n,).
        stored: quality of its stored values, (n,); those that no edit covers are as they were measured last.
        edits: of that series, undone ones too.
        time_ms: starts of the quarter hours, ascending, shape (n,).
        raw_from_ms: readings before this were taken away.

    """
    covered = (time_ms < raw_from_ms) & ((stored == Quality.EDITED) | (stored == Quality.MISSING))
    place = {int(time_ms[n]): n for n in np.flatnonzero(covered).tolist()}
    for edit in sorted(edits, key=lambda one: one.id):
        for at, value, quality, rule in edit.before:
            n = place.get(at)
            if n is not None and quality in _MEASURED:
                values.value[n], values.quality[n], values.rule[n] = value, Quality[quality.upper()], NUMBERS[rule]
                values.found[n] = np.uint32(1) << np.uint32(NUMBERS[rule])

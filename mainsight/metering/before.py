"""Values before they are compared with others: from readings where these changed, elsewhere as they are stored."""

from collections.abc import Mapping, Sequence

import numpy as np

from mainsight.core.intervals import ByteArray, IntArray
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.metering.outlived import held, outlived, put_back
from mainsight.metering.row import NO_READINGS, Row
from mainsight.metering.rules import COURSE, NUMBERS
from mainsight.metering.series import final_values_of
from mainsight.metering.values import SLOT_MS, Mask, Values, edges
from mainsight.store.metering_port import Edit
from mainsight.store.port import FinalValues, Raw


def base_values(
    rows: Sequence[Row],
    raw: Mapping[Series, Raw],
    time_ms: IntArray,
    stored: Mapping[Series, FinalValues],
    edits: Mapping[Series, Sequence[Edit]] | None = None,
    raw_from_ms: int = 0,
    made_ms: Mapping[Series, IntArray] | None = None,
) -> Values:
    """Values of the rows: from readings where they are due, else as stored with marks of comparing rules taken off, (m, n).

    Before `raw_from_ms` readings are gone: what was measured from them stays, also under `edits` (undone ones among them), unless it
    was made (`made_ms`) of late ones that are still there.
    """
    series = [row.series for row in rows]
    before = as_stored(series, stored, time_ms)
    values = _without_marks(before)
    stays, weak = outlived(before, series, raw, time_ms, raw_from_ms, made_ms or {}), held(before, time_ms, raw_from_ms)
    _compute(rows, raw, time_ms, values, stays, weak)
    if edits and raw_from_ms > time_ms[0]:
        for number, one in enumerate(series):
            put_back(values.row(number), before.quality[number], edits.get(one, ()), time_ms, raw_from_ms)
    return values


def as_stored(series: Sequence[Series], stored: Mapping[Series, FinalValues], time_ms: IntArray) -> Values:
    """Stored values of m series on n quarter hours that follow each other, (m, n)."""
    values = Values.of(np.full((len(series), len(time_ms)), np.nan))
    known = [(number, stored[one]) for number, one in enumerate(series) if one in stored]
    if known:
        lengths = [len(final.time_ms) for _, final in known]
        where = np.repeat([number for number, _ in known], lengths), _place(np.concatenate([one.time_ms for _, one in known]), time_ms)
        values.value[where] = np.concatenate([one.value for _, one in known])
        values.quality[where] = np.concatenate([one.quality for _, one in known])
        values.rule[where] = np.concatenate([_numbers(one.rule) for _, one in known])
    return values


def _numbers(rule: Sequence[str]) -> ByteArray:
    return np.array([NUMBERS[one] for one in rule], np.uint8) if any(rule) else np.zeros(len(rule), np.uint8)


def _place(at: IntArray, time_ms: IntArray) -> IntArray:
    place: IntArray = (at - time_ms[0]) // SLOT_MS
    return place


def _without_marks(before: Values) -> Values:
    """Marks of rules that compare are taken off: these are asked again."""
    compared = before.rule <= COURSE
    return Values(
        before.value.copy(),
        np.where(compared & (before.quality == Quality.SUSPECT), Quality.MEASURED, before.quality).astype(np.uint8),
        np.where(compared, 0, before.rule).astype(np.uint8),
        np.where(compared, 0, np.uint32(1) << before.rule.astype(np.uint32)).astype(np.uint32),
    )


def _compute(rows: Sequence[Row], raw: Mapping[Series, Raw], time_ms: IntArray, values: Values, stays: Mask, weak: Mask) -> None:
    """What is due, from readings; in place."""
    due = [(number, row, found) for number, row in enumerate(rows) for found in row.due]
    if not due:
        return
    borders = [edges(*found.context) for _, _, found in due]
    fresh = final_values_of([raw.get(row.series, NO_READINGS) for _, row, _ in due], borders, [row.treatment for _, row, _ in due])
    counts = [len(one) - 1 for one in borders]
    at = np.concatenate([one[:-1] for one in borders])
    row, place = np.repeat([number for number, _, _ in due], counts), _place(at, time_ms)
    from_ms, to_ms = (np.repeat([found.write[side] for _, _, found in due], counts) for side in (0, 1))
    chosen = (at >= from_ms) & (at < to_ms) & ~stays[row, place] & ~(weak[row, place] & (fresh.quality < Quality.SUSPECT))
    values.put((row[chosen], place[chosen]), fresh.where(chosen))

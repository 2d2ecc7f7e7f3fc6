"""What a chunk of changed series is computed with, and how it becomes final values: pure, between reading and writing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray, Intervals
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.metering.before import as_stored
from mainsight.metering.block import Block, Relations, validate
from mainsight.metering.checks import BLOCK
from mainsight.metering.days import DAY_MS, Days
from mainsight.metering.edits import apply
from mainsight.metering.filling import Known, fill
from mainsight.metering.outcome import Outcome, outcome
from mainsight.metering.parameters import Checks
from mainsight.metering.row import Row, Span, due_of
from mainsight.metering.rules import Rule
from mainsight.metering.series import RATE_OF, factors
from mainsight.metering.values import SLOT_MS, Mask, Values
from mainsight.store.metering_port import Edit
from mainsight.store.port import FinalValues

_HOUR = 4
BESIDE_MS = 2 * BLOCK * SLOT_MS
"""How far beside what is judged V13 looks: a block is told with the one beside it, which is held to those beside that."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What was read for a chunk.

    Attributes:
        time_ms: starts of the quarter hours of whole UTC days, shape (n,).
        stored: final values there, of rows.
        like: measured values one to four weeks before, by row, (m, 4, n).
        far: the rows' final values of the weeks before, for those with gaps to fill.
        others: measured values of children and check meters, (n,).
        open: rows whose breakers were open, (m, n).
        explained: outages, notices, closed times, (m, n).
        days: the calendar.
        edits: by series, undone ones too.

    """

    time_ms: IntArray
    stored: Mapping[Series, FinalValues]
    like: FloatArray
    others: Mapping[Series, FloatArray]
    open: Mask
    explained: Mask
    days: Days
    edits: Mapping[Series, Sequence[Edit]]


def judged(spans: Sequence[Span], checks: Checks) -> Span:
    """Where marks may change when values in spans do: whole blocks of V13 and those beside them, and the longest run of V11 before."""
    start, end = min(a for a, _ in spans), max(b for _, b in spans)
    width = BLOCK * SLOT_MS
    back = max(((checks.static or 0) - 1) * SLOT_MS, width)
    return (start - back) // width * width, -(-end // width) * width + width


def with_gaps(rows: Sequence[Row], values: Values, time_ms: IntArray) -> list[Series]:
    """Rows that like days would help: a gap of over an hour, or a register's difference shared out over more."""
    wanted = due_of(rows, time_ms) & ((values.quality == Quality.MISSING) | (values.rule == Rule.E4))
    return [rows[number].series for number in np.flatnonzero(wanted.any(axis=1)).tolist()]


def work(
    rows: Sequence[Row], values: Values, around: Surroundings, far: Mapping[Series, Intervals], relations: Relations, now_ms: int
) -> Outcome:
    """Validate, estimate, edit, and compare with what is stored. `values` are changed in place."""
    time_ms = around.time_ms
    borders = np.append(time_ms, time_ms[-1] + SLOT_MS)
    series = [row.series for row in rows]
    block = Block(
        series=series,
        checks=[row.checks for row in rows],
        parts=np.array([max(row.treatment.interval_ms // SLOT_MS, 1) for row in rows], np.int64),
        factors=_factors(rows, borders),
        values=values,
        like=around.like,
        explained=around.explained,
        holiday=around.days.is_holiday(time_ms),
        others=around.others,
    )
    validate(block, relations)
    _estimate_and_edit(rows, values, around, far, relations)
    return outcome(rows, as_stored(series, around.stored, time_ms), values, time_ms, around.others, relations, now_ms)


def _estimate_and_edit(
    rows: Sequence[Row], values: Values, around: Surroundings, far: Mapping[Series, Intervals], relations: Relations
) -> None:
    """Fill what is due, and lay edits over it; rows where nothing is missing, shared out, long estimated or edited are passed over.

    In place.
    """
    due = due_of(rows, around.time_ms)
    lacking = (values.quality == Quality.MISSING) & due | (values.rule == Rule.E4)
    many = np.count_nonzero(values.quality == Quality.ESTIMATED, axis=1) > [row.checks.estimated_h * _HOUR for row in rows]
    filled = due.any(axis=1) & (lacking.any(axis=1) | many)
    edited = np.array([row.series in around.edits for row in rows], np.bool_)
    place = {row.series: number for number, row in enumerate(rows)}
    like_at = around.days.like(around.time_ms) if far else np.empty((0, len(around.time_ms)), np.int64)
    for number in np.flatnonzero(filled | edited).tolist():
        row = rows[number]
        if filled[number]:
            known = _known(row, number, place, values, around, far.get(row.series), like_at, relations)
            fill(row.series.quantity, values.row(number), due[number], row.checks, known)
        apply(around.edits.get(row.series, ()), around.time_ms, values.row(number))


def _factors(rows: Sequence[Row], borders: IntArray) -> FloatArray:
    """Ratios in force, (m, n)."""
    found = np.ones((len(rows), len(borders) - 1))
    for number, row in enumerate(rows):
        if row.treatment.factors:
            found[number] = factors(row.treatment, borders)
    return found


def _known(
    row: Row,
    number: int,
    place: Mapping[Series, int],
    values: Values,
    around: Surroundings,
    far: Intervals | None,
    like_at: IntArray,
    relations: Relations,
) -> Known:
    check = relations.check(row.series)
    registers = [name for name, rate in RATE_OF.items() if rate == row.series.quantity]
    register = next((place[Series(row.series.meter, name)] for name in registers if Series(row.series.meter, name) in place), None)
    measured = None if register is None else np.where(values.quality[register] == Quality.MEASURED, values.value[register], np.nan)
    was_open = around.open[number].copy()
    was_open[1:] &= around.open[number][:-1]
    return Known(
        like=lambda: like_days(far, like_at, around.time_ms, values.row(number)),
        open=was_open,
        check=None if check is None else around.others.get(check),
        register=measured,
    )


def like_days(far: Intervals | None, at: IntArray, time_ms: IntArray, own: Values) -> FloatArray:
    """Measured values at the same clock times of like days before, nearest first, (k, n).

    Args:
        far: final values of the weeks before; None where there are none.
        at: instants of like days, -1 for none, shape (k, n): see `Days.like`.
        time_ms: of the values under computation, which go before those stored, shape (n,).
        own: these values.

    """
    out = np.full(at.shape, np.nan)
    known = [] if far is None else [(far.start_ms, far.value, far.quality)]
    for starts, value, quality in (*known, (time_ms, own.value, own.quality)):
        place = (at - starts[0]) // SLOT_MS
        there = (at >= starts[0]) & (place < len(starts))
        out[there] = np.where(quality >= Quality.MEASURED, value, np.nan)[place[there]]
    return out


def grid(spans: Sequence[Span]) -> IntArray:
    """Quarter hours of whole UTC days that hold spans, with the day before and what V13 looks at after them, shape (n,)."""
    start = min(a for a, _ in spans) // DAY_MS * DAY_MS - DAY_MS
    end = -(-(max(b for _, b in spans) + BESIDE_MS) // DAY_MS) * DAY_MS
    return np.arange(start, end, SLOT_MS, dtype=np.int64)

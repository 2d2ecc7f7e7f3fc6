"""What a chunk of changed series is computed with, and how it becomes final values: pure, between reading and writing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray, Intervals
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS
from mainsight.metering.block import Block, Relations, validate
from mainsight.metering.checks import BLOCK
from mainsight.metering.days import DAY_MS, Days
from mainsight.metering.edits import apply
from mainsight.metering.estimates import gaps
from mainsight.metering.filling import Known, fill
from mainsight.metering.outlived import held, outlived, put_back
from mainsight.metering.parameters import Checks
from mainsight.metering.rules import COURSE, NUMBERS, RULE_IDS, VERSION, Rule
from mainsight.metering.series import RATE_OF, Treatment, factors, final_values
from mainsight.metering.values import SLOT_MS, Mask, Values, edges
from mainsight.metering.windows import Window, merged
from mainsight.store.metering_port import Edit, FinalRevision
from mainsight.store.port import Dirty, Final, FinalValues, Raw

Span = tuple[int, int]
_BY_DAYS = [NUMBERS[rule] for rule in ("E3", "E4", "E5", "V19")]
_NOTHING = Raw(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))
BESIDE_MS = 2 * BLOCK * SLOT_MS
"""How far beside what is judged V13 looks: a block is told with the one beside it, which is held to those beside that."""
FRESH_MS = HOUR_MS
"""Values first computed later than this after their interval are noted as having been missing until then."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A series of the chunk.

    Attributes:
        dirty: changed stretches; none for a series that is only compared again.
        due: what is computed from readings, as far as intervals are over.
        judged: [start, end) in which marks may change.

    """

    series: Series
    treatment: Treatment
    checks: Checks
    dirty: tuple[Dirty, ...]
    due: tuple[Window, ...]
    judged: Span


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


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What comes of a chunk.

    Attributes:
        finals, done, revisions: to be written.
        late: where measured values of a day or more ago changed, by series: estimates after them may stand on these.
        alone: quarter hours that are missing while most other series of their meters are there (V18).
        again: what is to be computed again because of what changed: estimates of a gauge by its register, of a main meter by its
            check meter, and what a breaker interrupts.

    """

    finals: list[Final]
    done: list[Dirty]
    revisions: list[FinalRevision]
    late: dict[Series, Span]
    again: list[Dirty]
    alone: int
    values: Values


def judged(spans: Sequence[Span], checks: Checks) -> Span:
    """Where marks may change when values in spans do: whole blocks of V13 and those beside them, and the longest run of V11 before."""
    start, end = min(a for a, _ in spans), max(b for _, b in spans)
    width = BLOCK * SLOT_MS
    back = max(((checks.static or 0) - 1) * SLOT_MS, width)
    return (start - back) // width * width, -(-end // width) * width + width


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
    parts = []
    for row in rows:
        values = _stored(stored.get(row.series), time_ms)
        quality = values.quality.copy()
        stays = outlived(stored.get(row.series), raw.get(row.series), time_ms, raw_from_ms, (made_ms or {}).get(row.series))
        weak = held(stored.get(row.series), time_ms, raw_from_ms)
        for found in row.due:
            borders = edges(*found.context)
            readings = raw.get(row.series, _NOTHING)
            fresh = final_values(readings, borders, row.treatment)
            chosen = (borders[:-1] >= found.write[0]) & (borders[:-1] < found.write[1])
            place = np.searchsorted(time_ms, borders[:-1])
            chosen &= ~stays[place] & ~(weak[place] & (fresh.quality < Quality.SUSPECT))
            place = place[chosen]
            for name in ("value", "quality", "rule", "found"):
                getattr(values, name)[place] = getattr(fresh, name)[chosen]
        if edits and raw_from_ms > time_ms[0]:
            put_back(values, quality, edits.get(row.series, ()), time_ms, raw_from_ms)
        parts.append(values)
    return Values.stacked(parts)


def _stored(final: FinalValues | None, time_ms: IntArray) -> Values:
    values = Values.of(np.full(len(time_ms), np.nan))
    if final is None:
        return values
    place = np.searchsorted(time_ms, final.time_ms)
    rule = np.array([NUMBERS[one] for one in final.rule], np.uint8)
    compared = rule <= COURSE
    values.value[place] = final.value
    values.quality[place] = np.where(compared & (final.quality == Quality.SUSPECT), Quality.MEASURED, final.quality)
    values.rule[place] = np.where(compared, 0, rule)
    values.found[place] = np.where(compared, 0, np.uint32(1) << rule.astype(np.uint32))
    return values


def with_gaps(rows: Sequence[Row], values: Values, time_ms: IntArray) -> list[Series]:
    """Rows that like days would help: a gap of over an hour, or a register's difference shared out over more."""
    found = []
    for number, row in enumerate(rows):
        due = _inside(row.due, time_ms)
        rule = values.rule[number]
        wanted = due & ((values.quality[number] == Quality.MISSING) | (rule == NUMBERS["E4"]))
        if wanted.any():
            found.append(row.series)
    return found


def _inside(due: Sequence[Window], time_ms: IntArray) -> Mask:
    inside = np.zeros(len(time_ms), np.bool_)
    for found in due:
        inside |= (time_ms >= found.write[0]) & (time_ms < found.write[1])
    return inside


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
        factors=np.stack([factors(row.treatment, borders) for row in rows]),
        values=values,
        like=around.like,
        explained=around.explained,
        holiday=around.days.is_holiday(time_ms),
        others=around.others,
    )
    validate(block, relations)
    place = {one: number for number, one in enumerate(series)}
    like_at = around.days.like(time_ms) if far else np.empty((0, len(time_ms)), np.int64)
    for number, row in enumerate(rows):
        due = _inside(row.due, time_ms)
        if due.any():
            fill(
                row.series.quantity,
                values.row(number),
                due,
                row.checks,
                _known(row, number, place, values, around, far.get(row.series), like_at, relations),
            )
        apply(around.edits.get(row.series, ()), time_ms, values.row(number))
    return _outcome(rows, values, around, relations, now_ms)


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


def _outcome(rows: Sequence[Row], values: Values, around: Surroundings, relations: Relations, now_ms: int) -> Outcome:
    finals: list[Final] = []
    done: list[Dirty] = []
    revisions: list[FinalRevision] = []
    late: dict[Series, Span] = {}
    alone = 0
    again = _beside(rows, values, around, relations)
    for number, row in enumerate(rows):
        new, old = values.row(number), around.stored.get(row.series)
        before = _as_stored(old, around.time_ms)
        due = _inside(row.due, around.time_ms)
        alone += int(np.count_nonzero(due & new.told(Rule.V18) & (new.quality == Quality.MISSING)))
        open_to_change = (around.time_ms >= row.judged[0]) & (around.time_ms < row.judged[1]) | due
        changed = open_to_change & _differs(before, new)
        if (revision := _revision(row.series, before, changed, around.time_ms, now_ms)) is not None:
            revisions.append(revision)
        if row.treatment.kind is Kind.STATUS:
            opened = around.time_ms[changed & ((new.value == 0) | (before.value == 0))]
            below = relations.interrupted(row.series) if len(opened) else ()
            again += [Dirty(one, int(opened[0]), int(opened[-1]) + SLOT_MS) for one in below]
        moved = around.time_ms[changed & (new.quality >= Quality.SUSPECT) & (around.time_ms < now_ms - DAY_MS)]
        if len(moved):
            late[row.series] = int(moved[0]), int(moved[-1]) + SLOT_MS
        done += row.dirty
        for span in _spans(row, changed, around.time_ms):
            within = (around.time_ms >= span[0]) & (around.time_ms < span[1])
            # Without a mark: what else changed there may reach further than this, and is done by itself.
            done.append(Dirty(row.series, *span))
            final = _final(row.series, new, within, around.time_ms)
            if len(final.time_ms):
                finals.append(final)
    return Outcome(finals, done, revisions, late, again, alone, values)


def _beside(rows: Sequence[Row], values: Values, around: Surroundings, relations: Relations) -> list[Dirty]:
    """Estimates of gauges that were not due, where their registers were or a check meter knows better."""
    place = {row.series: number for number, row in enumerate(rows)}
    found = []
    for number, row in enumerate(rows):
        if row.due or row.treatment.kind is not Kind.GAUGE:
            continue
        rule, quality = values.rule[number], values.quality[number]
        wanted = np.zeros(len(around.time_ms), np.bool_)
        for name in (name for name, rate in RATE_OF.items() if rate == row.series.quantity):
            register = place.get(Series(row.series.meter, name))
            if register is not None:
                wanted |= _inside(rows[register].due, around.time_ms) & np.isin(rule, _BY_DAYS)
        check = around.others.get(relations.check(row.series) or row.series)
        if check is not None:
            wanted |= np.isfinite(check) & ((quality == Quality.MISSING) | np.isin(rule, _BY_DAYS))
        wanted &= (around.time_ms >= row.judged[0]) & (around.time_ms < row.judged[1])
        times = around.time_ms
        found += [Dirty(row.series, int(times[first]), int(times[end - 1]) + SLOT_MS) for first, end in gaps(wanted)]
    return found


def _as_stored(final: FinalValues | None, time_ms: IntArray) -> Values:
    values = Values.of(np.full(len(time_ms), np.nan))
    if final is not None:
        place = np.searchsorted(time_ms, final.time_ms)
        values.value[place], values.quality[place] = final.value, final.quality
        values.rule[place] = [NUMBERS[one] for one in final.rule]
    return values


def _differs(before: Values, new: Values) -> Mask:
    same = (before.value == new.value) | (np.isnan(before.value) & np.isnan(new.value))
    differs: Mask = ~same | (before.quality != new.quality) | (before.rule != new.rule)
    return differs


def _revision(series: Series, before: Values, changed: Mask, time_ms: IntArray, now_ms: int) -> FinalRevision | None:
    """What is replaced, and what had been missing for longer than it takes to compute it."""
    kept = changed & ((before.quality != Quality.MISSING) | (time_ms + SLOT_MS + FRESH_MS < now_ms))
    if not kept.any():
        return None
    rules = tuple(RULE_IDS[rule] for rule in before.rule[kept].tolist())
    return FinalRevision(series, now_ms, time_ms[kept], before.value[kept], before.quality[kept], rules)


def _spans(row: Row, changed: Mask, time_ms: IntArray) -> list[Span]:
    """Stretches to write anew: those that were marked, and what changed about them."""
    at = time_ms[changed]
    hull = [(int(at[0]), int(at[-1]) + SLOT_MS)] if len(at) else []
    return merged([*((one.start_ms, one.end_ms) for one in row.dirty), *hull])


def _final(series: Series, values: Values, within: Mask, time_ms: IntArray) -> Final:
    there = within & (values.quality != Quality.MISSING)
    rules = tuple(RULE_IDS[rule] for rule in values.rule[there].tolist())
    return Final(series, time_ms[there], values.value[there], values.quality[there], rules, VERSION, SLOT_MS // 1000)


def grid(spans: Sequence[Span]) -> IntArray:
    """Quarter hours of whole UTC days that hold spans, with the day before and what V13 looks at after them, shape (n,)."""
    start = min(a for a, _ in spans) // DAY_MS * DAY_MS - DAY_MS
    end = -(-(max(b for _, b in spans) + BESIDE_MS) // DAY_MS) * DAY_MS
    return np.arange(start, end, SLOT_MS, dtype=np.int64)

"""What comes of a chunk: values compared with what is stored, and what is written, noted and marked because of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import ByteArray, FloatArray, IntArray
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS
from mainsight.metering.block import Relations
from mainsight.metering.days import DAY_MS
from mainsight.metering.estimates import gaps
from mainsight.metering.row import Row, Span, due_of, judged_of, places, within
from mainsight.metering.rules import NUMBERS, RULE_IDS, VERSION, Rule
from mainsight.metering.series import RATE_OF
from mainsight.metering.values import SLOT_MS, Mask, Values
from mainsight.metering.windows import merged
from mainsight.store.metering_port import FinalRevision
from mainsight.store.port import Dirty, Final

_BY_DAYS = [NUMBERS[rule] for rule in ("E3", "E4", "E5", "V19")]
FRESH_MS = HOUR_MS
"""Values first computed later than this after their interval are noted as having been missing until then."""


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


def outcome(
    rows: Sequence[Row],
    before: Values,
    new: Values,
    time_ms: IntArray,
    others: Mapping[Series, FloatArray],
    relations: Relations,
    now_ms: int,
) -> Outcome:
    """Compare values with those stored.

    Args:
        rows: m series.
        before: their stored values, (m, n).
        new: their values now, (m, n).
        time_ms: starts of the n quarter hours, which follow each other.
        others: measured values of check meters, (n,) each.
        relations: who has to do with whom.
        now_ms: the present.

    """
    due = due_of(rows, time_ms)
    missing = new.quality == Quality.MISSING
    changed = (judged_of(rows, time_ms) | due) & _differs(before, new)
    finals: list[Final] = []
    done: list[Dirty] = []
    for number, (row, hull) in enumerate(zip(rows, _hulls(changed, time_ms), strict=True)):
        done += row.dirty
        for span in merged([*((one.start_ms, one.end_ms) for one in row.dirty), *hull]):
            # Without a mark: what else changed there may reach further than this, and is done by itself.
            done.append(Dirty(row.series, *span))
            first, end = places(span, time_ms)
            final = _final(row.series, new.row(number), slice(first, end), time_ms)
            if len(final.time_ms):
                finals.append(final)
    moved = changed & (new.quality >= Quality.SUSPECT) & (time_ms < now_ms - DAY_MS)
    return Outcome(
        finals,
        done,
        _revisions(rows, before, changed, time_ms, now_ms),
        {row.series: span for row, hull in zip(rows, _hulls(moved, time_ms), strict=True) for span in hull},
        _beside(rows, new, due, time_ms, others, relations) + _interrupted(rows, before, new, changed, time_ms, relations),
        int(np.count_nonzero(due & new.told(Rule.V18) & missing)),
    )


def _differs(before: Values, new: Values) -> Mask:
    same = (before.value == new.value) | (np.isnan(before.value) & np.isnan(new.value))
    differs: Mask = ~same | (before.quality != new.quality) | (before.rule != new.rule)
    return differs


def _hulls(where: Mask, time_ms: IntArray) -> list[list[Span]]:
    """From the first to the last of the quarter hours chosen in each row, as one span or none."""
    some = np.any(where, axis=1)
    first, last = where.argmax(axis=1), where.shape[1] - 1 - where[:, ::-1].argmax(axis=1)
    ends = zip(some.tolist(), time_ms[first].tolist(), (time_ms[last] + SLOT_MS).tolist(), strict=True)
    return [[(start, end)] if there else [] for there, start, end in ends]


def _final(series: Series, values: Values, inside: slice, time_ms: IntArray) -> Final:
    there = values.quality[inside] != Quality.MISSING
    return Final(
        series,
        time_ms[inside][there],
        values.value[inside][there],
        values.quality[inside][there],
        _ids(values.rule[inside][there]),
        VERSION,
        SLOT_MS // 1000,
    )


def _ids(rule: ByteArray) -> tuple[str, ...]:
    return tuple(RULE_IDS[one] for one in rule.tolist()) if rule.any() else ("",) * len(rule)


def _revisions(rows: Sequence[Row], before: Values, changed: Mask, time_ms: IntArray, now_ms: int) -> list[FinalRevision]:
    """What is replaced, and what had been missing for longer than it takes to compute it."""
    kept = changed & ((before.quality != Quality.MISSING) | (time_ms + SLOT_MS + FRESH_MS < now_ms))
    return [
        FinalRevision(
            rows[number].series,
            now_ms,
            time_ms[kept[number]],
            before.value[number, kept[number]],
            before.quality[number, kept[number]],
            _ids(before.rule[number, kept[number]]),
        )
        for number in np.flatnonzero(kept.any(axis=1)).tolist()
    ]


def _interrupted(rows: Sequence[Row], before: Values, new: Values, changed: Mask, time_ms: IntArray, relations: Relations) -> list[Dirty]:
    """What a breaker that opened, or was not open after all, interrupts."""
    found = []
    for number, row in enumerate(rows):
        if row.treatment.kind is Kind.STATUS:
            opened = time_ms[changed[number] & ((new.value[number] == 0) | (before.value[number] == 0))]
            below = relations.interrupted(row.series) if len(opened) else ()
            found += [Dirty(one, int(opened[0]), int(opened[-1]) + SLOT_MS) for one in below]
    return found


def _beside(
    rows: Sequence[Row], values: Values, due: Mask, time_ms: IntArray, others: Mapping[Series, FloatArray], relations: Relations
) -> list[Dirty]:
    """Estimates of gauges that were not due, where their registers were or a check meter knows better."""
    place = {row.series: number for number, row in enumerate(rows)}
    found = []
    for number, row in enumerate(rows):
        if row.due or row.treatment.kind is not Kind.GAUGE:
            continue
        rule, quality = values.rule[number], values.quality[number]
        wanted = np.zeros(len(time_ms), np.bool_)
        for name in (name for name, rate in RATE_OF.items() if rate == row.series.quantity):
            register = place.get(Series(row.series.meter, name))
            if register is not None:
                wanted |= due[register] & np.isin(rule, _BY_DAYS)
        check = others.get(relations.check(row.series) or row.series)
        if check is not None:
            wanted |= np.isfinite(check) & ((quality == Quality.MISSING) | np.isin(rule, _BY_DAYS))
        wanted &= within([[row.judged]], time_ms)[0]
        found += [Dirty(row.series, int(time_ms[first]), int(time_ms[end - 1]) + SLOT_MS) for first, end in gaps(wanted)]
    return found

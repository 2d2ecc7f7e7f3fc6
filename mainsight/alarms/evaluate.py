"""Pure evaluation: (point, state, samples, now) -> next state and transitions. No clock, no store, no network inside.

Time: a sample's event is its own time. Silence has no reading that could carry the event, so its event is the instant
at which the last reading became too old (last reading + allowed interval + on-delay); its evidence is the absence that
still lasts, so it is always of the present and announced, however old the last reading is. History that is filled in
later never raises it, since silence is judged against now alone.

Late samples: condition and times come out as if all had come in order, and no transition of that order is missing. What
was raised before a late sample showed that it was nothing returns (RTNUN): it may have been announced, and
announcements are not withdrawn.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil, isnan

from mainsight.alarms.points import Point
from mainsight.alarms.rules import SilenceRule
from mainsight.alarms.settings import AlarmSettings
from mainsight.alarms.signal import Sample, Window, absorb
from mainsight.alarms.state import Event, become_active, become_known, become_normal, become_unknown, held_active
from mainsight.core.network import Meter, Text
from mainsight.core.zonetime import MINUTE_MS, SECOND_MS
from mainsight.store.alarm_port import AlarmRecord, Transition

Teller = Callable[[Point, bool, float, int], Text]
"""Sentence about a point: whether it became active, its value, when."""


@dataclass(frozen=True, slots=True)
class PointState:
    """All that is known of a point between evaluations."""

    record: AlarmRecord
    window: Window = field(default_factory=Window)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation gave; `state` is the very object passed in where nothing worth storing changed but its window.

    `turns` are the changes of the condition, (when, whether active), suppressed or not: what composites stand on.
    """

    state: PointState
    transitions: tuple[Transition, ...] = ()
    turns: tuple[tuple[int, bool], ...] = ()


def evaluate_samples(
    point: Point, state: PointState, samples: Iterable[Sample], now_ms: int, settings: AlarmSettings, tell: Teller
) -> Evaluated:
    """Judge samples against the point's criterion, in any order within the lateness window."""
    assert point.criterion is not None, "only points with a criterion have samples"
    window, changes = absorb(point.criterion, state.window, samples, settings.lateness_s * SECOND_MS)
    record = state.record
    transitions: list[Transition] = []
    turns = [(change.at_ms, change.active) for change in changes]
    for change in changes:
        event = _event(point, change.active, change.value, change.at_ms, now_ms, settings, tell)
        step = become_active(record, event) if change.active else become_normal(point.rule, record, event)
        record = step.record
        transitions += step.transitions
    if window.head.active is not held_active(record):  # a late sample took the last change back
        event = _event(point, window.head.active, window.head.value, window.head.at_ms, now_ms, settings, tell)
        step = become_active(record, event) if window.head.active else become_normal(point.rule, record, event)
        record = step.record
        transitions += step.transitions
        turns.append((window.head.at_ms, window.head.active))
    record = become_unknown(record) if isnan(window.head.value) else become_known(record)
    if record.since_ms != window.head.since_ms or record.pending_since_ms != window.head.pending_ms:
        record = replace(record, since_ms=window.head.since_ms, pending_since_ms=window.head.pending_ms)
    return Evaluated(PointState(record, window), tuple(transitions), tuple(turns))


def _event(point: Point, active: bool, value: float, at_ms: int, now_ms: int, settings: AlarmSettings, tell: Teller) -> Event:
    assert point.criterion is not None, "only points with a criterion have samples"
    fresh = now_ms - at_ms <= settings.announce.within_ms(point.rule.priority)
    return Event(at_ms, now_ms, tell(point, active, value, at_ms), fresh, None if isnan(value) else value, point.criterion.limit)


def allowed_ms(rule: SilenceRule, meter: Meter) -> int:
    """How long a meter may be quiet, milliseconds: several of its own intervals, but not less than the rule's least."""
    return max(rule.intervals * meter.reports_s, rule.at_least_s) * SECOND_MS


def evaluate_silence(
    point: Point, record: AlarmRecord, last_ms: Mapping[str, int], now_ms: int, tell: Teller, gone_ms: Mapping[str, int]
) -> Evaluated:
    """Judge the silence of one meter, or of a share of many, by the time of each one's newest reading.

    `last_ms` holds every meter of the point, `gone_ms` those that are gone by word of their devices: silent from then on. A
    meter's alarm ends with a reading (held for the off-delay), a share's by the clock.
    """
    rule = point.rule
    assert isinstance(rule, SilenceRule), "silence is judged for silence rules"
    overdue = {meter.id: last_ms[meter.id] + allowed_ms(rule, meter) for meter in point.meters}
    quiet_at = sorted(min(at, gone_ms.get(meter, at)) for meter, at in overdue.items())
    if rule.share is None:
        newest = last_ms[point.meters[0].id]
        return _turn(point, record, tell, now_ms, quiet_at[0], (now_ms - newest) / MINUTE_MS, newest if now_ms <= quiet_at[0] else None)
    quiet = sum(at < now_ms for at in quiet_at) / len(quiet_at)
    clears = rule.share / 2 if rule.clears_below is None else rule.clears_below
    begins = quiet_at[ceil(rule.share * len(quiet_at)) - 1]
    return _turn(point, record, tell, now_ms, begins, 100 * quiet, now_ms if quiet < clears else None)


def _turn(point: Point, record: AlarmRecord, tell: Teller, now_ms: int, begins: int, value: float, over_since: int | None) -> Evaluated:
    """Begin or end a silence.

    Args:
        point: the point.
        record: its record.
        tell: gives the sentence.
        now_ms: the clock.
        begins: when it counts as silent, before the on-delay.
        value: minutes without a reading, or percent of the meters.
        over_since: evidence that it has ended: the newest reading, or now; None while it lasts.

    """
    if not held_active(record):
        due = begins + point.rule.on_delay_s * SECOND_MS
        if now_ms <= due or over_since is not None:
            return Evaluated(PointState(record))
        step = become_active(record, Event(due, now_ms, tell(point, True, value, due), value=round(value, 1)))
        return Evaluated(PointState(step.record), step.transitions, ((due, True),))
    if over_since is None:
        return Evaluated(PointState(record if record.pending_since_ms is None else replace(record, pending_since_ms=None)))
    pending = over_since if record.pending_since_ms is None else record.pending_since_ms
    if over_since - pending < point.rule.off_delay_s * SECOND_MS:
        return Evaluated(PointState(record if pending == record.pending_since_ms else replace(record, pending_since_ms=pending)))
    step = become_normal(point.rule, record, Event(over_since, now_ms, tell(point, False, value, over_since)))
    return Evaluated(PointState(step.record), step.transitions, ((over_since, False),))

"""Alarms as people see them: a record with its rule, texts and numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mainsight.alarms.engine import Engine
from mainsight.alarms.points import Key, Point, Relief
from mainsight.alarms.rules import Priority, SilenceRule
from mainsight.alarms.settings import AlarmSettings
from mainsight.alarms.state import UNACKNOWLEDGED, Shown, held_active, shown
from mainsight.core.network import Text
from mainsight.core.zonetime import MINUTE_MS
from mainsight.store.alarm_port import AlarmRecord

_PRESSING = (
    Shown.UNACK,
    Shown.LATCHED_UNACK,
    Shown.RTNUN,
    Shown.ACKED,
    Shown.LATCHED_ACKED,
    Shown.SHLVD,
    Shown.DSUPR,
    Shown.OOSRV,
    Shown.NORM,
)


@dataclass(frozen=True, slots=True)
class AlarmSeries:
    """The series to draw with an alarm: of one meter, or of an asset's demand where meter is None."""

    meter: str | None
    asset: str
    quantity: str


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm as it stands.

    Attributes:
        incident: id of the present or last incident.
        state: shown state.
        condition: normal, active or unknown.
        since_ms: event time of the present condition; 0 where it has never changed.
        event_ms: event time of the newest sample or forecast that was judged; 0 where there is none.
        value, limit, unit: newest value (not of a silent meter: minutes without a reading) against its limit.
        suppressions: kind -> {reason, person, until_ms}.
        comment_required: whether acknowledging needs a comment.
        probability, lead_ms, expected_peak, peak_ms: of a prediction; lead counts from now.
        excess: of a prediction: by how much its P90 passes, `unit`.
        reliefs: neighbours that could take load over, the soonest first.

    """

    rule: str
    asset: str
    asset_name: Text
    name: Text
    kind: str
    zone: str | None
    incident: str
    state: str
    condition: str
    priority: str
    since_ms: int
    event_ms: int
    value: float | None
    limit: float | None
    unit: str | None
    text: Text
    cause: Text
    consequence: Text
    response: Text
    respond_within_min: int
    runbook: str
    suppressions: Mapping[str, Mapping[str, Any]]
    comment_required: bool
    probability: float | None
    lead_ms: int | None
    expected_peak: float | None
    peak_ms: int | None
    excess: float | None
    reliefs: tuple[Relief, ...]
    series: AlarmSeries | None


@dataclass(frozen=True, slots=True)
class AlarmNumbers:
    """Counts since the start."""

    raised: int
    announced: int
    late: int
    delivered: int
    retried: int
    given_up: int
    last_delivered_ms: int | None


@dataclass(frozen=True, slots=True)
class AlarmCounts:
    """How many alarms stand: unacknowledged, active (announced or not), shelved; the highest unacknowledged or active priority."""

    unacknowledged: int
    active: int
    shelved: int
    worst: str | None


def view(engine: Engine, key: Key, settings: AlarmSettings, now_ms: int) -> AlarmView:
    """Show one alarm.

    Raises:
        UnknownAlarmError: there is no such point.

    """
    record = engine.record(key)
    point = engine.points[key]
    rule, prediction = point.rule, engine.prediction(key)
    when_ms = prediction.limit_ms if prediction else None
    series = point.told_series()
    value, limit = _numbers(engine, point, now_ms)
    return AlarmView(
        rule=key.rule,
        asset=key.asset,
        asset_name=point.name,
        name=rule.name.text(),
        kind=rule.kind,
        zone=point.zone,
        incident=record.incident,
        state=shown(record).value,
        condition=record.condition,
        priority=record.priority,
        since_ms=record.since_ms,
        event_ms=engine.newest_ms(key),
        value=value,
        limit=limit,
        unit=point.unit or None,
        text=engine.sentence(key, now_ms),
        cause=rule.cause.text(),
        consequence=rule.consequence.text(),
        response=rule.response.text(),
        respond_within_min=rule.respond_within_min,
        runbook=rule.runbook,
        suppressions=record.suppressions,
        comment_required=Priority(record.priority).rank >= settings.comment_from.rank,
        probability=prediction.probability if prediction else None,
        lead_ms=when_ms - now_ms if when_ms is not None and prediction and prediction.first_ms is not None else None,
        expected_peak=prediction.expected_peak if prediction else None,
        peak_ms=prediction.peak_ms if prediction else None,
        excess=prediction.excess if prediction else None,
        reliefs=point.reliefs,
        series=AlarmSeries(series[0], point.asset, series[1]) if series else None,
    )


def _numbers(engine: Engine, point: Point, now_ms: int) -> tuple[float | None, float | None]:
    """Newest value and the limit it is held against."""
    prediction = engine.prediction(point.key)
    if prediction is not None:
        return prediction.expected_peak, prediction.limit
    silent = engine.silent_ms(point.key, now_ms)
    if silent is not None:
        return round(silent / MINUTE_MS, 1), None
    if isinstance(point.rule, SilenceRule):
        return round(100 * engine.silent_share(point.key, now_ms), 1), 100 * (point.rule.share or 0)
    return engine.value(point.key), point.criterion.limit if point.criterion else None


def pressing(views: Iterable[AlarmView]) -> list[AlarmView]:
    """Most pressing first: by state, then priority, then the latest."""
    return sorted(views, key=lambda v: (_PRESSING.index(Shown(v.state)), -Priority(v.priority).rank, -v.since_ms, v.rule, v.asset))


def counts(records: Iterable[AlarmRecord]) -> AlarmCounts:
    """Count alarms by what they ask of people."""
    unacknowledged = active = shelved = 0
    worst: Priority | None = None
    for record in records:
        state = shown(record)
        if state is Shown.NORM:
            continue
        unacknowledged += state in UNACKNOWLEDGED
        shelved += state is Shown.SHLVD
        active += held_active(record)
        if state in UNACKNOWLEDGED or state is Shown.ACKED:
            worst = max(worst or Priority.LOW, Priority(record.priority), key=lambda p: p.rank)
    return AlarmCounts(unacknowledged, active, shelved, worst.value if worst else None)

"""Alarms of the service as the API shows them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.schemas.alarms import Alarm, AlarmDetail, AlarmName, AlarmSeries, DeliveryView, Relief, Suppression, TransitionView
from api.schemas.base import Text
from api.schemas.overview import AlarmCounts
from mainsight.alarms.rules import Priority
from mainsight.alarms.service import AlarmView
from mainsight.alarms.state import UNACKNOWLEDGED, Shown
from mainsight.store.alarm_port import Delivery, Transition


def counted(views: Iterable[AlarmView]) -> AlarmCounts:
    """Count some alarms by what is asked of people, as `AlarmService.counts` counts all."""
    standing = [view for view in views if view.state != Shown.NORM]
    pressing = [Priority(view.priority) for view in standing if view.state in {*UNACKNOWLEDGED, Shown.ACKED}]
    return AlarmCounts(
        unacknowledged=sum(view.state in UNACKNOWLEDGED for view in standing),
        active=sum(view.condition == "active" for view in standing),
        shelved=sum(view.state == Shown.SHLVD for view in standing),
        worst=max(pressing, key=lambda p: p.rank).value if pressing else None,
    )


def alarm(view: AlarmView) -> Alarm:
    """Show an alarm."""
    series = None
    if view.series is not None:
        series = AlarmSeries(meter=view.series.meter, asset=view.series.asset, quantity=view.series.quantity)
    return Alarm(
        rule=view.rule,
        asset=view.asset,
        asset_name=Text.of(view.asset_name),
        kind=view.kind,
        zone=view.zone,
        state=view.state,
        condition=view.condition,
        priority=view.priority,
        since_ms=view.since_ms,
        event_ms=view.event_ms,
        value=view.value,
        limit=view.limit,
        unit=view.unit,
        text=Text.of(view.text),
        cause=Text.of(view.cause),
        consequence=Text.of(view.consequence),
        response=Text.of(view.response),
        respond_within_min=view.respond_within_min,
        runbook=view.runbook,
        suppressions={kind: _suppression(held) for kind, held in view.suppressions.items()},
        comment_required=view.comment_required,
        probability=view.probability,
        lead_ms=view.lead_ms,
        expected_peak=view.expected_peak,
        peak_ms=view.peak_ms,
        excess=view.excess,
        reliefs=[Relief(source=r.source, name=Text.of(r.name), capacity=r.capacity, minutes=r.minutes) for r in view.reliefs],
        series=series,
    )


def _suppression(held: Mapping[str, Any]) -> Suppression:
    by = held.get("by")
    name = None if by is None else AlarmName(rule=by[0], asset=by[1])
    return Suppression(reason=held["reason"], person=held["person"], until_ms=held["until_ms"], by=name)


def detail(view: AlarmView, transitions: Sequence[Transition], deliveries: Sequence[Delivery]) -> AlarmDetail:
    """Show an alarm with its history."""
    return AlarmDetail(
        **alarm(view).model_dump(),
        history=[
            TransitionView(
                event_ms=item.event_ms,
                known_ms=item.known_ms,
                before=item.before,
                after=item.after,
                announced=item.announced,
                person=item.person,
                comment=item.comment,
                value=item.value,
                text=Text(vi=item.text_vi, en=item.text_en),
            )
            for item in transitions
        ],
        deliveries=[delivery(item) for item in deliveries],
    )


def delivery(item: Delivery) -> DeliveryView:
    """Show what became of telling one target."""
    return DeliveryView(transition=item.transition, target=item.target, status=item.status, attempts=item.attempts, receipt=item.receipt)

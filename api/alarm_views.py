"""Alarms of the service as the API shows them."""

from collections.abc import Sequence

from api.schemas.alarms import Alarm, AlarmDetail, AlarmSeries, DeliveryView, Suppression, TransitionView
from api.schemas.base import Text
from mainsight.alarms.service import AlarmView
from mainsight.store.state_port import Delivery, Transition


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
        suppressions={kind: Suppression(**held) for kind, held in view.suppressions.items()},
        comment_required=view.comment_required,
        probability=view.probability,
        lead_ms=view.lead_ms,
        expected_peak=view.expected_peak,
        peak_ms=view.peak_ms,
        series=series,
    )


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
        deliveries=[
            DeliveryView(transition=item.transition, target=item.target, status=item.status, attempts=item.attempts, receipt=item.receipt)
            for item in deliveries
        ],
    )

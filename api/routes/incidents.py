"""Looking back at alarms: incidents with their time line, and how good the alarms were."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.alarm_quality import quality
from api.auth import VIEWING, Viewer
from api.problems import RESPONSES, Problem
from api.schemas.base import Text
from api.schemas.rules import AlarmMetricsView, IncidentAlarm, Incidents, IncidentView, TimelineEntry
from api.services import Services, services
from mainsight.alarms.incidents import Incident
from mainsight.alarms.points import Key, name_of
from mainsight.alarms.retrospect import MONTH_MS
from mainsight.core.topology import zone_of
from mainsight.core.zonetime import DAY_S, SECOND_MS

router = APIRouter(tags=["alarms"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
Instant = Annotated[int | None, Query(ge=0, le=2**53, description="UTC ms")]
_DAY_MS = DAY_S * SECOND_MS
_MOST_MS = 400 * _DAY_MS


@router.get("/incidents")
async def incidents(
    deps: Deps, who: Viewer, start: Instant = None, end: Instant = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> Incidents:
    """Alarms of one cause together, each with its time line, latest first; of the last 7 days where no time is given."""
    now = deps.clock()
    start_ms, end_ms = _range(start, end, now, 7 * _DAY_MS)
    found = deps.alarms.incidents(await deps.retrospect.transitions(start_ms, end_ms))
    seen = [one for one in found if any(who.sees(_zone(deps, key.asset)) for key in one.alarms)]
    return Incidents(items=[_shown(deps, one) for one in seen[:limit]], now_ms=now)


@router.get("/alarm-metrics", dependencies=[VIEWING])
async def alarm_metrics(deps: Deps, start: Instant = None, end: Instant = None) -> AlarmMetricsView:
    """Quality of the alarms against its targets, with proposals; of the last 30 days where no time is given."""
    start_ms, end_ms = _range(start, end, deps.clock(), MONTH_MS)
    return quality(await deps.retrospect.metrics(start_ms, end_ms), start_ms, end_ms)


def _range(start: int | None, end: int | None, now: int, default_ms: int) -> tuple[int, int]:
    end_ms = now + 1 if end is None else end
    start_ms = end_ms - default_ms if start is None else start
    if not 0 < end_ms - start_ms <= _MOST_MS:
        raise Problem(422, "the stretch must end after its start, and be of 400 days at most", "query/end")
    return start_ms, end_ms


def _zone(deps: Services, asset: str) -> str | None:
    try:
        return zone_of(deps.network, asset)
    except KeyError:  # the province, a gateway, or what the registry has no longer
        return None


def _shown(deps: Services, one: Incident) -> IncidentView:
    return IncidentView(
        root=_alarm(deps, one.root),
        start_ms=one.start_ms,
        end_ms=one.end_ms,
        priority=one.priority.value,
        announced=one.announced,
        alarms=[_alarm(deps, key) for key in one.alarms],
        timeline=[
            TimelineEntry(
                event_ms=t.event_ms,
                rule=t.rule,
                asset=t.asset,
                before=t.before,
                after=t.after,
                announced=t.announced,
                person=t.person,
                comment=t.comment,
                text=Text(vi=t.text_vi, en=t.text_en),
            )
            for t in one.timeline
        ],
    )


def _alarm(deps: Services, key: Key) -> IncidentAlarm:
    try:
        name = Text.of(name_of(deps.network, key.asset))
    except KeyError:  # the registry has it no longer
        name = Text(vi=key.asset, en=key.asset)
    return IncidentAlarm(rule=key.rule, asset=key.asset, asset_name=name)

"""Planned outages: notices that keep expected alarms quiet."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.access.callers import Role
from api.auth import CHANGES, OperatorSomewhere, Viewer, allow
from api.problems import RESPONSES, Problem, not_found
from api.schemas.base import Text
from api.schemas.outages import PlannedOutage, PlannedOutages, PlanOutage
from api.services import Services, services
from mainsight.alarms.inhibit import PLANNED_OUTAGE
from mainsight.alarms.outages import OutageError, check_outage
from mainsight.alarms.points import name_of
from mainsight.core.topology import zone_of
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.store import rule_port

router = APIRouter(tags=["alarms"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
_PAST_MS = 30 * DAY_S * SECOND_MS


@router.get("/planned-outages")
async def planned_outages(
    deps: Deps,
    who: Viewer,
    asset: str | None = None,
    start: Annotated[int | None, Query(ge=0, le=2**53, description="UTC ms; 30 days ago by default")] = None,
    end: Annotated[int | None, Query(ge=0, le=2**53, description="UTC ms; without end by default")] = None,
) -> PlannedOutages:
    """Notices that touch a stretch of time, withdrawn ones included."""
    now = deps.clock()
    found = await deps.state.planned_outages(now - _PAST_MS if start is None else start, end)
    return PlannedOutages(
        items=[_shown(deps, one, now) for one in found if asset in {None, one.asset} and who.sees(_zone(deps, one.asset))], now_ms=now
    )


@router.post("/planned-outages", status_code=201, responses=CHANGES)
async def plan(deps: Deps, who: OperatorSomewhere, body: PlanOutage) -> PlannedOutage:
    """Give notice of an outage: in force within seconds, and from its start to its end."""
    now = deps.clock()
    name = f"outage-{secrets.token_hex(6)}"
    outage = rule_port.PlannedOutage(name, body.asset, body.start_ms, body.end_ms, body.reason.vi, body.reason.en, who.name, now)
    try:
        check_outage(outage, deps.network)
    except OutageError as error:
        raise Problem(422, str(error), f"body/{error.field}") from error
    allow(who, Role.OPERATOR, _zone(deps, body.asset))
    await deps.state.plan_outage(outage)
    who.tell("plan outage", f"planned-outage/{name}", after=f"{body.asset} {body.start_ms}-{body.end_ms}")
    return _shown(deps, outage, now)


@router.post("/planned-outages/{outage_id}/withdraw", responses=CHANGES)
async def withdraw(deps: Deps, who: OperatorSomewhere, outage_id: str) -> PlannedOutage:
    """Take a notice back; what it kept quiet and is still active is announced within seconds."""
    now = deps.clock()
    found = next((one for one in await deps.state.planned_outages() if one.id == outage_id), None)
    if found is None:
        raise not_found("planned outage", outage_id)
    allow(who, Role.OPERATOR, _zone(deps, found.asset))
    outage = await deps.state.withdraw_outage(outage_id, now, who.name)
    assert outage is not None, "notices are never deleted"
    who.tell("withdraw outage", f"planned-outage/{outage_id}", before="planned", after="withdrawn")
    return _shown(deps, outage, now)


def _zone(deps: Services, asset: str) -> str | None:
    try:
        return zone_of(deps.network, asset)
    except KeyError:  # the province, or what the registry has no longer
        return None


def _shown(deps: Services, outage: rule_port.PlannedOutage, now: int) -> PlannedOutage:
    try:
        name = Text.of(name_of(deps.network, outage.asset))
    except KeyError:  # the registry has it no longer
        name = Text(vi=outage.asset, en=outage.asset)
    quiet = [PLANNED_OUTAGE, outage.asset]
    held = (view.suppressions.get("by_design", {}) for view in deps.alarms.views()) if outage.covers(now) else ()
    return PlannedOutage(
        id=outage.id,
        asset=outage.asset,
        asset_name=name,
        start_ms=outage.start_ms,
        end_ms=outage.end_ms,
        reason=Text(vi=outage.reason_vi, en=outage.reason_en),
        person=outage.person,
        created_ms=outage.created_ms,
        withdrawn_ms=outage.withdrawn_ms,
        withdrawn_by=outage.withdrawn_by,
        state=_state(outage, now),
        suppressed=sum(one.get("by") == quiet for one in held),
    )


def _state(outage: rule_port.PlannedOutage, now: int) -> str:
    if outage.withdrawn_ms is not None:
        return "withdrawn"
    if now < outage.start_ms:
        return "planned"
    return "under_way" if now < outage.end_ms else "over"

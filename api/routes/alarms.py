"""Alarms: what is open, its history, and what people do about it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from api.alarm_views import alarm, detail
from api.auth import Operator
from api.problems import RESPONSES, Problem, not_found
from api.schemas.alarms import Acknowledge, Alarm, AlarmDetail, Alarms, Shelve, Unshelve
from api.services import Services, services
from mainsight.alarms.service import ActionError, AlarmView, UnknownAlarmError
from mainsight.store.state_port import AuditEntry

router = APIRouter(tags=["alarms"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
_KEYED: dict[int | str, dict[str, object]] = {
    401: {"description": "No valid API key"},
    403: {"description": "The key's role is too low"},
    409: {"description": "Not possible in the alarm's present state"},
    504: {"description": "Noted, and done as soon as the process that judges alarms runs again"},
}
State = Literal["open", "all", "NORM", "UNACK", "ACKED", "RTNUN", "SHLVD", "DSUPR", "OOSRV", "LATCHED-UNACK", "LATCHED-ACKED"]


@router.get("/alarms")
def alarms(
    deps: Deps,
    state: Annotated[State, Query(description="open: all but NORM")] = "open",
    zone: str | None = None,
) -> Alarms:
    """Alarms by state, most pressing first."""
    shown = [view for view in deps.alarms.views() if _wanted(view.state, state) and (zone is None or view.zone == zone)]
    return Alarms(items=[alarm(view) for view in shown], now_ms=deps.clock())


def _wanted(state: str, asked: str) -> bool:
    return asked == "all" or (state != "NORM" if asked == "open" else state == asked)


@router.get("/alarms/{rule}/{asset}")
async def one(deps: Deps, rule: str, asset: str) -> AlarmDetail:
    """One alarm with its transitions and deliveries."""
    view = _view(deps, rule, asset)
    transitions = await deps.state.transitions(rule=rule, asset=asset, limit=200)
    deliveries = [item for transition in transitions if transition.announced for item in await deps.state.deliveries(transition.id)]
    return detail(view, transitions, deliveries)


@router.post("/alarms/{rule}/{asset}/acknowledge", responses=_KEYED)
async def acknowledge(deps: Deps, key: Operator, rule: str, asset: str, body: Acknowledge) -> Alarm:
    """Take note of an alarm; the key's name is the person."""
    before = _view(deps, rule, asset)
    try:
        await deps.alarms.acknowledge(rule, asset, person=key.name, comment=body.comment)
    except ActionError as error:
        raise Problem(409, str(error), "body/comment") from error
    return await _done(deps, key.name, "acknowledge", before, body.comment)


@router.post("/alarms/{rule}/{asset}/shelve", responses=_KEYED)
async def shelve(deps: Deps, key: Operator, rule: str, asset: str, body: Shelve) -> Alarm:
    """Keep an alarm quiet for some hours, with a reason."""
    before = _view(deps, rule, asset)
    try:
        await deps.alarms.shelve(rule, asset, person=key.name, reason=body.reason, hours=body.hours)
    except ActionError as error:
        raise Problem(409, str(error), "body/hours") from error
    return await _done(deps, key.name, "shelve", before, f"{body.reason} ({body.hours:g} h)")


@router.post("/alarms/{rule}/{asset}/unshelve", responses=_KEYED)
async def unshelve(deps: Deps, key: Operator, rule: str, asset: str, body: Unshelve) -> Alarm:
    """Take an alarm off the shelf before its time."""
    before = _view(deps, rule, asset)
    try:
        await deps.alarms.unshelve(rule, asset, person=key.name, comment=body.comment)
    except ActionError as error:
        raise Problem(409, str(error)) from error
    return await _done(deps, key.name, "unshelve", before, body.comment)


def _view(deps: Services, rule: str, asset: str) -> AlarmView:
    try:
        return deps.alarms.view(rule, asset)
    except UnknownAlarmError:
        raise not_found("alarm", f"{rule} on {asset}") from None


async def _done(deps: Services, person: str, action: str, before: AlarmView, comment: str) -> Alarm:
    after = deps.alarms.view(before.rule, before.asset)
    subject = f"alarm/{before.rule}/{before.asset}"
    await deps.state.audit(AuditEntry(deps.clock(), person, action, subject, before.state, f"{after.state}: {comment}"))
    return alarm(after)

"""Alarms: what is open, its history, and what people do about it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from api.access.callers import Caller
from api.alarm_views import alarm, detail
from api.auth import CHANGES, VIEWING, Operator, Viewer
from api.paging import Cursor, paged
from api.problems import RESPONSES, Problem, not_found
from api.schemas.alarms import Acknowledge, Alarm, AlarmDetail, Alarms, Comment, OutOfService, Shelve
from api.services import Services, services
from mainsight.alarms.pager import is_step
from mainsight.alarms.service import ActionError, AlarmView, UnknownAlarmError

router = APIRouter(tags=["alarms"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
_ACTS: dict[int | str, dict[str, object]] = {
    **CHANGES,
    504: {"description": "Noted, and done as soon as the process that judges alarms runs again"},
}
Priority = Literal["low", "medium", "high", "critical"]
State = Literal["open", "all", "NORM", "UNACK", "ACKED", "RTNUN", "SHLVD", "DSUPR", "OOSRV", "LATCHED-UNACK", "LATCHED-ACKED"]


@router.get("/alarms")
def alarms(
    deps: Deps,
    who: Viewer,
    state: Annotated[State, Query(description="open: all but NORM, and but DSUPR whose condition is normal")] = "open",
    zone: str | None = None,
    priority: Priority | None = None,
    limit: Annotated[int, Query(ge=1, le=2000)] = 500,
    cursor: Cursor = None,
) -> Alarms:
    """Alarms by state, zone and priority, most pressing first, a page at a time: one that moves between pages may show twice."""
    found = [
        view
        for view in deps.alarms.views()
        if _wanted(view, state) and zone in {None, view.zone} and priority in {None, view.priority} and who.sees(view.zone)
    ]
    page, after = paged(found, lambda view: f"{view.rule}/{view.asset}", cursor, limit)
    return Alarms(items=[alarm(view) for view in page], now_ms=deps.clock(), total=len(found), next=after)


def _wanted(view: AlarmView, asked: str) -> bool:
    if asked != "open":
        return asked in {"all", view.state}
    # What a cause above keeps quiet and would be quiet anyway has nothing to tell.
    return view.state != "NORM" and not (view.state == "DSUPR" and view.condition == "normal")


@router.get("/alarms/{rule}/{asset}", dependencies=[VIEWING])
async def one(
    deps: Deps,
    rule: str,
    asset: str,
    before_ms: Annotated[int | None, Query(ge=0, le=4_102_444_800_000, description="history before this event time only")] = None,
) -> AlarmDetail:
    """One alarm with its latest 200 transitions, or those before an instant, and their deliveries."""
    view = _view(deps, rule, asset)
    transitions = await deps.state.transitions(rule=rule, asset=asset, end_ms=before_ms, limit=200)
    deliveries = [
        item
        for transition in transitions
        if transition.announced or is_step(transition)
        for item in await deps.state.deliveries(transition.id)
    ]
    return detail(view, transitions, deliveries)


@router.post("/alarms/{rule}/{asset}/acknowledge", responses=_ACTS)
async def acknowledge(deps: Deps, who: Operator, rule: str, asset: str, body: Acknowledge) -> Alarm:
    """Take note of an alarm; whoever asks is the person."""
    before = _begun(deps, who, "acknowledge", rule, asset, body.comment)
    try:
        await deps.alarms.acknowledge(rule, asset, person=who.name, comment=body.comment)
    except ActionError as error:
        raise Problem(409, str(error), "body/comment") from error
    return _done(deps, who, "acknowledge", before, body.comment)


@router.post("/alarms/{rule}/{asset}/shelve", responses=_ACTS)
async def shelve(deps: Deps, who: Operator, rule: str, asset: str, body: Shelve) -> Alarm:
    """Keep an alarm quiet for some hours, with a reason."""
    comment = f"{body.reason} ({body.hours:g} h)"
    before = _begun(deps, who, "shelve", rule, asset, comment)
    try:
        await deps.alarms.shelve(rule, asset, person=who.name, reason=body.reason, hours=body.hours)
    except ActionError as error:
        raise Problem(409, str(error), "body/hours") from error
    return _done(deps, who, "shelve", before, comment)


@router.post("/alarms/{rule}/{asset}/unshelve", responses=_ACTS)
async def unshelve(deps: Deps, who: Operator, rule: str, asset: str, body: Comment) -> Alarm:
    """Take an alarm off the shelf before its time."""
    before = _begun(deps, who, "unshelve", rule, asset, body.comment)
    try:
        await deps.alarms.unshelve(rule, asset, person=who.name, comment=body.comment)
    except ActionError as error:
        raise Problem(409, str(error)) from error
    return _done(deps, who, "unshelve", before, body.comment)


@router.post("/alarms/{rule}/{asset}/reset", responses=_ACTS)
async def reset(deps: Deps, who: Operator, rule: str, asset: str, body: Comment) -> Alarm:
    """Let go of a latched alarm that is acknowledged and whose condition is over."""
    before = _begun(deps, who, "reset", rule, asset, body.comment)
    try:
        await deps.alarms.reset(rule, asset, person=who.name, comment=body.comment)
    except ActionError as error:
        raise Problem(409, str(error)) from error
    return _done(deps, who, "reset", before, body.comment)


@router.post("/alarms/{rule}/{asset}/out-of-service", responses=_ACTS)
async def out_of_service(deps: Deps, who: Operator, rule: str, asset: str, body: OutOfService) -> Alarm:
    """Stop an alarm's announcements until somebody returns it to service; what it would take along is heard again."""
    before = _begun(deps, who, "take out of service", rule, asset, body.reason)
    try:
        await deps.alarms.take_out_of_service(rule, asset, person=who.name, reason=body.reason)
    except ActionError as error:
        raise Problem(409, str(error), "body/reason") from error
    return _done(deps, who, "take out of service", before, body.reason)


@router.post("/alarms/{rule}/{asset}/return", responses=_ACTS)
async def return_to_service(deps: Deps, who: Operator, rule: str, asset: str, body: Comment) -> Alarm:
    """Return an alarm to service; what is still active is announced."""
    before = _begun(deps, who, "return to service", rule, asset, body.comment)
    try:
        await deps.alarms.return_to_service(rule, asset, person=who.name, comment=body.comment)
    except ActionError as error:
        raise Problem(409, str(error)) from error
    return _done(deps, who, "return to service", before, body.comment)


def _view(deps: Services, rule: str, asset: str) -> AlarmView:
    try:
        return deps.alarms.view(rule, asset)
    except UnknownAlarmError:
        raise not_found("alarm", f"{rule} on {asset}") from None


def _begun(deps: Services, who: Caller, action: str, rule: str, asset: str, comment: str) -> AlarmView:
    """Write down what is asked before it is done: the answer may not come."""
    before = _view(deps, rule, asset)
    who.tell(action, f"alarm/{rule}/{asset}", before.state, comment)
    return before


def _done(deps: Services, who: Caller, action: str, before: AlarmView, comment: str) -> Alarm:
    after = deps.alarms.view(before.rule, before.asset)
    who.tell(action, f"alarm/{before.rule}/{before.asset}", before.state, f"{after.state}: {comment}")
    return alarm(after)

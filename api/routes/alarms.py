"""Alarms: what is open, its history, and what people do about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.access.callers import Caller
from api.alarm_views import alarm, detail
from api.auth import CHANGES, VIEWING, Operator, Viewer
from api.paging import Cursor, paged
from api.problems import RESPONSES, Problem, not_found
from api.schemas.alarms import Acknowledge, Alarm, AlarmDetail, Alarms, Comment, OutOfService, Shelve
from api.services import Services, services
from api.shared import Shared
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


@router.get("/alarms", response_model=Alarms)
async def alarms(
    deps: Deps,
    shared: Shared,
    who: Viewer,
    state: Annotated[State, Query(description="open: all but NORM, and but DSUPR whose condition is normal")] = "open",
    zone: str | None = None,
    priority: Priority | None = None,
    limit: Annotated[int, Query(ge=1, le=2000)] = 500,
    cursor: Cursor = None,
) -> Response:
    """Alarms by state, zone and priority, most pressing first, a page at a time: one that moves between pages may show twice."""

    async def made() -> Alarms:
        found = [
            view
            for view in deps.alarms.views()
            if _wanted(view, state) and zone in {None, view.zone} and priority in {None, view.priority} and who.sees(view.zone)
        ]
        page, after = paged(found, lambda view: f"{view.rule}/{view.asset}", cursor, limit)
        return Alarms(items=[alarm(view) for view in page], now_ms=deps.clock(), total=len(found), next=after)

    return await shared.get(("alarms", who.zones, state, zone, priority, limit, cursor), made)


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
    asked = _Asked(who, "acknowledge", rule, asset, body.comment, "body/comment")
    return await _done(deps, asked, lambda: deps.alarms.acknowledge(rule, asset, person=who.name, comment=body.comment))


@router.post("/alarms/{rule}/{asset}/shelve", responses=_ACTS)
async def shelve(deps: Deps, who: Operator, rule: str, asset: str, body: Shelve) -> Alarm:
    """Keep an alarm quiet for some hours, with a reason; a critical one when a second person asks for the same."""
    asked = _Asked(who, "shelve", rule, asset, f"{body.reason} ({body.hours:g} h)", "body/hours")
    return await _done(deps, asked, lambda: deps.alarms.shelve(rule, asset, person=who.name, reason=body.reason, hours=body.hours))


@router.post("/alarms/{rule}/{asset}/unshelve", responses=_ACTS)
async def unshelve(deps: Deps, who: Operator, rule: str, asset: str, body: Comment) -> Alarm:
    """Take an alarm off the shelf before its time."""
    asked = _Asked(who, "unshelve", rule, asset, body.comment)
    return await _done(deps, asked, lambda: deps.alarms.unshelve(rule, asset, person=who.name, comment=body.comment))


@router.post("/alarms/{rule}/{asset}/reset", responses=_ACTS)
async def reset(deps: Deps, who: Operator, rule: str, asset: str, body: Comment) -> Alarm:
    """Let go of a latched alarm that is acknowledged and whose condition is over."""
    asked = _Asked(who, "reset", rule, asset, body.comment)
    return await _done(deps, asked, lambda: deps.alarms.reset(rule, asset, person=who.name, comment=body.comment))


@router.post("/alarms/{rule}/{asset}/out-of-service", responses=_ACTS)
async def out_of_service(deps: Deps, who: Operator, rule: str, asset: str, body: OutOfService) -> Alarm:
    """Stop an alarm's announcements until somebody returns it to service; what it would take along is heard again."""
    asked = _Asked(who, "take out of service", rule, asset, body.reason, "body/reason")
    return await _done(deps, asked, lambda: deps.alarms.take_out_of_service(rule, asset, person=who.name, reason=body.reason))


@router.post("/alarms/{rule}/{asset}/return", responses=_ACTS)
async def return_to_service(deps: Deps, who: Operator, rule: str, asset: str, body: Comment) -> Alarm:
    """Return an alarm to service; what is still active is announced."""
    asked = _Asked(who, "return to service", rule, asset, body.comment)
    return await _done(deps, asked, lambda: deps.alarms.return_to_service(rule, asset, person=who.name, comment=body.comment))


def _view(deps: Services, rule: str, asset: str) -> AlarmView:
    try:
        return deps.alarms.view(rule, asset)
    except UnknownAlarmError:
        raise not_found("alarm", f"{rule} on {asset}") from None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What somebody asks of an alarm; `pointer` names the field to mend when it is refused."""

    who: Caller
    action: str
    rule: str
    asset: str
    comment: str
    pointer: str | None = None


async def _done(deps: Services, asked: _Asked, do: Callable[[], Awaitable[AlarmView]]) -> Alarm:
    """Do it, written down before and after: the answer may not come."""
    subject, before = f"alarm/{asked.rule}/{asked.asset}", _view(deps, asked.rule, asked.asset)
    asked.who.tell(asked.action, subject, before.state, asked.comment)
    try:
        after = await do()
    except ActionError as error:
        raise Problem(409, str(error), asked.pointer) from error
    asked.who.tell(asked.action, subject, before.state, f"{after.state}: {asked.comment}")
    return alarm(after)

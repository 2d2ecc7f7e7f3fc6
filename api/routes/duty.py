"""On-call duty: who is told now, who stands in, and a page that proves the chain."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends

from api.access.callers import Caller, Role
from api.alarm_views import delivery
from api.auth import CHANGES, Viewer, needs
from api.problems import RESPONSES, Problem, not_found
from api.schemas.duty import Duty, EscalationLevel, MakeStandIn, OnDuty, StandIn, Test
from api.services import Services, services
from mainsight.alarms.duty import Rota, on_duty
from mainsight.alarms.pager import TEST_PAGE, test_page
from mainsight.alarms.recipients import Recipients
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.store.duty_port import DutyOverride

router = APIRouter(tags=["alarms"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
OperatorOfAll = Annotated[Caller, needs(Role.OPERATOR, "all")]
_PAST_MS = 30 * DAY_S * SECOND_MS
_LONGEST_MS = 60 * DAY_S * SECOND_MS


@router.get("/duty")
async def duty(deps: Deps, who: Viewer) -> Duty:
    """Who is on duty now, the levels of escalation, stand-ins of the last 30 days and to come, the latest test page."""
    del who  # people on duty belong to no zone
    now, settings = deps.clock(), deps.alarm_settings
    overrides = await deps.state.duty_overrides(now - _PAST_MS)
    return Duty(
        rotas=[_on_duty(deps, rota, overrides, now) for rota in settings.duty.rotas],
        levels=[EscalationLevel(to=list(level.to), after_min=dict(level.after_min)) for level in settings.duty.levels],
        repeat_min=dict(settings.duty.repeat_min),
        targets=[target.name for target in settings.targets],
        stand_ins=[_stand_in(one, now) for one in overrides],
        test=await _latest_test(deps),
        now_ms=now,
    )


@router.post("/duty/stand-ins", status_code=201, responses=CHANGES)
async def stand_in(deps: Deps, who: OperatorOfAll, body: MakeStandIn) -> StandIn:
    """Let somebody stand in: in force within seconds, from its start to its end; the one made last counts."""
    now, settings = deps.clock(), deps.alarm_settings
    for name, known, pointer in (
        (body.rota, [rota.id for rota in settings.duty.rotas], "body/rota"),
        (body.target, [target.name for target in settings.targets], "body/target"),
    ):
        if name not in known:
            raise Problem(422, f"there is no {pointer.removeprefix('body/')} {name!r}; there are: {', '.join(known) or 'none'}", pointer)
    if not max(body.start_ms, now) < body.end_ms <= body.start_ms + _LONGEST_MS:
        raise Problem(422, "the end must lie after the start and after now, and at most 60 days after the start", "body/end_ms")
    made = DutyOverride(f"stand-in-{secrets.token_hex(6)}", body.rota, body.target, body.start_ms, body.end_ms, body.reason, who.name, now)
    await deps.state.stand_in(made)
    who.tell("stand in", f"duty/{body.rota}", after=f"{body.target} {body.start_ms}-{body.end_ms}: {body.reason}")
    return _stand_in(made, now)


@router.post("/duty/stand-ins/{stand_in_id}/withdraw", responses=CHANGES)
async def withdraw(deps: Deps, who: OperatorOfAll, stand_in_id: str) -> StandIn:
    """Take a stand-in back: the rota's own turn counts again within seconds."""
    found = await deps.state.withdraw_stand_in(stand_in_id, deps.clock(), who.name)
    if found is None:
        raise not_found("stand-in", stand_in_id)
    who.tell("withdraw stand-in", f"duty/{found.rota}", before=f"{found.target} {found.start_ms}-{found.end_ms}")
    return _stand_in(found, deps.clock())


@router.post("/duty/test-page", status_code=202, responses=CHANGES)
async def send_test_page(deps: Deps, who: OperatorOfAll) -> Test:
    """Send a test page to whoever would be told of an alarm now; `GET /duty` shows what became of it."""
    now = deps.clock()
    recipients = Recipients(deps.alarm_settings)
    recipients.overrides = await deps.state.duty_overrides(now)
    pages, deliveries = test_page(secrets.token_hex(12), deps.network.id, recipients, now)
    if not deliveries:
        raise Problem(409, "nobody would be told: alarms.targets in the settings names no target")
    await deps.state.save_alarms([], pages, deliveries)
    who.tell("send test page", "duty/test-page")
    return Test(sent_ms=now, deliveries=[delivery(one) for one in deliveries])


def _on_duty(deps: Services, rota: Rota, overrides: list[DutyOverride], now: int) -> OnDuty:
    shift = on_duty(rota, now, overrides)
    persons = {target.name: target.signs_as for target in deps.alarm_settings.targets}
    return OnDuty(
        rota=rota.id,
        timezone=rota.timezone,
        target=shift.target,
        person=persons[shift.target],
        since_ms=shift.start_ms,
        until_ms=shift.end_ms,
        next_target=on_duty(rota, shift.end_ms, overrides).target,
        override=shift.override,
    )


def _stand_in(one: DutyOverride, now: int) -> StandIn:
    state = (
        "withdrawn" if one.withdrawn_ms is not None else "planned" if now < one.start_ms else "under_way" if now < one.end_ms else "over"
    )
    return StandIn(
        id=one.id,
        rota=one.rota,
        target=one.target,
        start_ms=one.start_ms,
        end_ms=one.end_ms,
        reason=one.reason,
        person=one.person,
        made_ms=one.made_ms,
        withdrawn_ms=one.withdrawn_ms,
        withdrawn_by=one.withdrawn_by,
        state=state,
    )


async def _latest_test(deps: Services) -> Test | None:
    found = await deps.state.transitions(rule=TEST_PAGE, asset=deps.network.id, limit=1)
    if not found:
        return None
    return Test(sent_ms=found[0].known_ms, deliveries=[delivery(one) for one in await deps.state.deliveries(found[0].id)])

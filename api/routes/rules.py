"""Alarm rules: looked at, checked, tried on the past, saved, switched."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from api.alarm_quality import quality
from api.auth import CHANGES, VIEWING, Administrator, Planner
from api.problems import RESPONSES, Problem, not_found
from api.schemas.base import Text
from api.schemas.rules import (
    RuleDetail,
    RuleProblem,
    Rules,
    RulesChecked,
    RuleText,
    RuleVersion,
    RuleView,
    SaveRule,
    SwitchRule,
    Trial,
    TriedTransition,
    TryRules,
)
from api.services import Services, services
from mainsight.alarms.rulebook import Entry, definition_of
from mainsight.alarms.ruledesk import RuleConflictError, TrialTooLongError, UnknownRuleError
from mainsight.alarms.rulefile import RuleError
from mainsight.alarms.state import Shown

router = APIRouter(tags=["rules"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
_SHOWN_TRANSITIONS = 5_000


@router.get("/rules", dependencies=[VIEWING])
async def rules(deps: Deps) -> Rules:
    """All rules with where they come from, whether they are on, and how many alarms they have."""
    alarms, standing = _counts(deps)
    return Rules(items=[RuleView(**_shown(entry, alarms, standing)) for entry in await deps.rules.book()], now_ms=deps.clock())


@router.get("/rules/{rule}", dependencies=[VIEWING])
async def one(deps: Deps, rule: str) -> RuleDetail:
    """One rule with its edits."""
    entry = (await deps.rules.book()).get(rule)
    if entry is None:
        raise not_found("rule", rule)
    history = [
        RuleVersion(version=edit.version, enabled=edit.enabled, definition=edit.definition, person=edit.person, at_ms=edit.at_ms)
        for edit in await deps.rules.history(rule)
    ]
    return RuleDetail(**_shown(entry, *_counts(deps)), history=history)


@router.post("/rules/check", responses=CHANGES)
async def check(deps: Deps, who: Planner, body: RuleText) -> RulesChecked:
    """Say what is wrong with rules, line by line; nothing is kept."""
    checked = await deps.rules.check(body.text.encode())
    who.tell("check rules", "rules", after=f"{len(checked.problems)} problems")
    return RulesChecked(
        definitions=[definition_of(rule) for rule in checked.rules],
        problems=[RuleProblem(line=p.line, key=p.key, what=p.what, mend=p.mend) for p in checked.problems],
    )


@router.post("/rules/try", responses=CHANGES)
async def try_out(deps: Deps, who: Planner, body: TryRules) -> Trial:
    """Say what rules would have done over stored history; nothing is switched on."""
    who.tell("try rules", "rules", after=f"{body.start_ms}-{body.end_ms}")
    try:
        trial = await deps.rules.try_out(body.text.encode(), body.start_ms, body.end_ms)
    except (RuleError, TrialTooLongError) as error:
        raise Problem(422, str(error), "body/text" if isinstance(error, RuleError) else "body/end_ms") from error
    replayed = trial.replayed
    return Trial(
        start_ms=body.start_ms,
        end_ms=body.end_ms,
        readings=trial.readings,
        count=len(replayed.transitions),
        transitions=[
            TriedTransition(
                event_ms=t.event_ms,
                rule=t.rule,
                asset=t.asset,
                before=t.before,
                after=t.after,
                priority=t.priority,
                announced=t.announced,
                value=t.value,
                limit=t.limit,
                text=Text(vi=t.text_vi, en=t.text_en),
            )
            for t in replayed.transitions[:_SHOWN_TRANSITIONS]
        ],
        metrics=quality(replayed.metrics, replayed.start_ms, replayed.end_ms),
    )


@router.put("/rules/{rule}", responses=CHANGES)
async def save(deps: Deps, who: Administrator, rule: str, body: SaveRule) -> RuleView:
    """Keep a rule, new or changed; it is judged within seconds. Refused where it is no alarm: each problem is told."""
    before = (await deps.rules.book()).get(rule)
    who.tell("save rule", f"rule/{rule}", {} if before is None else definition_of(before.rule), body.definition)
    try:
        entry = await deps.rules.save(rule, body.definition, version=body.version, person=who.name)
    except RuleError as error:
        raise Problem(422, str(error), "body/definition") from error
    except RuleConflictError as error:
        raise Problem(409, str(error), "body/version") from error
    return RuleView(**_shown(entry, *_counts(deps)))


@router.post("/rules/{rule}/switch", responses=CHANGES)
async def switch(deps: Deps, who: Administrator, rule: str, body: SwitchRule) -> RuleView:
    """Switch a rule on or off; alarms of one that is off are over within seconds."""
    who.tell("switch rule", f"rule/{rule}", after="on" if body.on else "off")
    try:
        entry = await deps.rules.switch(rule, on=body.on, person=who.name)
    except UnknownRuleError:
        raise not_found("rule", rule) from None
    except RuleConflictError as error:
        raise Problem(409, str(error)) from error
    return RuleView(**_shown(entry, *_counts(deps)))


@router.post("/rules/{rule}/revert", responses=CHANGES)
async def revert(deps: Deps, who: Administrator, rule: str) -> RuleView:
    """Go back to the file's wording."""
    who.tell("revert rule", f"rule/{rule}")
    try:
        entry = await deps.rules.revert(rule, person=who.name)
    except UnknownRuleError:
        raise not_found("rule of the file", rule) from None
    except RuleConflictError as error:
        raise Problem(409, str(error)) from error
    return RuleView(**_shown(entry, *_counts(deps)))


def _counts(deps: Services) -> tuple[Counter[str], Counter[str]]:
    """Alarms of each rule, and those not at rest."""
    views = deps.alarms.views()
    return Counter(view.rule for view in views), Counter(view.rule for view in views if view.state != Shown.NORM)


def _shown(entry: Entry, alarms: Counter[str], standing: Counter[str]) -> dict[str, Any]:
    rule = entry.rule
    return {
        "id": rule.id,
        "kind": rule.kind,
        "name": Text(vi=rule.name.vi, en=rule.name.en),
        "watches": rule.watches.kind,
        "priority": rule.priority.value,
        "runbook": rule.runbook,
        "enabled": entry.enabled,
        "source": entry.source,
        "version": entry.version,
        "conflict": entry.conflict,
        "problem": entry.problem,
        "person": entry.person,
        "at_ms": entry.at_ms,
        "alarms": alarms[rule.id],
        "open": standing[rule.id],
        "definition": definition_of(rule),
    }

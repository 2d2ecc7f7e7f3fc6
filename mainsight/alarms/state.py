"""The state machine of an alarm point: pure functions from a record and an event to the next record and its transitions.

Stored: condition, acknowledged, suppressions. Shown states are derived from them. What a record keeps besides, in
`data`: `held` (the condition under an unknown), `latched`, `paged_ms` (when people were last told of the present
incident), `acknowledged_ms`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from mainsight.alarms.rules import Priority, Rule
from mainsight.core.network import Text
from mainsight.core.zonetime import HOUR_MS
from mainsight.store.alarm_port import AlarmRecord, Transition


class Shown(StrEnum):
    """States as people see them (ISA-18.2)."""

    NORM = "NORM"
    UNACK = "UNACK"
    ACKED = "ACKED"
    RTNUN = "RTNUN"
    LATCHED_UNACK = "LATCHED-UNACK"
    LATCHED_ACKED = "LATCHED-ACKED"
    SHLVD = "SHLVD"
    DSUPR = "DSUPR"
    OOSRV = "OOSRV"


class Suppression(StrEnum):
    """Why an alarm is not announced; several may hold at once."""

    SHELVED = "shelved"
    BY_DESIGN = "by_design"
    OUT_OF_SERVICE = "out_of_service"


SAME_PAGE_MS = HOUR_MS
"""How long a page speaks for an unacknowledged alarm that comes and goes."""
UNACKNOWLEDGED = frozenset({Shown.UNACK, Shown.RTNUN, Shown.LATCHED_UNACK})


class ActionError(Exception):
    """What was asked of an alarm cannot be done; the message says why and what can."""


class NothingToAcknowledgeError(ActionError):
    """The alarm has no unacknowledged state."""


class NotLatchedError(ActionError):
    """There is nothing to reset, or it must be acknowledged first."""


class NotSuppressedError(ActionError):
    """There is no such suppression to lift."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to an alarm.

    Attributes:
        at_ms: when it happened, by the readings' own time; by the clock for what people do.
        known_ms: when the system came to know.
        fresh: whether it is of the present; the past is recorded, not announced.
        text: the sentence for people.
        value, limit: where there are some.
        person, comment: for what people do.

    """

    at_ms: int
    known_ms: int
    text: Text
    fresh: bool = True
    value: float | None = None
    limit: float | None = None
    person: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A record after an event, and the transitions on the way."""

    record: AlarmRecord
    transitions: tuple[Transition, ...] = ()


def held_active(record: AlarmRecord) -> bool:
    """Whether the condition holds, as far as is known."""
    return record.condition == "active" or (record.condition == "unknown" and record.data.get("held") == "active")


def shown(record: AlarmRecord) -> Shown:
    """Derive the state that people see."""
    for kind, state in (
        (Suppression.OUT_OF_SERVICE, Shown.OOSRV),
        (Suppression.BY_DESIGN, Shown.DSUPR),
        (Suppression.SHELVED, Shown.SHLVD),
    ):
        if kind in record.suppressions:
            return state
    if held_active(record):
        return Shown.ACKED if record.acknowledged else Shown.UNACK
    if record.data.get("latched"):
        return Shown.LATCHED_ACKED if record.acknowledged else Shown.LATCHED_UNACK
    return Shown.NORM if record.acknowledged else Shown.RTNUN


def become_active(record: AlarmRecord, event: Event) -> Step:
    """Take the condition's beginning, its on-delay over.

    A point at rest starts a new incident. One that had only returned goes on with its own, and people are told again only
    where the last page is older than `SAME_PAGE_MS` (or never went out): a page that was overlooked must not hide what
    comes back later. On a point that is active already it moves the beginning (late readings showed it).
    """
    if held_active(record):
        return _step(record, replace(record, condition="active", since_ms=event.at_ms), "moved", event, always=True)
    at_rest = record.acknowledged and not record.data.get("latched")
    incident = _digest(record.rule, record.asset, str(event.at_ms)) if at_rest else record.incident
    paged_ms = None if record.acknowledged else record.data.get("paged_ms")
    told = paged_ms is not None and event.known_ms - paged_ms < SAME_PAGE_MS
    after = replace(
        record,
        condition="active",
        acknowledged=False,
        incident=incident,
        since_ms=event.at_ms,
        pending_since_ms=None,
        data=record.data | {"latched": False, "paged_ms": paged_ms},
    )
    return _step(record, after, "active", event, always=True, announce=not told)


def become_normal(rule: Rule, record: AlarmRecord, event: Event) -> Step:
    """Take the condition's end, its off-delay over. On a point that is normal already it moves the end."""
    if not held_active(record):
        return _step(record, replace(record, condition="normal", since_ms=event.at_ms), "moved", event, always=True)
    after = replace(
        record,
        condition="normal",
        acknowledged=record.acknowledged or (rule.self_acknowledge and not rule.latch),
        since_ms=event.at_ms,
        pending_since_ms=None,
        data=record.data | {"latched": rule.latch},
    )
    return _step(record, after, "normal", event, always=True)


def become_unknown(record: AlarmRecord) -> AlarmRecord:
    """Missing or bad data: holds the state, whatever it is."""
    if record.condition == "unknown":
        return record
    return replace(record, condition="unknown", data=record.data | {"held": record.condition})


def become_known(record: AlarmRecord) -> AlarmRecord:
    """Good data again: the condition is what was held."""
    if record.condition != "unknown":
        return record
    return replace(record, condition="active" if held_active(record) else "normal")


def acknowledge(record: AlarmRecord, event: Event) -> Step:
    """Somebody has seen it.

    Raises:
        NothingToAcknowledgeError: it is not shown as unacknowledged.

    """
    state = shown(record)
    if state not in UNACKNOWLEDGED:
        raise NothingToAcknowledgeError(f"{record.rule} on {record.asset} is {state}: there is nothing to acknowledge")
    after = replace(record, acknowledged=True, data=record.data | {"acknowledged_ms": event.at_ms})
    return _step(record, after, "acknowledge", event)


def reset(record: AlarmRecord, event: Event) -> Step:
    """Somebody lets go of a latched alarm whose condition is over.

    Raises:
        NotLatchedError: it is not latched, or not acknowledged yet.

    """
    state = shown(record)
    if state is not Shown.LATCHED_ACKED:
        hint = "acknowledge it first" if state is Shown.LATCHED_UNACK else "there is nothing to reset"
        raise NotLatchedError(f"{record.rule} on {record.asset} is {state}: {hint}")
    return _step(record, replace(record, data=record.data | {"latched": False}), "reset", event)


def suppress(record: AlarmRecord, kind: Suppression, event: Event, detail: Mapping[str, Any]) -> Step:
    """Stop announcements for a reason; the same kind again replaces its reason and end."""
    after = replace(record, suppressions=record.suppressions | {kind.value: dict(detail)})
    return _step(record, after, kind.value, event, always=True)


def lift(record: AlarmRecord, kind: Suppression, event: Event) -> Step:
    """End one suppression. With the last one gone, what is still active is announced, and the rest is at rest.

    Raises:
        NotSuppressedError: it is not suppressed in this way.

    """
    if kind not in record.suppressions:
        raise NotSuppressedError(f"{record.rule} on {record.asset} is not {kind.value.replace('_', ' ')}")
    left = {k: v for k, v in record.suppressions.items() if k != kind}
    after = replace(record, suppressions=left)
    if not left:
        after = replace(after, acknowledged=not held_active(record), data=record.data | {"latched": False, "paged_ms": None})
    return _step(record, after, f"lift {kind.value}", event, always=True, announce=True)


def realarm(record: AlarmRecord, event: Event) -> Step:
    """Ask again for an acknowledgement of what is acknowledged and still active; anything else stays as it is."""
    if shown(record) is not Shown.ACKED:
        return Step(record)
    return _step(record, replace(record, acknowledged=False), "realarm", event, announce=True)


def prioritise(record: AlarmRecord, priority: Priority, event: Event) -> Step:
    """Give it another priority; a higher one asks again for an acknowledgement."""
    rises = priority.rank > Priority(record.priority).rank
    after = replace(record, priority=priority.value)
    return realarm(after, event) if rises else Step(after)


def switch_off(record: AlarmRecord, event: Event) -> Step:
    """The rule is judged no more: whatever stood is over, and nothing of it is left."""
    after = AlarmRecord(record.rule, record.asset, incident=record.incident, priority=record.priority)
    return _step(record, after, "switch off", event)


def _step(before: AlarmRecord, after: AlarmRecord, what: str, event: Event, *, always: bool = False, announce: bool = False) -> Step:
    """The record and, where the shown state changes or `always`, its transition. Only what comes to UNACK is announced."""
    state_before, state_after = shown(before), shown(after)
    if state_before is state_after and not always:
        return Step(after)
    announced = announce and event.fresh and state_after is Shown.UNACK and state_before is not Shown.UNACK
    if announced:
        after = replace(after, data=after.data | {"paged_ms": event.known_ms})
    transition = Transition(
        id=_digest(after.rule, after.asset, after.incident, what, str(event.at_ms), state_after),
        rule=after.rule,
        asset=after.asset,
        incident=after.incident,
        event_ms=event.at_ms,
        known_ms=event.known_ms,
        before=state_before,
        after=state_after,
        priority=after.priority,
        announced=announced,
        value=event.value,
        limit=event.limit,
        person=event.person,
        comment=event.comment,
        text_vi=event.text.vi,
        text_en=event.text.en,
    )
    return Step(after, (transition,))


def _digest(*parts: str) -> str:
    """Short name that is the same for the same parts."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()

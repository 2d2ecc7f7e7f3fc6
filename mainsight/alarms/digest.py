"""The catch-up digest: alarms of the past that became known late are told once, together, and wake nobody one by one."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from mainsight.alarms.points import Key, Point
from mainsight.alarms.rules import Priority
from mainsight.alarms.settings import AlarmSettings
from mainsight.alarms.state import Shown
from mainsight.alarms.texts import local
from mainsight.core.zonetime import SECOND_MS
from mainsight.store.alarm_port import Transition

RULE = "catch-up"
"""Name under which digests, and what is gathered for them, are kept."""
_LISTED = 20
_LONGEST_WAIT = 10
"""Times the quiet period after which it is sent though late alarms still come."""

Late = dict[str, Any]
"""What is gathered: count, first_event_ms, last_event_ms, first_known_ms, last_known_ms, priority, alarms ([rule, asset] each once)."""


def is_late(transition: Transition, settings: AlarmSettings) -> bool:
    """Whether it would have been announced had it been known in time."""
    raised = transition.after == Shown.UNACK and transition.before != Shown.UNACK
    within_ms = settings.announce.within_ms(Priority(transition.priority))
    return raised and not transition.announced and transition.known_ms - transition.event_ms > within_ms


def gather(late: Late | None, transitions: Iterable[Transition]) -> Late | None:
    """Add late transitions to what is gathered."""
    for transition in transitions:
        before = late or {
            "count": 0,
            "first_event_ms": transition.event_ms,
            "last_event_ms": transition.event_ms,
            "first_known_ms": transition.known_ms,
            "priority": transition.priority,
            "alarms": [],
        }
        alarm = [transition.rule, transition.asset]
        late = before | {
            "count": before["count"] + 1,
            "first_event_ms": min(before["first_event_ms"], transition.event_ms),
            "last_event_ms": max(before["last_event_ms"], transition.event_ms),
            "last_known_ms": transition.known_ms,
            "priority": max(before["priority"], transition.priority, key=lambda name: Priority(name).rank),
            "alarms": before["alarms"] if alarm in before["alarms"] else [*before["alarms"], alarm],
        }
    return late


def is_due(late: Late | None, now_ms: int, settings: AlarmSettings) -> bool:
    """Whether it is time to send: no more has come for a while, or the first has waited long."""
    if late is None:
        return False
    quiet_ms = settings.digest_quiet_s * SECOND_MS
    return bool(now_ms - late["last_known_ms"] >= quiet_ms or now_ms - late["first_known_ms"] >= _LONGEST_WAIT * quiet_ms)


def compose(late: Late, points: Mapping[Key, Point], active: Iterable[Key], province: str, now_ms: int) -> Transition:
    """Write the digest: how many, from when to when, which of them are still active."""
    timezone = next(iter(points.values())).timezone
    start, end = (f"{local(late[name], timezone):%d/%m %H:%M}" for name in ("first_event_ms", "last_event_ms"))
    told, still = {Key(*alarm) for alarm in late["alarms"]}, set(active)
    listed = sorted(told, key=lambda key: (key not in still, key))[:_LISTED]
    names = [(points[key].rule.name, points[key].name, key in still) for key in listed if key in points]
    more = len(told) - len(names)
    rows_vi = [f"- {rule.vi}: {name.vi}{' (vẫn còn)' if on else ''}" for rule, name, on in names]
    rows_en = [f"- {rule.en}: {name.en}{' (still active)' if on else ''}" for rule, name, on in names]
    if more > 0:
        rows_vi.append(f"- và {more} báo động khác")
        rows_en.append(f"- and {more} more")
    head_vi = f"{late['count']} báo động từ {start} đến {end} được biết muộn, {len(told & still)} vẫn còn"
    head_en = f"{late['count']} alarms from {start} to {end} became known late, {len(told & still)} still active"
    name = hashlib.blake2b(f"{province}\x1f{late['first_known_ms']}\x1f{late['count']}".encode(), digest_size=12).hexdigest()
    return Transition(
        id=name,
        rule=RULE,
        asset=province,
        incident=name,
        event_ms=late["last_event_ms"],
        known_ms=now_ms,
        before=Shown.NORM,
        after=Shown.NORM,
        priority=late["priority"],
        announced=True,
        value=float(late["count"]),
        text_vi="\n".join([head_vi, *rows_vi]),
        text_en="\n".join([head_en, *rows_en]),
    )

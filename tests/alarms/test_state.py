"""The state machine, row by row of its table, and what holds whatever happens."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.alarms.rules import Priority, Rule
from mainsight.alarms.state import (
    SAME_PAGE_MS,
    ActionError,
    Event,
    NothingToAcknowledgeError,
    NotLatchedError,
    NotSuppressedError,
    Shown,
    Step,
    Suppression,
    acknowledge,
    become_active,
    become_known,
    become_normal,
    become_unknown,
    lift,
    prioritise,
    realarm,
    reset,
    shown,
    suppress,
)
from mainsight.core.network import Text
from mainsight.store.alarm_port import AlarmRecord, Transition

from .conftest import PRESSURE, rules

PLAIN, SELF, LATCHING = rules(PRESSURE, PRESSURE | {"id": "self", "self_acknowledge": True}, PRESSURE | {"id": "latching", "latch": True})
SHELVED, DESIGN, REMOVED = Suppression.SHELVED, Suppression.BY_DESIGN, Suppression.OUT_OF_SERVICE
DETAIL = {"reason": "works", "person": "Lan", "until_ms": None}


def at(at_ms: int, known_ms: int | None = None, *, fresh: bool = True) -> Event:
    return Event(at_ms, at_ms if known_ms is None else known_ms, Text("vi", "en"), fresh=fresh, person="Lan")


class Alarm:
    """A record that is moved on, with its history."""

    def __init__(self, rule: Rule = PLAIN) -> None:
        self.rule = rule
        self.record = AlarmRecord(rule.id, "d1")
        self.history: list[Transition] = []
        self.now = 0

    def do(self, action: Callable[..., Step], *args: object) -> "Alarm":
        self.now += 1000
        given_first = (self.rule, self.record) if action is become_normal else (self.record,)
        rest = (args[0], at(self.now), *args[1:]) if action is suppress else (*args, at(self.now))
        step = action(*given_first, *rest)
        self.record = step.record
        self.history += step.transitions
        return self

    def active(self) -> "Alarm":
        return self.do(become_active)

    def normal(self) -> "Alarm":
        return self.do(become_normal)

    def acknowledged(self) -> "Alarm":
        return self.do(acknowledge)

    @property
    def path(self) -> list[str]:
        return [t.after for t in self.history]

    @property
    def announced(self) -> list[str]:
        return [t.after for t in self.history if t.announced]


def test_active_is_unacknowledged_and_announced() -> None:
    alarm = Alarm().active()
    assert (alarm.path, alarm.announced) == (["UNACK"], ["UNACK"])


def test_acknowledged() -> None:
    assert Alarm().active().acknowledged().path == ["UNACK", "ACKED"]


def test_unacknowledged_returns() -> None:
    assert Alarm().active().normal().path == ["UNACK", "RTNUN"]


def test_returns_to_rest_where_the_rule_acknowledges_by_itself() -> None:
    assert Alarm(SELF).active().normal().path == ["UNACK", "NORM"]


def test_acknowledged_returns_to_rest() -> None:
    assert Alarm().active().acknowledged().normal().path == ["UNACK", "ACKED", "NORM"]


def test_latched_and_acknowledged_stays_until_reset() -> None:
    alarm = Alarm(LATCHING).active().acknowledged().normal()
    assert shown(alarm.record) is Shown.LATCHED_ACKED
    assert shown(alarm.do(reset).record) is Shown.NORM


def test_latched_and_unacknowledged_needs_both() -> None:
    alarm = Alarm(LATCHING).active().normal()
    assert shown(alarm.record) is Shown.LATCHED_UNACK
    with pytest.raises(NotLatchedError, match="acknowledge it first"):
        alarm.do(reset)
    assert shown(alarm.acknowledged().record) is Shown.LATCHED_ACKED
    assert shown(alarm.do(reset).record) is Shown.NORM


def test_latched_becomes_active_again() -> None:
    alarm = Alarm(LATCHING).active().acknowledged().normal().active()
    assert alarm.path[-1] == "UNACK"
    assert alarm.announced == ["UNACK", "UNACK"]


def test_returned_is_acknowledged() -> None:
    assert Alarm().active().normal().acknowledged().path == ["UNACK", "RTNUN", "NORM"]


def test_returned_and_active_again_is_the_same_incident_and_no_second_page() -> None:
    alarm = Alarm().active().normal().active()
    assert alarm.path == ["UNACK", "RTNUN", "UNACK"]
    assert len({t.incident for t in alarm.history}) == 1
    assert alarm.announced == ["UNACK"]


def test_a_page_that_was_overlooked_does_not_hide_what_comes_back_later() -> None:
    alarm = Alarm().active().normal()
    alarm.now += SAME_PAGE_MS
    assert alarm.active().announced == ["UNACK", "UNACK"]
    assert len({t.incident for t in alarm.history}) == 1


def test_what_was_only_recorded_is_announced_when_it_happens_again() -> None:
    alarm = Alarm()
    alarm.record = become_active(alarm.record, at(1, known_ms=10_000_000, fresh=False)).record
    assert alarm.normal().active().announced == ["UNACK"]


def test_after_rest_a_new_incident_announces_anew() -> None:
    alarm = Alarm().active().acknowledged().normal().active()
    assert alarm.announced == ["UNACK", "UNACK"]
    assert alarm.history[0].incident != alarm.history[-1].incident


def test_reminder_of_what_is_acknowledged_and_still_active() -> None:
    alarm = Alarm().active().acknowledged().do(realarm)
    assert (alarm.path[-1], alarm.announced) == ("UNACK", ["UNACK", "UNACK"])
    assert Alarm().do(realarm).path == []


def test_a_higher_priority_asks_again_a_lower_one_does_not() -> None:
    alarm = Alarm().active().acknowledged().do(prioritise, Priority.LOW)
    assert alarm.path[-1] == "ACKED"
    alarm.do(prioritise, Priority.CRITICAL)
    assert (alarm.path[-1], alarm.record.priority, alarm.history[-1].announced) == ("UNACK", "critical", True)


@pytest.mark.parametrize(("kind", "state"), [(SHELVED, "SHLVD"), (DESIGN, "DSUPR"), (REMOVED, "OOSRV")])
@pytest.mark.parametrize("before", [[], ["active"], ["active", "acknowledged"], ["active", "normal"]])
def test_any_state_is_suppressed(kind: Suppression, state: str, before: list[str]) -> None:
    alarm = Alarm()
    for name in before:
        getattr(alarm, name)()
    assert alarm.do(suppress, kind, DETAIL).path[-1] == state


def test_lifting_announces_what_is_still_active() -> None:
    alarm = Alarm().active().acknowledged().do(suppress, SHELVED, DETAIL).do(lift, SHELVED)
    assert (alarm.path[-1], alarm.history[-1].announced) == ("UNACK", True)


def test_lifting_leaves_the_rest_at_rest() -> None:
    alarm = Alarm().active().do(suppress, SHELVED, DETAIL).normal().do(lift, SHELVED)
    assert (alarm.path[-1], alarm.announced) == ("NORM", ["UNACK"])


def test_each_suppression_is_lifted_by_itself() -> None:
    alarm = Alarm().do(suppress, SHELVED, DETAIL).do(suppress, DESIGN, DETAIL).active()
    assert shown(alarm.record) is Shown.DSUPR
    assert alarm.do(lift, DESIGN).path[-1] == "SHLVD"
    assert alarm.announced == []
    assert alarm.do(lift, SHELVED).announced == ["UNACK"]


def test_unknown_holds_the_state_and_announces_nothing() -> None:
    alarm = Alarm().active().acknowledged()
    alarm.record = become_unknown(alarm.record)
    assert (alarm.record.condition, shown(alarm.record)) == ("unknown", Shown.ACKED)
    assert become_unknown(alarm.record) is alarm.record
    alarm.record = become_known(alarm.record)
    assert alarm.record.condition == "active"


def test_an_unknown_alarm_can_be_acknowledged_and_returns() -> None:
    alarm = Alarm().active()
    alarm.record = become_unknown(alarm.record)
    assert alarm.acknowledged().normal().path == ["UNACK", "ACKED", "NORM"]


def test_the_past_is_recorded_and_not_announced() -> None:
    step = become_active(AlarmRecord("r", "a"), at(1000, known_ms=3_600_000, fresh=False))
    assert [(t.after, t.announced, t.event_ms) for t in step.transitions] == [("UNACK", False, 1000)]


def test_what_cannot_be_done_says_so() -> None:
    with pytest.raises(NothingToAcknowledgeError, match="NORM: there is nothing to acknowledge"):
        Alarm().acknowledged()
    with pytest.raises(NotSuppressedError, match="is not out of service"):
        Alarm().do(lift, REMOVED)
    with pytest.raises(NotLatchedError, match="nothing to reset"):
        Alarm().do(reset)


MOVES = st.sampled_from(
    [
        (become_active,),
        (become_normal,),
        (acknowledge,),
        (reset,),
        (realarm,),
        (prioritise, Priority.LOW),
        (prioritise, Priority.CRITICAL),
        *[(suppress, kind, DETAIL) for kind in Suppression],
        *[(lift, kind) for kind in Suppression],
    ]
)


@given(st.sampled_from([PLAIN, SELF, LATCHING]), st.lists(MOVES, max_size=30))
def test_whatever_happens(rule: Rule, moves: list[tuple[Callable[..., Step], object]]) -> None:
    alarm = Alarm(rule)
    for action, *args in moves:
        before, told = shown(alarm.record), len(alarm.history)
        try:
            alarm.do(action, *args)
        except ActionError:
            assert shown(alarm.record) is before, "what is refused changes nothing"
            continue
        added = alarm.history[told:]
        after = shown(alarm.record)
        if after is not before:
            assert [(t.before, t.after) for t in added] == [(before, after)], "no transition is lost"
        for transition in added:
            if transition.announced:
                assert not alarm.record.suppressions, "no announcement under suppression"
                assert transition.after == Shown.UNACK
    assert len({t.id for t in alarm.history}) == len(alarm.history), "every transition has its own id"

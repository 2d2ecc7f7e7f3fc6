"""What people do to an alarm, checked: each gives the function that takes its record to the next step."""

from collections.abc import Callable
from dataclasses import replace

from mainsight.alarms.rules import Priority
from mainsight.alarms.settings import AlarmSettings
from mainsight.alarms.state import ActionError, Event, Step, Suppression, acknowledge, lift, reset, suppress
from mainsight.core.network import Text
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS
from mainsight.store.alarm_port import AlarmRecord

Action = Callable[[AlarmRecord], Step]
_ASKED = "shelving_asked"


class NotNamedError(ActionError):
    """The person has no name."""


class CommentRequiredError(ActionError):
    """A comment or reason is compulsory here."""


class ShelvedTooLongError(ActionError):
    """Longer than an alarm may be shelved, or no time at all."""


class SecondPersonNeededError(ActionError):
    """A critical alarm is shelved by two people."""


def acknowledging(settings: AlarmSettings, person: str, comment: str, now_ms: int) -> Action:
    """Acknowledge by name, with a comment from a priority up."""
    event = _event(person, comment, now_ms, Text("Đã xác nhận", "Acknowledged"))

    def action(record: AlarmRecord) -> Step:
        if Priority(record.priority).rank >= settings.comment_from.rank and not comment.strip():
            raise CommentRequiredError(
                f"a comment is compulsory from priority {settings.comment_from.value} up; say what was found or done"
            )
        return acknowledge(record, event)

    return action


def resetting(person: str, comment: str, now_ms: int) -> Action:
    """Reset a latched alarm."""
    event = _event(person, comment, now_ms, Text("Đã đặt lại", "Reset"))
    return lambda record: reset(record, event)


def shelving(settings: AlarmSettings, person: str, reason: str, hours: float | None, now_ms: int) -> Action:
    """Shelve for some hours; a critical alarm only after another person has asked for it shortly before."""
    lasts_h = settings.shelve.default_h if hours is None else hours
    event = _event(person, reason, now_ms, Text("Tạm gác", "Shelved"))
    if not reason.strip():
        raise CommentRequiredError("shelving needs a reason")
    if not 0 < lasts_h <= settings.shelve.longest_h:
        raise ShelvedTooLongError(f"{lasts_h:g} h is not between 0 and {settings.shelve.longest_h:g} h")
    detail = {"reason": reason, "person": person, "until_ms": now_ms + round(lasts_h * HOUR_MS)}

    def action(record: AlarmRecord) -> Step:
        asked = record.data.get(_ASKED)
        recent = asked and now_ms - asked["at_ms"] <= settings.second_person_min * MINUTE_MS
        if record.priority == Priority.CRITICAL and not (asked and recent and asked["person"] != person):
            raise SecondPersonNeededError(
                f"a critical alarm is shelved by two people; another one must shelve it too within {settings.second_person_min} min"
            )
        data = {key: value for key, value in record.data.items() if key != _ASKED}
        return suppress(replace(record, data=data), Suppression.SHELVED, event, detail)

    return action


def asking_second_person(person: str, now_ms: int) -> Action:
    """Note who asked first to shelve a critical alarm."""
    return lambda record: Step(replace(record, data=record.data | {_ASKED: {"person": person, "at_ms": now_ms}}))


def unshelving(person: str, comment: str, now_ms: int) -> Action:
    """Take off the shelf."""
    event = _event(person, comment, now_ms, Text("Bỏ tạm gác", "Unshelved"))
    return lambda record: lift(record, Suppression.SHELVED, event)


def taking_out(person: str, reason: str, now_ms: int) -> Action:
    """Take out of service."""
    event = _event(person, reason, now_ms, Text("Ngừng sử dụng", "Out of service"))
    if not reason.strip():
        raise CommentRequiredError("taking an alarm out of service needs a reason")
    detail = {"reason": reason, "person": person, "until_ms": None}
    return lambda record: suppress(record, Suppression.OUT_OF_SERVICE, event, detail)


def returning(person: str, comment: str, now_ms: int) -> Action:
    """Return to service."""
    event = _event(person, comment, now_ms, Text("Sử dụng trở lại", "Back in service"))
    return lambda record: lift(record, Suppression.OUT_OF_SERVICE, event)


def _event(person: str, comment: str, now_ms: int, text: Text) -> Event:
    if not person.strip():
        raise NotNamedError("whoever acts on an alarm gives a name")
    return Event(now_ms, now_ms, text, person=person, comment=comment)

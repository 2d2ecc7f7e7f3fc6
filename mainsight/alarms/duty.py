"""Who is told, and when: rotas with hand-over times, levels of escalation, quiet hours. Pure functions of settings and an instant.

Hours are those of clocks on the wall: a shift from 07:00 to 19:00 stays so on the days on which a clock is changed.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Literal, NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mainsight.alarms.rules import Priority
from mainsight.core.zonetime import MINUTE_MS, to_datetime, to_ms
from mainsight.store.duty_port import DutyOverride

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}; write one such as Asia/Ho_Chi_Minh") from error
    return name


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rota(_Settings):
    """Targets that are on duty in turn."""

    id: str = Field(pattern=_NAME)
    timezone: str
    start: datetime = Field(description="The first hand-over of the first turn, local time, without an offset.")
    shift_h: int = Field(ge=1, le=24 * 28, description="Hours of a turn, by the clock on the wall.")
    turns: tuple[str, ...] = Field(min_length=1, description="Names of targets, in turn.")

    _zone = field_validator("timezone")(_known_zone)

    @field_validator("start")
    @classmethod
    def _naive(cls, value: datetime) -> datetime:
        if value.tzinfo is not None:
            raise ValueError("is local time of the rota's time zone; leave the offset out")
        return value


class Level(_Settings):
    """A step of escalation."""

    to: tuple[str, ...] = Field(min_length=1, description="Names of targets and of rotas.")
    after_min: dict[Priority, int] = Field(
        default={}, description="Minutes without acknowledgement, by priority; one that is left out never comes here."
    )


class QuietHours(_Settings):
    """Hours in which some priorities wait for the morning."""

    start: time
    end: time
    timezone: str
    priorities: frozenset[Priority] = frozenset({Priority.LOW})

    _zone = field_validator("timezone")(_known_zone)

    @model_validator(mode="after")
    def _not_critical(self) -> Self:
        if Priority.CRITICAL in self.priorities:
            raise ValueError("critical alarms never wait; take critical out of quiet_hours.priorities")
        return self


class TestPage(_Settings):
    """A page that proves the chain once a week."""

    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    at: time
    timezone: str

    _zone = field_validator("timezone")(_known_zone)


class DutySettings(_Settings):
    """Who is told, and when."""

    rotas: tuple[Rota, ...] = Field(default=(), description="Who is on duty in turn: items with id, timezone, start, shift_h and turns.")
    levels: tuple[Level, ...] = Field(
        default=(),
        description="Escalation: items with `to` (targets, rotas) and `after_min` by priority; the first is told at once. "
        "None: all targets at once.",
    )
    repeat_min: dict[Priority, int] = Field(
        default={Priority.CRITICAL: 15}, description="Minutes after which an unacknowledged alarm is announced again, by priority."
    )
    quiet_hours: QuietHours | None = Field(default=None, description="start, end, timezone and priorities that wait for the morning.")
    test_page: TestPage | None = Field(default=None, description="weekday, at and timezone of the weekly test page; none: there is none.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [rota.id for rota in self.rotas]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two rotas are called {min(twice)}; give each its own id")
        if self.levels and self.levels[0].after_min:
            raise ValueError("the first level is told at once; leave its after_min out")
        for level in self.levels[1:]:
            if not level.after_min:
                raise ValueError(f"the level of {', '.join(level.to)} is never reached; give after_min for some priority")
        return self

    def check(self, targets: Iterable[str]) -> None:
        """Hold all names to the targets.

        Raises:
            ValueError: a name is neither a target nor a rota, or is both.

        """
        known, rotas = set(targets), {rota.id for rota in self.rotas}
        if both := known & rotas:
            raise ValueError(f"{min(both)} is both a target and a rota; give the rota another id")
        for rota in self.rotas:
            for name in rota.turns:
                if name not in known:
                    raise ValueError(f"rota {rota.id} names {name}, which is none of alarms.targets")
        for level in self.levels:
            for name in level.to:
                if name not in known | rotas:
                    raise ValueError(f"a level names {name}, which is none of alarms.targets and no rota")


class Shift(NamedTuple):
    """A turn of a rota.

    Attributes:
        target: who is on duty.
        start_ms, end_ms: UTC milliseconds; an override's own where one holds.
        override: whether somebody stands in.

    """

    target: str
    start_ms: int
    end_ms: int
    override: bool


def on_duty(rota: Rota, at_ms: int, overrides: Sequence[DutyOverride] = ()) -> Shift:
    """Who is on duty: of several overrides the one that was made last; before the rota's start its first turn."""
    standing = [o for o in overrides if o.rota == rota.id and o.withdrawn_ms is None and o.start_ms <= at_ms < o.end_ms]
    if standing:
        last = max(standing, key=lambda o: o.made_ms)
        return Shift(last.target, last.start_ms, last.end_ms, override=True)
    zone = ZoneInfo(rota.timezone)
    wall = to_datetime(at_ms).astimezone(zone).replace(tzinfo=None)
    turn = timedelta(hours=rota.shift_h)
    number = max((wall - rota.start) // turn, 0)
    start, end = (_instant(rota.start + (number + n) * turn, zone) for n in (0, 1))
    return Shift(rota.turns[number % len(rota.turns)], start, end, override=False)


def _instant(wall: datetime, zone: ZoneInfo) -> int:
    return to_ms(wall.replace(tzinfo=zone).astimezone(UTC))


def recipients(duty: DutySettings, targets: Sequence[str], level: int, at_ms: int, overrides: Sequence[DutyOverride] = ()) -> list[str]:
    """Names of the targets of a level (0 is the first), each once; without levels all targets are the first."""
    if not duty.levels:
        return list(targets) if level == 0 else []
    rotas = {rota.id: rota for rota in duty.rotas}
    names = (on_duty(rotas[name], at_ms, overrides).target if name in rotas else name for name in duty.levels[level].to)
    return list(dict.fromkeys(names))


def due_ms(duty: DutySettings, priority: Priority, at_ms: int) -> int:
    """When an announcement of now may go out: now, or at the end of the quiet hours that hold."""
    quiet = duty.quiet_hours
    if quiet is None or priority not in quiet.priorities:
        return at_ms
    zone = ZoneInfo(quiet.timezone)
    wall = to_datetime(at_ms).astimezone(zone)
    over_midnight = quiet.end <= quiet.start
    inside = wall.time() >= quiet.start or wall.time() < quiet.end if over_midnight else quiet.start <= wall.time() < quiet.end
    if not inside:
        return at_ms
    day = wall.date() + timedelta(days=1 if over_midnight and wall.time() >= quiet.start else 0)
    return max(_instant(datetime.combine(day, quiet.end), zone), at_ms)


class Due(NamedTuple):
    """A step of escalation that is due: which level is told, and the count of the repeat (0 where it is the level's first)."""

    level: int
    repeat: int


def steps_due(duty: DutySettings, priority: Priority, waiting_ms: int, done: Iterable[Due]) -> list[Due]:
    """What an unacknowledged alarm asks for after some time.

    Args:
        duty: levels and repeats.
        priority: of the alarm.
        waiting_ms: time since it was announced, milliseconds.
        done: steps that were taken already; the announcement itself is none.

    Returns:
        Levels that are reached and not told yet; then the latest repeat, to every level that is reached, where it is due. Repeats
        that were missed while nobody was there to take them are left out.

    """
    taken = set(done)
    reached = [0] + [
        n
        for n, level in enumerate(duty.levels)
        if n and priority in level.after_min and waiting_ms >= level.after_min[priority] * MINUTE_MS
    ]
    due = [Due(level, 0) for level in reached[1:] if Due(level, 0) not in taken]
    if every := duty.repeat_min.get(priority):
        number = waiting_ms // (every * MINUTE_MS)
        if number >= 1:
            new = {step.level for step in due}
            due += [Due(level, number) for level in reached if level not in new and Due(level, number) not in taken]
    return due


def last_test_ms(page: TestPage, at_ms: int) -> int:
    """When the latest test page was due, UTC milliseconds."""
    zone = ZoneInfo(page.timezone)
    wall = to_datetime(at_ms).astimezone(zone)
    day = wall.date() - timedelta(days=(wall.weekday() - WEEKDAYS.index(page.weekday)) % 7)
    found = _instant(datetime.combine(day, page.at), zone)
    return found if found <= at_ms else _instant(datetime.combine(day - timedelta(days=7), page.at), zone)

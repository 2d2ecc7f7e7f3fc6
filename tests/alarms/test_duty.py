"""Rotas, quiet hours and levels: pure, against cases worked by hand."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mainsight.alarms.duty import Due, DutySettings, Rota, due_ms, last_test_ms, on_duty, recipients, steps_due
from mainsight.alarms.duty import TestPage as Page
from mainsight.alarms.notify.choice import ByTarget
from mainsight.alarms.rules import Priority
from mainsight.alarms.settings import AlarmSettings
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS, to_ms
from mainsight.store.duty_port import DutyOverride

VIETNAM = "Asia/Ho_Chi_Minh"
SHIFTS = Rota(id="room", timezone=VIETNAM, start=datetime.fromisoformat("2026-03-02T07:00"), shift_h=12, turns=("a", "b", "c"))


def at(text: str, zone: str = VIETNAM) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))


@pytest.mark.parametrize(
    ("when", "who"),
    [
        ("2026-03-02 07:00", "a"),
        ("2026-03-02 18:59:59.999", "a"),
        ("2026-03-02 19:00", "b"),
        ("2026-03-03 06:59", "b"),
        ("2026-03-03 07:00", "c"),
        ("2026-03-03 19:00", "a"),
        ("2026-03-01 12:00", "a"),  # before the first hand-over
    ],
)
def test_turns_follow_each_other_at_the_hours_of_hand_over(when: str, who: str) -> None:
    assert on_duty(SHIFTS, at(when)).target == who


def test_hand_over_stays_at_its_hour_when_clocks_change() -> None:
    """Berlin, 25 October 2026: the night has 25 hours, and still ends at 07:00."""
    rota = Rota(id="room", timezone="Europe/Berlin", start=datetime.fromisoformat("2026-10-24T07:00"), shift_h=12, turns=("day", "night"))
    night = on_duty(rota, at("2026-10-25 01:00", "Europe/Berlin"))
    assert (night.target, (night.end_ms - night.start_ms) / HOUR_MS) == ("night", 13)
    assert on_duty(rota, at("2026-10-25 06:59", "Europe/Berlin")).target == "night"
    assert on_duty(rota, at("2026-10-25 07:00", "Europe/Berlin")).target == "day"


def override(target: str, start: str, end: str, made_ms: int = 1, **more: Any) -> DutyOverride:
    return DutyOverride(f"o-{target}-{made_ms}", "room", target, at(start), at(end), "", "Lan", made_ms, **more)


def test_the_last_stand_in_counts_until_it_is_withdrawn() -> None:
    first = override("x", "2026-03-02 08:00", "2026-03-02 12:00")
    second = override("y", "2026-03-02 10:00", "2026-03-02 11:00", made_ms=2)
    withdrawn = override("z", "2026-03-02 10:00", "2026-03-02 11:00", made_ms=3, withdrawn_ms=4)
    who = [
        on_duty(SHIFTS, at(f"2026-03-02 {hour}"), [second, first, withdrawn]).target
        for hour in ("07:30", "08:00", "10:00", "11:00", "12:00")
    ]
    assert who == ["a", "x", "y", "x", "a"]


LEVELS = DutySettings.model_validate(
    {
        "rotas": [SHIFTS.model_dump()],
        "levels": [{"to": ["room"]}, {"to": ["boss", "room"], "after_min": {"critical": 10, "high": 30}}],
        "repeat_min": {"critical": 15},
        "quiet_hours": {"start": "22:00", "end": "06:30", "timezone": VIETNAM, "priorities": ["low", "medium"]},
    }
)


def test_a_level_names_targets_and_rotas_each_once() -> None:
    assert recipients(LEVELS, ["a", "b", "c", "boss"], 0, at("2026-03-02 20:00")) == ["b"]
    assert recipients(LEVELS, ["a", "b", "c", "boss"], 1, at("2026-03-02 08:00")) == ["boss", "a"]
    assert recipients(DutySettings(), ["a", "b"], 0, 0) == ["a", "b"]


@pytest.mark.parametrize(
    ("now", "priority", "due"),
    [
        ("2026-03-02 21:59", "low", "2026-03-02 21:59"),
        ("2026-03-02 22:00", "low", "2026-03-03 06:30"),
        ("2026-03-03 06:29", "medium", "2026-03-03 06:30"),
        ("2026-03-03 06:30", "low", "2026-03-03 06:30"),
        ("2026-03-02 23:00", "high", "2026-03-02 23:00"),
    ],
)
def test_quiet_hours_hold_some_priorities_until_morning(now: str, priority: str, due: str) -> None:
    assert due_ms(LEVELS, Priority(priority), at(now)) == at(due)


def test_steps_come_by_priority_and_repeats_to_all_who_were_told() -> None:
    def steps(priority: str, minutes: float, *done: Due) -> list[Due]:
        return steps_due(LEVELS, Priority(priority), round(minutes * MINUTE_MS), done)

    assert steps("critical", 9.9) == []
    assert steps("critical", 10) == [Due(1, 0)]
    assert steps("critical", 15, Due(1, 0)) == [Due(0, 1), Due(1, 1)]
    assert steps("critical", 16, Due(1, 0), Due(0, 1), Due(1, 1)) == []
    assert steps("critical", 100, Due(1, 0)) == [Due(0, 6), Due(1, 6)], "five repeats were missed; one is enough"
    assert steps("high", 29) == []
    assert steps("high", 300) == [Due(1, 0)]
    assert steps("medium", 3000) == []


@given(st.lists(st.integers(0, 200), min_size=1, max_size=40))
def test_no_step_is_taken_twice_however_often_one_looks(minutes: list[int]) -> None:
    done: list[Due] = []
    for minute in sorted(minutes):
        new = steps_due(LEVELS, Priority.CRITICAL, minute * MINUTE_MS, done)
        assert set(new).isdisjoint(done)
        done += new
    assert len(set(done)) == len(done)
    if max(minutes) >= 10:
        assert Due(1, 0) in done


def test_the_test_page_was_due_at_the_last_such_hour() -> None:
    page = Page(weekday="monday", at="09:00", timezone=VIETNAM)  # type: ignore[arg-type]  # pydantic reads the time
    assert last_test_ms(page, at("2026-03-02 09:00")) == at("2026-03-02 09:00")  # a Monday
    assert last_test_ms(page, at("2026-03-02 08:59")) == at("2026-02-23 09:00")
    assert last_test_ms(page, at("2026-03-05 12:00")) == at("2026-03-02 09:00")


TARGETS = [{"name": name, "url": "json://127.0.0.1"} for name in ("a", "b", "boss")]


@pytest.mark.parametrize(
    ("duty", "told"),
    [
        ({"levels": [{"to": ["nobody"]}]}, "names nobody, which is none of alarms.targets"),
        ({"levels": [{"to": ["a"], "after_min": {"high": 3}}]}, "the first level is told at once"),
        ({"levels": [{"to": ["a"]}, {"to": ["boss"]}]}, "is never reached"),
        ({"rotas": [{"id": "a", "timezone": VIETNAM, "start": "2026-01-01", "shift_h": 12, "turns": ["a"]}]}, "both a target and a rota"),
        ({"rotas": [{"id": "r", "timezone": VIETNAM, "start": "2026-01-01", "shift_h": 12, "turns": ["x"]}]}, "rota r names x"),
        (
            {"rotas": [{"id": "r", "timezone": "Mars/Base", "start": "2026-01-01", "shift_h": 12, "turns": ["a"]}]},
            "no time zone 'Mars/Base'",
        ),
        (
            {"rotas": [{"id": "r", "timezone": VIETNAM, "start": "2026-01-01T07:00+07:00", "shift_h": 12, "turns": ["a"]}]},
            "leave the offset",
        ),
        (
            {"quiet_hours": {"start": "22:00", "end": "06:00", "timezone": VIETNAM, "priorities": ["critical"]}},
            "critical alarms never wait",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_mend(duty: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        AlarmSettings.model_validate({"targets": TARGETS, "duty": duty})


def test_the_guide_s_example_is_taken() -> None:
    guide = (Path(__file__).parents[2] / "docs/guides/on-call.md").read_text(encoding="utf-8")
    [example] = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL) if "duty:" in block]
    settings = AlarmSettings.model_validate(example["alarms"])
    assert [level.to for level in settings.duty.levels] == [("control-room",), ("dispatcher",)]
    ByTarget(settings.targets, 1)  # the addresses can be read

"""Silence of meters and of many: on-call is told of what is silent now; history that is filled in wakes nobody."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest

from mainsight.core.readings import Reading

from .conftest import NOON, PRESSURE, SILENCE, SILENCE_ZONE, Bench, build_network, reading, rules

pytestmark = pytest.mark.anyio
NETWORK = build_network(8)


def feed(*silent: str, of: set[str] | None = None) -> Callable[[int], Iterable[Reading]]:
    """All meters report each 5 s, a fifth each second, but for the silent ones."""

    def each(now_ms: int) -> Iterator[Reading]:
        for n, meter in enumerate(NETWORK.meters.values()):
            if meter.id not in silent and (now_ms // 1000 + n) % 5 == 0 and (of is None or meter.id in of):
                yield reading(meter.id, meter.quantities[0], now_ms, 3.0)

    return each


def bench(*more: dict[str, object]) -> Bench:
    return Bench(NETWORK, rules(SILENCE, *more))


async def test_a_meter_that_stopped_half_an_hour_ago_is_announced_soon_after_the_start() -> None:
    made = bench()
    await made.store.write([reading("c1", "power", NOON - 1_800_000, 1.0)])
    await made.service.start()
    await made.pass_s(40, feed("c1"))
    assert made.shown("silence-meter", "c1") == "UNACK"
    assert await made.history("silence-meter", "c1") == [(NOON - 1_800_000 + 300_000, "NORM", "UNACK", True)]
    assert [subject for _, subject, _ in made.notifier.sent] == ["[LOW] c1: no readings for 30 min (overdue since 11:35)"]
    assert made.service.counts().unacknowledged == 1, "the other meters speak"


async def test_event_time_is_to_the_second_whenever_it_is_looked_at() -> None:
    made = Bench(NETWORK, rules(SILENCE | {"on_delay_s": 60}))
    await made.service.start()
    await made.pass_s(60, feed())
    stopped = max(r.time_ms for s, r in (await made.store.last()).items() if s.meter == "c2")
    await made.pass_s(355, feed("c2"))
    assert made.shown("silence-meter", "c2") == "NORM"
    await made.pass_s(10, feed("c2"))
    assert (await made.history("silence-meter", "c2"))[0][0] == stopped + 360_000


async def test_a_reading_ends_it() -> None:
    made = bench()
    await made.service.start()
    await made.pass_s(340, feed("c1"))
    assert made.shown("silence-meter", "c1") == "UNACK"
    await made.pass_s(6, feed())
    assert made.shown("silence-meter", "c1") == "RTNUN"
    assert made.service.view("silence-meter", "c1").text.en.endswith("heard again, at 12:05")


async def test_late_readings_of_the_past_do_not_end_it() -> None:
    made = bench()
    await made.service.start()
    await made.pass_s(340, feed("c1"))
    await made.take(reading("c1", "power", made.now_ms - 330_000, 1.0, made.now_ms))
    await made.pass_s(1, feed("c1"))
    assert made.shown("silence-meter", "c1") == "UNACK"


async def test_a_back_fill_of_weeks_wakes_nobody() -> None:
    made = bench(SILENCE_ZONE)
    await made.service.start()
    for day in range(42, 0, -1):
        made.now_ms += 2000
        start = NOON - day * 86_400_000
        for meter in NETWORK.meters.values():
            await made.take(*(reading(meter.id, meter.quantities[0], start + k * 900_000, 3.0, made.now_ms) for k in range(0, 96, 16)))
        await made.pass_s(1)
    await made.pass_s(10)
    await made.pass_s(60, feed())
    assert made.notifier.sent == []


async def test_a_zone_that_falls_silent_is_one_page_with_its_meters_suppressed() -> None:
    made = Bench(NETWORK, rules(SILENCE | {"on_delay_s": 60}, SILENCE_ZONE | {"on_delay_s": 10, "off_delay_s": 10}))
    await made.service.start()
    await made.pass_s(60, feed())
    await made.pass_s(420, feed(of=set()))
    assert [subject.split(": ", 1)[1] for _, subject, _ in made.notifier.sent] == ["100 % of 15 meters send nothing, since 12:06"]
    assert made.shown("silence-zone", "qc") == "UNACK"
    assert made.shown("silence-meter", "c1") == "DSUPR"
    named = made.service.view("silence-meter", "c1").suppressions["by_design"]
    assert named["reason"].endswith("Quang Châu (silence-zone/qc)")
    await made.pass_s(40, feed("c1"))
    assert made.shown("silence-zone", "qc") == "RTNUN"
    assert made.shown("silence-meter", "c2") == "NORM"
    assert made.shown("silence-meter", "c1") == "UNACK", "what is still silent is told when the parent has cleared"
    assert len(made.notifier.sent) == 2


async def test_a_restart_judges_nobody_before_it_has_listened_and_keeps_what_stands() -> None:
    made = bench()
    await made.service.start()
    await made.pass_s(340, feed("c1"))
    made.now_ms += 1_200_000
    await made.restart()
    await made.pass_s(3, feed("c1", of={"c1", "c2"}))
    assert made.shown("silence-meter", "c3") == "NORM"
    assert made.shown("silence-meter", "c1") == "UNACK"
    await made.pass_s(60, feed("c1"))
    assert made.service.counts().unacknowledged == 1
    assert len(made.notifier.sent) == 1


async def test_own_intervals_decide() -> None:
    slow_meter = replace(NETWORK.meters["m-f1"], reports_s=2700)
    slow = Bench(replace(NETWORK, meters={"m-f1": slow_meter}), rules(SILENCE))
    await slow.service.start()
    await slow.take(reading("m-f1", "power", NOON, 1.0))
    for minutes, state in ((134, "NORM"), (136, "UNACK")):
        slow.now_ms = NOON + minutes * 60_000
        await slow.service.tick()
        assert slow.shown("silence-meter", "m-f1") == state


async def test_a_meter_that_is_reported_gone_is_silent_at_once_and_a_reading_ends_it() -> None:
    """Neither its own interval nor the time of listening is waited for, since somebody said so."""
    made = bench()
    await made.service.start()
    await made.pass_s(10, feed())
    left = made.now_ms + 500
    made.presence.leave("c1", left)
    await made.pass_s(1, feed("c1"))
    assert made.shown("silence-meter", "c1") == "UNACK"
    assert await made.history("silence-meter", "c1") == [(left, "NORM", "UNACK", True)]
    assert [subject for _, subject, _ in made.notifier.sent] == [
        "[LOW] c1: its device is reported offline since 12:00, no readings for 0 min"
    ]
    await made.pass_s(3600, feed("c1"))
    assert made.service.counts().unacknowledged == 1
    await made.restart()
    await made.pass_s(5, feed("c1"))
    assert (made.shown("silence-meter", "c1"), len(made.notifier.sent)) == ("UNACK", 1), "a restart tells nothing twice"
    made.presence.back("c1")
    await made.pass_s(6, feed())
    assert made.shown("silence-meter", "c1") == "RTNUN"


async def test_who_is_back_within_the_second_is_heard_again() -> None:
    made = bench()
    await made.service.start()
    await made.pass_s(10, feed())
    made.presence.leave("c1", made.now_ms)
    await made.pass_s(1, feed("c1"))
    assert made.shown("silence-meter", "c1") == "UNACK"
    made.presence.back("c1")
    await made.pass_s(1, feed("c1"))
    await made.pass_s(5, feed())
    assert made.shown("silence-meter", "c1") == "RTNUN"


async def test_the_on_delay_holds_for_who_is_gone_too_and_who_is_back_within_it_is_not_announced() -> None:
    made = Bench(NETWORK, rules(SILENCE | {"on_delay_s": 60}))
    await made.service.start()
    await made.pass_s(10, feed())
    made.presence.leave("c1", made.now_ms)
    await made.pass_s(50, feed("c1"))
    made.presence.back("c1")
    await made.pass_s(60, feed())
    assert made.notifier.sent == []
    made.presence.leave("c2", made.now_ms)
    await made.pass_s(62, feed("c2"))
    assert made.shown("silence-meter", "c2") == "UNACK"


async def test_meters_that_are_gone_count_in_a_share_at_once() -> None:
    made = bench(SILENCE_ZONE)
    await made.service.start()
    await made.pass_s(40, feed())
    names = [meter.id for meter in NETWORK.meters.values()]
    for name in names:
        made.presence.leave(name, made.now_ms)
    await made.pass_s(2)
    assert made.shown("silence-zone", "qc") == "UNACK"
    assert len(made.notifier.sent) == 1, "the meters hang below it"
    for name in names:
        made.presence.back(name)
    await made.pass_s(40, feed())
    assert made.shown("silence-zone", "qc") == "RTNUN"


async def test_a_limit_on_a_meter_that_is_gone_is_unknown_until_it_is_heard_again() -> None:
    made = bench(PRESSURE)
    await made.service.start()
    await made.pass_s(10, feed())
    conditions = [made.service.view("pressure-low", "d1").condition]
    made.presence.leave("s-d1", made.now_ms)
    await made.pass_s(1, feed("s-d1"))
    conditions.append(made.service.view("pressure-low", "d1").condition)
    made.presence.back("s-d1")
    await made.pass_s(6, feed())
    conditions.append(made.service.view("pressure-low", "d1").condition)
    assert conditions == ["normal", "unknown", "normal"]

"""Escalation, repeats, hand-overs, test pages, quiet hours: told once each, whatever is restarted."""

from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from pydantic import SecretStr

from mainsight.alarms import links
from mainsight.alarms.heartbeat import Heartbeat
from mainsight.alarms.settings import AlarmSettings, HeartbeatSettings
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS, to_ms
from mainsight.store.duty_port import DutyOverride

from .conftest import NOON, PRESSURE, Bench, build_network, reading, rules

pytestmark = pytest.mark.anyio

DUTY: dict[str, Any] = {
    "rotas": [{"id": "room", "timezone": "Asia/Ho_Chi_Minh", "start": "2026-03-09T08:00", "shift_h": 12, "turns": ["day", "night"]}],
    "levels": [{"to": ["room"]}, {"to": ["boss"], "after_min": {"critical": 10, "high": 30}}],
    "repeat_min": {"critical": 15},
}


def bench(priority: str = "critical", **duty: Any) -> Bench:
    targets = [{"name": name, "url": "json://127.0.0.1", "language": "en", "person": name.title()} for name in ("day", "night", "boss")]
    settings = AlarmSettings.model_validate({"targets": targets, "duty": DUTY | duty, "console_url": "http://console.local"})
    return Bench(build_network(0), rules(PRESSURE | {"priority": priority}), settings=settings)


async def until(made: Bench, minutes: float) -> list[tuple[str, str]]:
    """Let time pass in steps of 5 s; what was sent meanwhile: target and subject."""
    before = len(made.notifier.sent)
    for _ in range(round(minutes * 12)):
        made.now_ms += 5_000
        await made.service.page_due()
        await made.service.deliver_due()
    return [(target, subject) for target, subject, _ in made.notifier.sent[before:]]


async def low(made: Bench) -> None:
    made.now_ms += 1000
    await made.take(reading("s-d1", "pressure", made.now_ms, 1.5))


async def test_what_nobody_acknowledges_goes_to_the_next_level_and_is_repeated() -> None:
    made = bench()
    await made.service.start()
    await low(made)
    assert [target for target, _ in await until(made, 9)] == ["day"]
    assert await until(made, 2) == [("boss", "[CRITICAL] Not acknowledged for 10 min · D1: pressure 1.5 bar below 2 bar, at 12:00")]
    assert sorted(target for target, _ in await until(made, 5)) == ["boss", "day"], "after 15 min, to all who were told"
    await made.service.acknowledge("pressure-low", "d1", person="Day", comment="on my way")
    assert await until(made, 60) == []


async def test_a_restart_at_any_time_tells_nothing_twice_and_forgets_nothing() -> None:
    straight, restarted = bench(), bench()
    for made in (straight, restarted):
        await made.service.start()
        await low(made)
    told = await until(straight, 40)
    again: list[tuple[str, str]] = []
    for _ in range(40):
        again += await until(restarted, 1)
        await restarted.restart()
    assert again == told
    assert len(told) == 6, "day at once; boss after 10; both after 15 and 30"


async def test_what_returned_to_normal_or_is_shelved_is_escalated_no_more() -> None:
    made = bench("high")
    await made.service.start()
    await low(made)
    assert len(await until(made, 29)) == 1
    made.now_ms += 1000
    await made.take(reading("s-d1", "pressure", made.now_ms, 4.0))
    assert await until(made, 60) == []


async def test_steps_are_no_announcements_and_show_in_the_history() -> None:
    made = bench()
    await made.service.start()
    await low(made)
    await until(made, 12)
    found = await made.state.transitions(rule="pressure-low")
    assert [(t.announced, t.comment) for t in sorted(found, key=lambda t: t.known_ms)] == [(True, ""), (False, "level 2")]
    assert made.service.numbers().announced == 1


async def test_the_next_shift_gets_what_stands_once_and_announcements_from_then_on() -> None:
    made = bench("high", levels=[{"to": ["room"]}])
    made.now_ms = to_ms(datetime(2026, 3, 10, 12, 50, tzinfo=UTC))  # 19:50 in Vietnam
    await made.service.start()
    await low(made)
    told = await until(made, 30)
    assert [target for target, _ in told] == ["day", "night"]
    assert told[1][1] == "Hand-over of room, alarms standing: 1"
    body = made.notifier.sent[-1][2]
    assert "- a sentence: D1, not acknowledged" in body
    assert await until(made, 30) == []


async def test_a_stand_in_is_told_instead_within_seconds() -> None:
    made = bench("high")
    await made.service.start()
    await made.state.stand_in(DutyOverride("o", "room", "boss", NOON - HOUR_MS, NOON + 8 * HOUR_MS, "ill", "Lan", NOON))
    await until(made, 0.1)
    await low(made)
    assert [target for target, _ in await until(made, 1)] == ["boss"]


async def test_quiet_hours_hold_a_low_alarm_and_drop_it_when_it_is_over_by_morning() -> None:
    quiet = {"start": "11:00", "end": "13:00", "timezone": "Asia/Ho_Chi_Minh", "priorities": ["low"]}
    ends, stays = bench("low", quiet_hours=quiet), bench("low", quiet_hours=quiet)
    for made in (ends, stays):
        await made.service.start()
        await low(made)
        assert await until(made, 50) == [], "it is 12:50"
    ends.now_ms += 1000
    await ends.take(reading("s-d1", "pressure", ends.now_ms, 4.0))
    await ends.service.acknowledge("pressure-low", "d1", person="Day")
    assert await until(ends, 20) == []
    assert [target for target, _ in await until(stays, 20)] == ["day"]
    (raised, *_) = [t for t in await ends.state.transitions(rule="pressure-low") if t.announced]
    (delivery,) = await ends.state.deliveries(raised.id)
    assert (delivery.status, delivery.receipt) == ("withdrawn", "acknowledged or over before it was due")


async def test_the_test_page_comes_once_a_week_with_a_link_to_confirm() -> None:
    made = bench(test_page={"weekday": "tuesday", "at": "12:30", "timezone": "Asia/Ho_Chi_Minh"})  # NOON is a Tuesday
    await made.service.start()
    assert await until(made, 29) == []
    assert await until(made, 2) == [("day", "TEST: mainsight's test page")]
    await made.restart()
    assert await until(made, 30) == []
    assert "Confirm that it arrived: http://console.local/a/" in made.notifier.sent[-1][2]


async def test_a_link_in_a_message_is_made_out_to_its_reader_and_expires() -> None:
    made = bench()
    await made.service.start()
    await low(made)
    await until(made, 1)
    token = made.notifier.sent[0][2].rsplit("http://console.local/a/", 1)[1]
    secret = await made.state.link_secret()
    claim = links.read(secret, token, made.now_ms)
    assert (claim.rule, claim.asset, claim.person, claim.language) == ("pressure-low", "d1", "Day", "en")
    assert claim.incident == (await made.state.alarm_records())[0].incident
    with pytest.raises(links.LinkError, match="expired"):
        links.read(secret, token, made.now_ms + 24 * HOUR_MS)
    for forged in (token[:-1], "x" + token, token.replace(".", ""), "", links.sign(b"another", replace(claim, person="Eve"))):
        with pytest.raises(links.LinkError, match="not whole"):
            links.read(secret, forged, made.now_ms)


async def test_the_heartbeat_beats_at_its_pace_and_tells_of_silence_once(caplog: pytest.LogCaptureFixture) -> None:
    beats: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            beats.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    now = [NOON]
    url = SecretStr(f"http://127.0.0.1:{server.server_address[1]}/ping/hush")
    heart = Heartbeat(HeartbeatSettings(url=url, every_s=60, timeout_s=2), lambda: now[0])
    for _ in range(13):
        await heart.beat()
        now[0] += MINUTE_MS // 6
    assert beats == ["/ping/hush"] * 3
    server.shutdown()
    server.server_close()
    for _ in range(3):
        now[0] += MINUTE_MS
        await heart.beat()
    assert caplog.text.count("the heartbeat did not arrive") == 1
    assert "hush" not in caplog.text

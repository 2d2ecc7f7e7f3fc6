"""How devices are, as the pipeline notes it and the state keeps it."""

from typing import Any

import pytest

from collector.health import Health
from collector.pipeline import Pipeline
from mainsight.store.device_port import DeviceHealth
from mainsight.store.memory.state import MemoryState
from tests.collector.decode.pipelines import NOW, build, send

pytestmark = pytest.mark.anyio
SECOND = 1_000


def body(at_ms: int, **more: Any) -> dict[str, Any]:
    return {"device": "dev-1", "time": at_ms, "power_kw": 1, **more}


async def kept(health: Health) -> dict[str, DeviceHealth]:
    state = MemoryState()
    await health.write(state)
    return {device.device: device for device in await state.health()}


def every(pipeline: Pipeline, seconds: float, count: int, start_ms: int = NOW) -> int:
    """Send so many messages so many seconds apart; the instant after the last."""
    for n in range(count):
        at_ms = start_ms + int(n * seconds * SECOND)
        send(pipeline, body(at_ms), arrival_ms=at_ms)
    return start_ms + int(count * seconds * SECOND)


async def test_drift_is_the_least_lag_never_that_of_back_fill() -> None:
    pipeline = build(drift_messages=4)
    for lag in (90_000, 3_600_000, 95_000):
        send(pipeline, body(NOW - lag))
    assert (await kept(pipeline.health))["dev-1"].drift_ms is None
    send(pipeline, body(NOW - 86_400_000))
    assert (await kept(pipeline.health))["dev-1"].drift_ms == 90_000


async def test_what_was_kept_through_an_outage_tells_nothing_of_the_clock() -> None:
    pipeline = build(drift_messages=4)
    for n, lag_h in enumerate((96, 72, 48, 24, 0.5)):
        send(pipeline, body(NOW + n * 200 - int(lag_h * 3_600_000)), arrival_ms=NOW + n * 200)
    assert (await kept(pipeline.health))["dev-1"].drift_ms is None, "it may have fallen silent half an hour ago"


async def test_a_clock_that_is_off_keeps_its_distance() -> None:
    pipeline = build(drift_messages=4)
    for n, lag_ms in enumerate((1_800_000, 1_807_000, 1_801_000, 1_800_000)):
        send(pipeline, body(NOW + n * 60_000 - lag_ms), arrival_ms=NOW + n * 60_000)
    assert (await kept(pipeline.health))["dev-1"].drift_ms == 1_800_000


async def test_a_device_has_a_usual_interval_which_an_outage_does_not_move() -> None:
    pipeline = build()
    after = every(pipeline, 5, 20)
    every(pipeline, 5, 3, after + 3_600 * SECOND)
    device = (await kept(pipeline.health))["dev-1"]
    assert device.interval_s == pytest.approx(5, rel=0.2)
    assert (device.messages, device.first_seen_ms, device.topic, device.profile) == (23, NOW, "t", "plain_json")


async def test_a_device_that_slows_down_shows_it() -> None:
    pipeline = build()
    after = every(pipeline, 10, 40)
    every(pipeline, 60, 8, after)
    device = (await kept(pipeline.health))["dev-1"]
    assert device.interval_s is not None
    assert device.recent_s is not None
    assert device.recent_s > 2 * device.interval_s


async def test_a_burst_of_topics_is_one_transmission() -> None:
    pipeline = build()
    for n in range(12):
        for part in range(6):
            send(pipeline, body(NOW), topic=f"dev-1/{part}", arrival_ms=NOW + n * 30 * SECOND + part * 200)
    assert (await kept(pipeline.health))["dev-1"].interval_s == pytest.approx(30, rel=0.1)


async def test_a_heartbeat_is_heard_and_moves_no_interval() -> None:
    pipeline = build()
    after = every(pipeline, 60, 20)
    before = (await kept(pipeline.health))["dev-1"]
    join = {"deviceInfo": {"devEui": "dev-1"}}
    send(pipeline, join, topic="application/a/device/dev-1/event/join", arrival_ms=after + 7 * SECOND)
    device = (await kept(pipeline.health))["dev-1"]
    assert device.last_seen_ms == after + 7 * SECOND
    assert (device.interval_s, device.messages, device.topic) == (before.interval_s, before.messages, before.topic)


async def test_what_gave_no_reading_is_counted_by_reason_on_whose_topic_it_came() -> None:
    pipeline = build()
    send(pipeline, body(NOW, energy_import_kwh="?", P=1))
    send(pipeline, b"{", arrival_ms=NOW + 1)
    send(pipeline, b"{", topic="elsewhere")
    device = (await kept(pipeline.health))["dev-1"]
    assert device.errors == {"not_a_number": 1, "not_decodable": 1}
    assert device.last_error_ms == NOW + 1


async def test_retained_messages_and_strangers_are_not_heard() -> None:
    pipeline = build()
    send(pipeline, body(NOW), retained=True)
    send(pipeline, {"device": "stranger", "power_kw": 1})
    assert await kept(pipeline.health) == {}


async def test_it_goes_on_from_what_was_kept() -> None:
    pipeline, state = build(), MemoryState()
    after = every(pipeline, 5, 20)
    await pipeline.health.write(state)
    later = build()
    later.health.restore(await state.health())
    assert await kept(later.health) == {}
    send(later, body(after), arrival_ms=after)
    device = (await kept(later.health))["dev-1"]
    assert (device.messages, device.first_seen_ms, device.interval_s) == (21, NOW, pytest.approx(5, rel=0.1))


async def test_a_thousand_circuits_of_no_meter_fill_no_memory() -> None:
    health = Health(4)
    health.blame(None, "nowhere", ["stale"], NOW)
    assert await kept(health) == {}


async def test_a_device_is_gone_from_its_word_until_it_speaks_again() -> None:
    pipeline = build()
    send(pipeline, body(NOW))
    pipeline.health.end(["dev-1", "stranger"], NOW + 5)
    assert (await kept(pipeline.health))["dev-1"].gone_ms == NOW + 5
    send(pipeline, body(NOW + SECOND), arrival_ms=NOW + SECOND)
    assert (await kept(pipeline.health))["dev-1"].gone_ms is None


async def test_a_device_that_is_told_again_to_be_gone_is_so_since_the_first_time() -> None:
    """The broker repeats a retained last will whenever we come back."""
    pipeline = build()
    send(pipeline, body(NOW))
    for at_ms in (NOW + 5, NOW + 9):
        send(pipeline, b"Offline", "tele/dev-1/LWT", arrival_ms=at_ms, retained=True)
    assert pipeline.presence.gone == {"m-1": NOW + 5}
    assert (await kept(pipeline.health))["dev-1"].gone_ms == NOW + 5


@pytest.mark.parametrize(
    ("value", "last_will"),
    [
        (("tele/dev-1/SENSOR", {"ENERGY": {"Power": 5}}), ("tele/dev-1/LWT", b"Offline")),
        (("shellyplus1pm-1/status/switch:0", {"id": 0, "apower": 5}), ("shellyplus1pm-1/online", b"false")),
        (("shellies/shelly1pm-1/relay/0/power", b"5"), ("shellies/shelly1pm-1/online", b"false")),
        (("zigbee2mqtt/dev-1", {"power": 5}), ("zigbee2mqtt/dev-1/availability", b'{"state": "offline"}')),
        (("zigbee2mqtt/dev-1", {"power": 5}), ("zigbee2mqtt/dev-1/availability", b"offline")),
    ],
)
async def test_a_last_will_makes_a_device_gone_and_is_no_value(value: tuple[str, Any], last_will: tuple[str, bytes]) -> None:
    pipeline = build()
    for device in ("shellyplus1pm-1", "shelly1pm-1"):
        pipeline.adopt(device, "m-1")
    assert send(pipeline, value[1], value[0]).readings
    assert not send(pipeline, last_will[1], last_will[0], arrival_ms=NOW + 5).readings
    (device,) = (await kept(pipeline.health)).values()
    assert device.gone_ms == NOW + 5


def announced(device: str, availability: str) -> dict[str, Any]:
    sensor = {"stat_t": f"{device}/data", "dev_cla": "power", "unit_of_meas": "W", "val_tpl": "{{ value_json.P }}"}
    return {"name": "Power", "avty_t": availability, "dev": {"ids": [device]}, **sensor}


@pytest.mark.parametrize(("topic", "ended"), [("dev-1/online", {"m-1": NOW + 5}), ("gateway/online", {})])
async def test_a_topic_for_availability_ends_its_device_but_not_those_that_share_it(topic: str, ended: dict[str, int]) -> None:
    pipeline = build()
    send(pipeline, announced("dev-1", topic), "homeassistant/sensor/one/power/config")
    send(pipeline, announced("old", "gateway/online"), "homeassistant/sensor/two/power/config")
    for device in ("dev-1", "old"):
        assert send(pipeline, {"P": 5}, f"{device}/data").readings
    send(pipeline, b"online", topic, arrival_ms=NOW + 4)
    assert pipeline.presence.gone == {}
    send(pipeline, b"offline", topic, arrival_ms=NOW + 5)
    assert pipeline.presence.gone == ended


async def test_a_homie_device_takes_its_nodes_with_it() -> None:
    pipeline = build()
    pipeline.adopt("pump/motor", "m-1")
    node = {"properties": {"power": {"datatype": "float", "unit": "W"}}}
    send(pipeline, {"homie": "5.0", "nodes": {"motor": node}}, "homie/5/pump/$description")
    assert send(pipeline, b"5", "homie/5/pump/motor/power").readings
    send(pipeline, b"lost", "homie/5/pump/$state", arrival_ms=NOW + 5)
    assert pipeline.presence.gone == {"m-1": NOW + 5}

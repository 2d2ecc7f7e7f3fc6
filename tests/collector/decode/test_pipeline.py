"""From messages to readings of registered meters."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from collector.pipeline import Pipeline, Processed
from collector.routes import Route, Routes
from collector.session.port import Message
from mainsight.core.readings import Flag, Reading
from tests.collector.decode.pipelines import NOW, build, send
from tests.collector.sparkplug import metric, payload

DAY = 86_400_000
Make = Callable[..., Pipeline]


@pytest.fixture
def make() -> Make:
    return build


def test_a_message_becomes_readings_of_its_meter(make: Make) -> None:
    done = send(make(), {"device": "dev-1", "time": NOW - 500, "power_kw": 1.5, "energy_import_kwh": 7})
    assert done.readings == [Reading("m-1", "power", NOW - 500, 1.5, NOW), Reading("m-1", "energy_import", NOW - 500, 7.0, NOW)]
    assert all(isinstance(reading, Reading) for reading in done.readings)
    assert (done.quarantined, done.unknown, done.rejected) == ([], [], 0)


def test_a_buffered_message_keeps_its_gaps(make: Make) -> None:
    rows = [[NOW - 2000, 1, None], [NOW - 1000, 2, 10], [NOW, None, 11]]
    done = send(make(), {"device": "dev-1", "columns": ["time", "power_kw", "energy_import_kwh"], "rows": rows})
    assert [reading[1:4] for reading in done.readings] == [
        ("power", NOW - 2000, 1.0), ("power", NOW - 1000, 2.0), ("energy_import", NOW - 1000, 10.0), ("energy_import", NOW, 11.0)
    ]  # fmt: skip


def test_devices_may_serve_several_meters_and_have_adopted_names(make: Make) -> None:
    done = send(make(), {"device": "shared", "time": NOW, "flow_m3_per_h": 1, "pressure_bar": 2})
    assert [(reading.meter, reading.quantity) for reading in done.readings] == [("m-2", "flow"), ("m-3", "pressure")]
    assert send(make(), {"device": "alias", "time": NOW, "power_kw": 1}).readings[0].meter == "m-1"
    assert send(make(), {"device": "lost", "time": NOW, "power_kw": 1}).unknown[0].device == "lost"


def test_an_unknown_device_is_listed_kept_and_replayed_once_adopted(make: Make) -> None:
    pipeline = make()
    done = send(pipeline, {"device": "new", "power_kw": 1, "time": None})
    assert done.readings == []
    assert [(kept.reason, kept.device, kept.detail) for kept in done.quarantined] == [("unknown_device", "new", "power")]
    assert (done.unknown[0].device, done.unknown[0].profile, done.unknown[0].quantities) == ("new", "plain_json", ("power",))
    pipeline.adopt("new", "m-4")
    kept = done.quarantined[0]
    again = pipeline.process(Message(kept.topic, kept.payload, False, 1, kept.arrival_ms))
    assert again.readings == [Reading("m-4", "power", NOW, 1.0, NOW, Flag.ARRIVAL_TIME)]
    assert again.quarantined == []


def test_a_channel_that_the_meter_has_not_is_kept_and_its_siblings_stored(make: Make) -> None:
    done = send(make(), {"device": "dev-1", "time": NOW, "power_kw": 1, "voltage_v": 230})
    assert [reading.quantity for reading in done.readings] == ["power"]
    assert [(kept.reason, kept.device, kept.detail) for kept in done.quarantined] == [("unknown_channel", "dev-1", "voltage")]


def test_a_field_that_waits_for_a_rule_keeps_the_message_and_its_siblings_are_stored(make: Make) -> None:
    done = send(make(), {"device": "dev-1", "time": NOW, "power_kw": 1, "P": 5})
    assert len(done.readings) == 1
    assert [(kept.reason, kept.detail) for kept in done.quarantined] == [("needs_mapping", "P")]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[1]", b"{}"])
def test_poison_is_kept_whole(make: Make, body: bytes) -> None:
    done = send(make(), body)
    assert done.readings == []
    assert [kept.payload for kept in done.quarantined] == [body]


def test_an_empty_payload_is_no_value(make: Make) -> None:
    assert send(make(), b"")[:4] == ([], [], [], 0)


@pytest.mark.parametrize(("lag", "flag"), [(0, 0), (400 * DAY, 0), (401 * DAY, 1), (-600_000, 0), (-601_000, 1)])
def test_a_time_outside_the_window_gives_way_to_arrival(make: Make, lag: int, flag: int) -> None:
    (reading,) = send(make(), {"device": "dev-1", "time": NOW - lag, "power_kw": 1}).readings
    assert (reading.time_ms, reading.flags) == (NOW if flag else NOW - lag, flag)


def test_no_window_believes_any_time(make: Make) -> None:
    pipeline = make(routes=Routes(routes=(Route(topic="#", window="none"),)))
    (reading,) = send(pipeline, {"device": "dev-1", "time": NOW - 5000 * DAY, "power_kw": 1}).readings
    assert reading.time_ms == NOW - 5000 * DAY


def test_several_times_outside_the_window_wait_instead_of_falling_on_one_instant(make: Make) -> None:
    rows = [[NOW - 900 * DAY, 1], [NOW - 800 * DAY, 2], [NOW, 3]]
    done = send(make(), {"device": "dev-1", "columns": ["time", "power_kw"], "rows": rows})
    assert [(reading.time_ms, reading.value) for reading in done.readings] == [(NOW, 3.0)]
    assert [kept.reason for kept in done.quarantined] == ["bad_time"]
    assert done.rejected == 2
    records = [{"power_kw": 1}, {"power_kw": 2}]
    done = send(make(), {"device": "dev-1", "records": records})
    assert (done.readings, [kept.reason for kept in done.quarantined]) == ([], ["bad_time"])


def test_a_retained_message_counts_only_with_its_own_time(make: Make) -> None:
    pipeline = make()
    (reading,) = send(pipeline, {"device": "dev-1", "time": NOW - 5, "power_kw": 1}, retained=True).readings
    assert (reading.time_ms, reading.flags) == (NOW - 5, Flag.RETAINED)
    for time in (None, NOW - 500 * DAY):
        done = send(pipeline, {"device": "dev-1", "time": time, "power_kw": 1}, retained=True)
        assert (done.readings, done.quarantined, done.rejected) == ([], [], 1)
    done = send(pipeline, {"device": "new", "time": NOW, "power_kw": 1}, retained=True)
    assert (done.quarantined, [unknown.device for unknown in done.unknown]) == ([], ["new"])


def test_caps_on_new_devices_and_on_copies(make: Make) -> None:
    pipeline = make(new_devices_per_minute=3, quarantine_copies_bytes=200)
    body = {f"dev{n}": {"power_kw": 1} for n in range(10, 15)}
    done = send(pipeline, body, "v1/gateway/telemetry")
    assert [unknown.device for unknown in done.unknown] == ["dev10", "dev11", "dev12"]
    assert len(done.quarantined) == 200 // len(json.dumps(body))
    assert len(send(pipeline, body, "v1/gateway/telemetry", arrival_ms=NOW + 60_000).unknown) == 3


def test_caps_on_devices_and_values(make: Make) -> None:
    body = {f"dev{n}": {"power_kw": 1} for n in range(20)}
    assert send(make(max_devices=19), body, "v1/gateway/telemetry").quarantined[0].reason == "too_many_fields"
    assert send(make(max_values=19), body, "v1/gateway/telemetry").quarantined[0].reason == "too_many_fields"


def test_the_same_message_gives_the_same_readings(make: Make) -> None:
    pipeline, body = make(), {"device": "dev-1", "power_kw": 1, "time": 0}
    assert send(pipeline, body).readings == send(pipeline, body).readings


def kept(done: Processed) -> list[tuple[str, str]]:
    return [(item.reason, item.detail) for item in done.quarantined]


MINUTE = 60_000
WAITING = {"device": "dev-1", "time": NOW, "power_kw": 1, "P": 2}


def test_of_messages_that_wait_for_one_cause_one_is_kept_in_ten_minutes(make: Make) -> None:
    pipeline = make()
    assert kept(send(pipeline, WAITING)) == [("needs_mapping", "P")]
    for second in range(5, 600, 5):
        done = send(pipeline, WAITING, arrival_ms=NOW + second * 1_000)
        assert kept(done) == []
        assert len(done.readings) == 1
        assert done.rejected == 1
    assert pipeline.left_out == 119
    assert kept(send(pipeline, WAITING, arrival_ms=NOW + 10 * MINUTE)) == [("needs_mapping", "P")]


@pytest.mark.parametrize(
    ("body", "topic"),
    [(WAITING | {"Q": 3}, "t"), (WAITING, "other"), ({"device": "shared", "time": NOW, "power_kw": 1}, "t"), (b"\xff", "t")],
)
def test_another_cause_is_kept_at_once(make: Make, body: Any, topic: str) -> None:
    pipeline = make()
    send(pipeline, WAITING)
    assert len(send(pipeline, body, topic, arrival_ms=NOW + 1_000).quarantined) == 1


def test_what_is_replayed_is_kept_again_until_it_is_mended(make: Make) -> None:
    pipeline = make()
    send(pipeline, WAITING)
    send(pipeline, WAITING, arrival_ms=NOW + 20 * MINUTE)
    assert kept(send(pipeline, WAITING)) == [("needs_mapping", "P")]
    assert kept(send(pipeline, WAITING, arrival_ms=NOW + 20 * MINUTE)) == [("needs_mapping", "P")]


UPLINK = "application/a/device/{}/event/{}"


def test_a_message_without_readings_waits_under_its_device_and_lists_one_that_is_unknown(make: Make) -> None:
    pipeline, body = make(), {"time": "2026-01-01T00:00:00Z", "deviceInfo": {"devEui": "0a"}, "fPort": 1, "data": "AQ=="}
    done = send(pipeline, body, UPLINK.format("0a", "up"))
    assert [(kept.reason, kept.device, kept.detail) for kept in done.quarantined] == [("needs_mapping", "0a", "data")]
    assert [(listed.device, listed.profile, listed.quantities) for listed in done.unknown] == [("0a", "lorawan", ())]
    assert send(pipeline, body, UPLINK.format("0a", "join")).unknown == []
    done = send(pipeline, body | {"deviceInfo": {"devEui": "dev-1"}}, UPLINK.format("dev-1", "up"))
    assert [(kept.reason, kept.device) for kept in done.quarantined] == [("needs_mapping", "dev-1")]
    assert done.unknown == []


@pytest.mark.parametrize(
    ("topic", "sent", "device"),
    [
        ("shellies/shellyht-1/sensor/temperature", b"21.5", "shellyht-1"),
        ("tele/meter-1/SENSOR", b'{"SML": {"Total_in": 5}}', "meter-1"),
        ("zigbee2mqtt/hall/clamp", b'{"power_a": 5, "linkquality": 9}', "hall/clamp"),
        ("spBv1.0/G/DDATA/E/D", payload(metric("Tag 7"), seq=1), "G/E/D"),
        ("p1", b"/X5\r\n\r\n0-0:96.1.1(41)\r\n1-0:3.8.0(00001.000*kvarh)\r\n!\r\n", "41"),
        ("mbmd/sdm1-1/THD", b"5", "sdm1-1"),
        ("senml", b'[{"bn": "urn:dev:w:", "n": "x", "u": "lb", "v": 1}]', "urn:dev:w:"),
        ("n", b'{"timestamp": 1767225600000, "node": "m", "group": "g", "values": {"tag0": 1}}', "m/g"),
    ],
)
def test_what_waits_names_its_device_in_many_formats(make: Make, topic: str, sent: bytes, device: str) -> None:
    done = send(make(), sent, topic)
    assert [(kept.reason, kept.device) for kept in done.quarantined] == [("needs_mapping", device)]
    assert [listed.device for listed in done.unknown] == [device]


def test_a_message_of_several_devices_waits_under_none(make: Make) -> None:
    done = send(make(), {"dev-1": {"P": 1}, "shared": {"P": 2}}, "v1/gateway/telemetry")
    assert [(kept.reason, kept.device) for kept in done.quarantined] == [("needs_mapping", "")]


def test_every_message_of_an_unknown_device_is_kept_for_its_adoption(make: Make) -> None:
    pipeline = make()
    for second in range(5):
        done = send(pipeline, {"device": "new", "time": NOW, "power_kw": 1}, arrival_ms=NOW + second * 1_000)
        assert kept(done) == [("unknown_device", "power")]
    assert pipeline.left_out == 0


def test_all_are_kept_where_the_settings_say_so(make: Make) -> None:
    pipeline = make(quarantine_minutes=0)
    assert [len(send(pipeline, WAITING, arrival_ms=NOW + second).quarantined) for second in range(3)] == [1, 1, 1]

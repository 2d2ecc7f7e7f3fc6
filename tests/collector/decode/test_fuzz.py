"""Five seconds of spoilt messages through the pipeline, what earlier and longer runs found, and bombs made by hand."""

import json
from base64 import b64encode
from collections.abc import Callable
from time import process_time
from typing import Final

import pytest

from collector.pipeline import Processed
from collector.session.port import Message
from tests.collector.sparkplug import field, metric, payload, varint

from .fuzz import CPU_S, MEMORY_BYTES, NOW, SLACK, BrokenError, check, fuzz, memory, pipeline, seeds, told
from .mutate import Case

SEED = 20_260_101
SECONDS, CASES = 5.0, 20_000
MB: Final = 1_000_000
ROOM = 262_000
"""As much as the gate lets through, nearly."""


def test_spoilt_messages_keep_every_promise() -> None:
    """The seed and the number make the same message and the same history again."""
    held = 0
    for number, case, broken in fuzz(SEED, SECONDS, CASES):
        assert broken is None, told(case, broken, seed=SEED, number=number)
        held += 1
    assert held > 100


FOUND = [
    ("shellypro3em-1/online", b'{"power": 1}'),
    ("spBv1.0", b"\x08\x01"),
    ("rpc", b'{"src": "shellypro3em-1", "result": {"id": 0, "a_act_power": 100}}'),
]


@pytest.mark.parametrize(("topic", "body"), FOUND)
def test_what_the_fuzzer_found_stays_mended(topic: str, body: bytes) -> None:
    check(pipeline(), Case(topic, body), weigh=True)


def test_topics_cut_short_raise_nothing() -> None:
    """What a topic of fewer levels is, chance seldom asks; here every sample meets every part of its topic."""
    reader = pipeline()
    for topic, body in seeds():
        levels = topic.split("/")
        for start in range(len(levels)):
            for end in range(start + 1, len(levels) + 1):
                check(reader, Case("/".join(levels[start:end]), body))


def test_the_checks_can_fail() -> None:
    class Raises:
        def process(self, message: Message) -> Processed:
            raise KeyError(message.topic)

    class Burns:
        def process(self, _: Message) -> Processed:
            ends = process_time() + 1.1 * CPU_S * SLACK
            while process_time() < ends:
                pass
            return Processed([], [], [], 0)

    class Hoards:
        def process(self, _: Message) -> Processed:
            assert bytes(60 * MB)
            return Processed([], [], [], 0)

    with pytest.raises(BrokenError, match="KeyError"):
        check(Raises(), Case("t", b""))  # type: ignore[arg-type]
    with pytest.raises(BrokenError, match="s of CPU"):
        check(Burns(), Case("t", b""))  # type: ignore[arg-type]
    with pytest.raises(BrokenError, match="MB"):
        check(Hoards(), Case("t", b""), weigh=True)  # type: ignore[arg-type]


SPARKPLUG = "spBv1.0/Plant/DBIRTH/Edge/Pump 1"
SENML = "plant/senml/pump"


def templates(depth: int) -> bytes:
    """Templates in templates, each member with a name."""
    inner = metric("power_kw", 1.5)
    for _ in range(depth):
        inner = field(2, field(1, "t") + field(4, 19) + field(18, inner))
    return payload(inner, seq=1)


def bushy(width: int, depth: int) -> bytes:
    """Templates of many members with long names, of which each holds as many."""
    inner = metric("W" * 40, 1.5)
    for _ in range(depth):
        inner = field(2, field(1, "N" * 500) + field(18, inner * width))
    return payload(inner, seq=1)


def declared(size: int) -> bytes:
    """A metric that claims a size it has not."""
    return b"\x12" + varint(size) + b"\x0a\x01a"


def nested(opening: bytes, closing: bytes = b"", depth: int = 100_000) -> bytes:
    return (opening * depth + b"1" + closing * depth)[:ROOM]


def keys(count: int, form: str = '"k%d":1') -> bytes:
    return ("{" + ",".join(form % n for n in range(count)) + "}").encode()


BOMBS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "sparkplug: a size of 2^31": lambda: (SPARKPLUG, declared(2**31 - 1)),
    "sparkplug: a size of 2^63": lambda: (SPARKPLUG, declared(2**63)),
    "sparkplug: an endless varint": lambda: (SPARKPLUG, b"\x12" + b"\xff" * 200_000),
    "sparkplug: a size in every metric": lambda: (SPARKPLUG, payload(*[field(2, b"\x0a\xff\xff\xff\xff\x07a")] * 15_000, seq=1)),
    "sparkplug: 1,000 templates deep": lambda: (SPARKPLUG, templates(1_000)),
    "sparkplug: 20,000 templates deep": lambda: (SPARKPLUG, templates(20_000)),
    "sparkplug: bushy templates": lambda: (SPARKPLUG, bushy(14, 3)),
    "sparkplug: 10,000 members with readings": lambda: (
        SPARKPLUG,
        payload(field(2, field(1, "t") + field(18, metric("active power kW", 1.5) * 9_000)), seq=1),
    ),
    "sparkplug: one long name before many members": lambda: (
        SPARKPLUG,
        payload(field(2, field(1, "t" * 60_000) + field(18, metric("a", 1.5) * 14_000)), seq=1),
    ),
    "sparkplug: 20,000 empty metrics": lambda: (SPARKPLUG, payload(*[b"\x12\x00"] * 120_000, seq=1)),
    "sparkplug: 14 templates of 9,000 empty members": lambda: (
        SPARKPLUG,
        payload(*[field(2, field(1, "t") + field(18, b"\x12\x00" * 9_000))] * 14, seq=1),
    ),
    "sparkplug: 13,000 aliases nobody knows": lambda: (
        SPARKPLUG.replace("BIRTH", "DATA"),
        payload(*[metric(alias=n) for n in range(13_000)], seq=1),
    ),
    "sparkplug: 10,000 metrics of one quantity": lambda: (SPARKPLUG, payload(*[metric(f"{n}/power_kw", 1.5) for n in range(9_000)], seq=1)),
    "cbor: an array of 2^64": lambda: (SENML, b"\x9b" + b"\xff" * 8),
    "cbor: an array as long as the message": lambda: (SENML, b"\x9a\x00\x03\xff\x00" + b"\xf6" * 261_888),
    "cbor: arrays of arrays that claim to be long": lambda: (SENML, b"\x9a\x00\x03\x00\x00" * 52_000),
    "cbor: a text of 2^63": lambda: (SENML, b"\x81\xa1\x00\x7b\x7f" + b"\xff" * 7),
    "cbor: a map of 2^63": lambda: (SENML, b"\x81\xbb\x7f" + b"\xff" * 7),
    "cbor: an indefinite array": lambda: (SENML, b"\x9f" + b"\xa1\x02\x01" * 80_000 + b"\xff"),
    "cbor: indefinite texts": lambda: (SENML, b"\x81\xa1\x00" + b"\x7f" * 200_000),
    "cbor: tags of tags": lambda: (SENML, b"\x81" + b"\xc2" * 200_000),
    "cbor: arrays 200,000 deep": lambda: (SENML, b"\x81" * 200_000),
    "cbor: maps 100,000 deep": lambda: (SENML, b"\x81" + b"\xa1\x00" * 100_000),
    "cbor: 60,000 records": lambda: (SENML, b"\x99\xea\x60" + b"\xa3\x00\x61a\x02\x01" * 60_000),
    "cbor: 20,000 records of one unit": lambda: (SENML, b"\x99\x4e\x20" + b"\xa3\x00\x61a\x01\x61V\x02\x01" * 20_000),
    "cbor: 10,000 records of one unit": lambda: (SENML, b"\x99\x27\x10" + b"\xa3\x00\x61a\x01\x61V\x02\x01" * 10_000),
    "cbor: 130,000 values that are no records": lambda: (SENML, b"\x9a\x00\x01\xff\x00" + b"\xf6" * 130_816),
    "cbor: one map of 20,000 keys": lambda: (
        SENML,
        b"\x81\xba\x00\x00\x4e\x20" + b"".join(b"\x1a" + n.to_bytes(4, "big") + b"\xf6" for n in range(20_000)),
    ),
    "senml: 9,000 names of one quantity": lambda: (
        SENML,
        json.dumps([{"n": f"a{n}", "u": "V", "v": 1} for n in range(9_000)]).encode(),
    ),
    "senml: 8,000 devices": lambda: ("x", json.dumps([{"bn": f"a{n}", "u": "V", "v": 1} for n in range(8_000)]).encode()),
    "json: 1 MB of [": lambda: ("x", b"[" * MB),
    "json: [ up to the cap": lambda: ("x", b"[" * ROOM),
    "json: [] up to the cap": lambda: ("x", b"[" * (ROOM // 2) + b"]" * (ROOM // 2)),
    "json: deep objects": lambda: ("x", nested(b'{"a":', b"}", 40_000)),
    "json: deep behind a text": lambda: ("x", b'{"a":"\\"' + b"[" * 1_000 + b'","b":' + nested(b"[", b"]", 60_000)),
    "json: a whole number of 10^6 digits": lambda: ("x/y", b'{"device":"d","time":1,"power_kw":' + b"9" * MB + b"}"),
    "json: whole numbers up to the cap": lambda: ("x/y", b'{"device":"d","time":1,"power_kw":' + b"9" * 250_000 + b"}"),
    "json: digits as a text": lambda: ("x/y", b'{"device":"d","time":"' + b"9" * 120_000 + b'","power_kw":"' + b"9" * 120_000 + b'"}'),
    "text: 10^6 digits": lambda: ("emon/d/power", b"9" * MB),
    "text: digits up to the cap": lambda: ("emon/d/power", b"9" * ROOM),
    "json: 100,000 keys": lambda: ("x/y", keys(100_000)),
    "json: 20,000 keys": lambda: ("x/y", b'{"device":"d","time":1,"power_kw":1,' + keys(20_000)[1:]),
    "json: one key 25,000 times": lambda: ("x/y", keys(25_000, '"power":%d')),
    "thingsboard: 20,000 devices": lambda: ("v1/gateway/telemetry", keys(12_000, '"d%d":[{"p":1}]')),
    "thingsboard: 20,000 keys": lambda: ("v1/devices/me/telemetry", keys(20_000)),
    "plain json: 4,000 named values": lambda: (
        "x/y",
        json.dumps({"device": "d", "ts": 1, "data": [{"name": f"power {n}", "value": n, "unit": "W"} for n in range(4_000)]}).encode(),
    ),
    "plain json: 4,000 times of one value": lambda: (
        "x/y",
        json.dumps({"device": "d", "ts": 1, "data": [{"name": "level", "value": 1, "unit": "m", "ts": n} for n in range(4_000)]}).encode(),
    ),
    "tasmota: 14,000 attributes of a Zigbee device": lambda: (
        "tele/x/SENSOR",
        b'{"ZbReceived":{"0x1":' + keys(14_000, '"EnergyX%d":1') + b"}}",
    ),
    "shelly: 100,000 records": lambda: (
        "x/rpc",
        b'{"id":1,"src":"shellypro3em-1","result":{"keys":[],"data":[' + b"1," * 100_000 + b"1]}}",
    ),
    "line protocol: 20,000 fields": lambda: ("x/y", b"m " + b",".join(b"k%d=1" % n for n in range(20_000))),
    "line protocol: 20,000 lines": lambda: ("x/y", b"m,device=d power_kw=1 1\n" * 10_000),
    "line protocol: 10^5 digits": lambda: ("x/y", b"m,device=d power_kw=" + b"9" * 100_000 + b"i " + b"9" * 100_000),
    "wmbusmeters: 20,000 keys": lambda: (
        "wmbusmeters/w/1",
        b'{"media":"water","meter":"iperl","name":"w","id":"1","timestamp":"2026-01-01T00:00:00Z",' + keys(16_000, '"total%d_m3":1')[1:],
    ),
    "base64 in json": lambda: ("x/senml/y", json.dumps({"data": b64encode(b"\0" * 190_000).decode()}).encode()),
    "gzip": lambda: (SENML, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + b"\xed\xc1\x01\x0d" * 60_000),
    "gzip on sparkplug": lambda: (SPARKPLUG, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + b"\xed\xc1\x01\x0d" * 60_000),
    "zlib": lambda: ("x", b"\x78\x9c" + b"\xed\xc1\x01\x0d" * 60_000),
    "topic of 1 MB": lambda: ("a" * MB, b"1"),
    "topic of 500,000 levels": lambda: ("a/" * (MB // 2), b'{"power_kw":1}'),
    "topic of 65,535 bytes": lambda: ("/".join(["a" * 250] * 261), b'{"power_kw":1}'),
    "topic as long as the gate lets through": lambda: ("/".join(["ộ" * 256] * 64), b'{"power_kw":1}'),
    "sparkplug topic as long as the gate lets through": lambda: (
        "/".join(["spBv1.0", "ộ" * 256, "DBIRTH", "ộ" * 256, "ộ" * 256]),
        payload(*[metric(f"{n} power_kw", 1.5, alias=n) for n in range(7_000)], seq=1),
    ),
}


@pytest.mark.parametrize("availability", [b"", b',"pl_not_avail":"' + b"a" * 100_000 + b'"'])
def test_an_announcement_of_thousands_of_sensors_costs_little(availability: bytes) -> None:
    """Nothing of it is a reading or a fault; what is remembered of it stays small."""
    sensor = '"%d":{"p":"sensor","dev_cla":"power","unit_of_meas":"W","stat_t":"~/t","~":"aaaaaaaa","avty_t":"b"}'
    body = b'{"avty_t":"a"' + availability + b',"cmps":' + keys(1_400, sensor) + b"}"
    assert not check(pipeline(), Case("homeassistant/device/x/config", body), weigh=True).quarantined


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_little_and_does_not_block_what_follows(name: str) -> None:
    """The meter reads on after it, in the same pipeline."""
    reader = pipeline()
    bomb = Case(*BOMBS[name]())
    result = check(reader, bomb, weigh=True)
    assert not result.readings
    assert result.quarantined or result.unknown or result.rejected or not bomb.payload
    after = b'{"device": "a stranger", "time": 1767225600, "power_kw": 2}'
    assert reader.process(Message("x/y", after, False, 1, NOW)).unknown


def test_a_bomb_in_a_registered_meter_s_message_costs_that_field_only() -> None:
    """A number beyond all doubles is refused; its siblings are read."""
    body = b'{"device": "d", "time": 1767225600, "power_kw": ' + b"9" * 400 + b', "voltage_v": 230, "current_a": 1e999}'
    reader = pipeline()
    result = check(reader, Case("x/y", body))
    assert [kept.reason for kept in result.quarantined] == ["not_decodable"]
    body = b'{"device": "d", "time": 1767225600, "power_kw": "' + b"9" * 120_000 + b'", "voltage_v": 230}'
    result = check(reader, Case("x/y", body))
    assert [refused.reason for refused in result.refused] == ["not_a_number"]
    assert [device.quantities for device in result.unknown] == [("voltage",)]
    assert memory(reader, Message("x/y", body, False, 1, NOW)) < MEMORY_BYTES

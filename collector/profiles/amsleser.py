"""amsleser (AMS reader for the HAN port of Nordic meters): JSON, or a meter's list without a frame, as bytes or ASCII hex.

JSON on any topic with `id`, `t`, `up` and `data`, or the keys of `data` beside them: P, PO in W (import, export), Q, QO in
var, I1 to I3 A, U1 to U3 V, PF, tPI and tPO kWh. Time is the meter's `rtc`, else the reader's `t`. The device is `id`.
What it adds up itself (`realtime`) is no reading. For Home Assistant it sends `lv`, `id`, `type` and the same keys, without a
time and with PF in percent, which waits for a rule. A DLMS structure is one of the meter's lists (see `collector.dlms`)
where the list names its maker or begins with its clock, or is hex on a topic that starts with `ams`; the device is the
meter's number, else the topic. Bare values: `ams.../meter/import/active` (W), `.../accumulated` (kWh), `.../l1/voltage` and
the like, where the topic's first level starts with `ams`; the device is what is before `/meter/`.
Source: amsleser.no, MQTT payloads; github.com/UtilitechAS/amsreader-firmware (JSON of its MQTT handlers); IEC 62056-6-2
(DLMS types); NVE's OBIS lists.
"""

import re
from typing import Any, ClassVar, Final

from collector.dlms import DlmsError, data_value, pushed, put_list
from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column
from collector.numbers import is_number

_READER: Final = frozenset({"id", "t", "up"})
_FLAT: Final = frozenset({"vcc", "rssi", "P"})
_FOR_HOME_ASSISTANT: Final = frozenset({"lv", "id", "type", "P"})
_ABOUT: Final = frozenset({*_READER, "name", "vcc", "rssi", "temp", "lv", "id", "meterId", "type", "rtc", "data", "realtime"})
_FIELDS: Final[dict[str, Column]] = {
    "P": column("power", "W"),
    "PO": column("power_export", "W"),
    **{f"P{n}": column(f"power_l{n}", "W") for n in (1, 2, 3)},
    **{f"PO{n}": column(f"power_export_l{n}", "W") for n in (1, 2, 3)},
    "Q": column("reactive_power_import", "var"),
    "QO": column("reactive_power_export", "var"),
    **{f"I{n}": column(f"current_l{n}", "A") for n in (1, 2, 3)},
    **{f"U{n}": column(f"voltage_l{n}", "V") for n in (1, 2, 3)},
    "PF": column("power_factor", "1"),
    **{f"PF{n}": column(f"power_factor_l{n}", "1") for n in (1, 2, 3)},
    "tPI": column("energy_import", "kWh"),
    "tPO": column("energy_export", "kWh"),
    **{f"tPI{n}": column(f"energy_import_l{n}", "kWh") for n in (1, 2, 3)},
    **{f"tPO{n}": column(f"energy_export_l{n}", "kWh") for n in (1, 2, 3)},
}
_TOPICS: Final[dict[str, Column]] = {
    "meter/import/active": column("power", "W"),
    "meter/export/active": column("power_export", "W"),
    "meter/import/reactive": column("reactive_power_import", "var"),
    "meter/export/reactive": column("reactive_power_export", "var"),
    "meter/import/active/accumulated": column("energy_import", "kWh"),
    "meter/export/active/accumulated": column("energy_export", "kWh"),
    **{f"meter/import/l{n}": column(f"power_l{n}", "W") for n in (1, 2, 3)},
    **{f"meter/export/l{n}": column(f"power_export_l{n}", "W") for n in (1, 2, 3)},
    **{f"meter/l{n}/current": column(f"current_l{n}", "A") for n in (1, 2, 3)},
    **{f"meter/l{n}/voltage": column(f"voltage_l{n}", "V") for n in (1, 2, 3)},
}
_NO_METER: Final = frozenset({"meter/id", "meter/clock", "meter/type", "meter/dlms/timestamp"})
_TOPIC: Final = re.compile(r"ams.*?/(meter/(?:id|clock|type|dlms/timestamp|powerfactor|(?:import|export|l[123])/.+))")
_HEX: Final = re.compile(rb"0[12](?:[0-9A-Fa-f]{2})+")
_MARKS: Final = (b"Kamstrup_V", b"KFM_", b"AIDON_V", b"\x09\x06\x00\x00\x01\x00\x00\xff\x09\x0c")
"""What a list begins with: the name that its maker gave it, or the code of the clock."""
_HEAD: Final = 64


class Profile:
    """Reads amsleser."""

    name: ClassVar[str] = "amsleser"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        body = message.object
        if body:
            return _values(body) is not None
        if _key(message) is not None:
            return True
        data = None if message.json is not None else _list_bytes(message)
        if data is None:
            return False
        is_hex = data is not message.payload
        return _is_marked(data) or (is_hex and message.topic.startswith("ams"))

    def decode(self, message: Envelope) -> Decoded:
        """Read one message."""
        decoded = Decoded()
        body = message.object
        data = _values(body)
        if data is None:
            key = _key(message)
            if key is None:
                _read_list(message, decoded)
            else:
                _read_topic(message, key, decoded)
            return decoded
        device = body["id"] if type(body["id"]) is str else ""
        times = (message.time_ms(data.get("rtc")) or message.time_ms(body.get("t")),)
        prefix, in_percent = ("data.", False) if data is not body else ("", "t" not in body)
        for key, raw in data.items():
            found = message.names.column(key) or (None if in_percent and key.startswith("PF") else _FIELDS.get(key))
            if found is not None:
                decoded.put(device, times, raw, found, prefix + key)
            elif key not in _ABOUT and is_number(raw) and not message.names.ignores(key):
                decoded.reject(prefix + key, "needs_mapping")
        return decoded


def _values(body: dict[str, Any]) -> dict[str, Any] | None:
    """The object with the meter's values; None where it is none of this reader's."""
    data = body.get("data")
    if body.keys() >= _READER and isinstance(data, dict):
        return data
    is_flat = body.keys() >= _READER | _FLAT or (body.keys() >= _FOR_HOME_ASSISTANT and type(body["lv"]) is str)
    return body if is_flat else None


def _key(message: Envelope) -> str | None:
    """What a topic of bare values is about, such as `meter/l1/current`; None for other topics."""
    said = _TOPIC.fullmatch(message.topic)
    if said is None:
        return None
    key = said[1]
    is_known = key in _TOPICS or key in _NO_METER
    return key if is_known or (is_number(message.text) and not _HEX.fullmatch(message.payload)) else None


def _read_topic(message: Envelope, key: str, decoded: Decoded) -> None:
    found = message.names.column(key) or _TOPICS.get(key)
    if found is not None:
        device = message.topic.removesuffix("/" + key)
        decoded.put(device, (None,), message.text, found, key)
    elif key not in _NO_METER and not message.names.ignores(key):
        decoded.reject(key, "needs_mapping")


def _list_bytes(message: Envelope) -> bytes | None:
    """Bytes of what may be a list: the payload's own, or those it writes in hex."""
    payload = message.payload
    if payload[:1] in {b"\x01", b"\x02"}:
        return payload
    text = payload.strip()
    return bytes.fromhex(text.decode("ascii")) if _HEX.fullmatch(text) else None


def _is_marked(data: bytes) -> bool:
    return any(mark in data[:_HEAD] for mark in _MARKS)


def _read_list(message: Envelope, decoded: Decoded) -> None:
    data = _list_bytes(message) or b""
    try:
        items, end = data_value(data)
    except DlmsError:
        items, end = None, 0
    if type(items) is not list or end != len(data):
        decoded.quarantined = "not_decodable"
        return
    said = pushed(items)
    put_list(message, said, said.serial or message.topic, said.clock, decoded)

"""amsleser (AMS reader for the HAN port of Nordic meters): JSON, or a meter's shortest list as ASCII hex.

JSON on any topic with `id`, `t`, `up` and `data`: P, PO in W (import, export), Q, QO in var, I1 to I3 A, U1 to U3 V, PF,
tPI and tPO kWh. Time is the meter's `rtc`, else the reader's `t`. The device is `id`. ASCII hex of a DLMS structure on
a topic that starts with `ams` is one of the meter's lists (see `collector.dlms`); the device is the meter's number, else
the topic.
Source: amsleser.no, MQTT payloads; IEC 62056-6-2 (DLMS types); NVE's OBIS lists.
"""

import re
from typing import ClassVar, Final

from collector.dlms import DlmsError, clock_text, data_value, pushed
from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column

_SIGNATURE: Final = frozenset({"id", "t", "up", "data"})
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
}
_HEX: Final = re.compile(r"0[12](?:[0-9A-Fa-f]{2})+", re.ASCII)


class Profile:
    """Reads amsleser."""

    name: ClassVar[str] = "amsleser"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        if message.object:
            return message.object.keys() >= _SIGNATURE and type(message.object["data"]) is dict
        return message.topic.startswith("ams") and message.json is None and _HEX.fullmatch(message.text or "") is not None

    def decode(self, message: Envelope) -> Decoded:
        """Read one message."""
        decoded = Decoded()
        body = message.object
        if not body:
            _read_list(message, decoded)
            return decoded
        data = body["data"]
        times = (message.time_ms(data.get("rtc")) or message.time_ms(body["t"]),)
        device = body["id"] if type(body["id"]) is str else ""
        for key, raw in data.items():
            if key in _FIELDS:
                decoded.put(device, times, raw, _FIELDS[key], f"data.{key}")
        return decoded


def _read_list(message: Envelope, decoded: Decoded) -> None:
    data = bytes.fromhex(message.text or "")
    try:
        items, end = data_value(data)
    except DlmsError:
        items, end = None, 0
    if type(items) is not list or end != len(data):
        decoded.quarantined = "not_decodable"
        return
    said = pushed(items)
    times = (message.time_ms(clock_text(said.clock)),)
    for name, raw, of_entry in said.entries:
        decoded.put(said.serial or message.topic, times, raw, of_entry, name)
    if not decoded.blocks and not decoded.rejected:
        decoded.quarantined = "needs_mapping"

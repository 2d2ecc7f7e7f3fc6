"""Kepware IoT Gateway: samples of tags.

Any topic: {"timestamp": ms, "values": [{"id": "Channel.Device.Tag", "v": value, "q": good?, "t": ms}]}. The device is the
id without its last part, the tag is that part; tags are the user's own names and wait for a rule unless the name carries
its unit. `t` is the sample's own time, `timestamp` that of sending. A quality `q` other than true (or OPC's 192 and up) is
refused as stale.
Source: kepware.com, IoT Gateway manual, standard template of the MQTT client agent.
"""

from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.keys import unit_key

_OPC_GOOD: Final = 192


class Profile:
    """Reads Kepware's IoT Gateway."""

    name: ClassVar[str] = "kepware"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        values = message.object.get("values")
        if type(values) is not list or "timestamp" not in message.object:
            return False
        if not values:
            return message.object.keys() == {"timestamp", "values"}
        return type(values[0]) is dict and type(values[0].get("id")) is str and "v" in values[0]

    def decode(self, message: Envelope) -> Decoded:
        """Read all samples of one message."""
        decoded = Decoded()
        for sample in message.object["values"]:
            if type(sample) is dict and type(sample.get("id")) is str:
                _read(message, sample, decoded)
            else:
                decoded.reject("values", "not_decodable")
        return decoded


def _good(quality: Any) -> bool:
    """Whether a quality is good: true, or as OPC writes it (192 and up)."""
    return quality is True or (type(quality) is int and quality >= _OPC_GOOD)


def _read(message: Envelope, sample: dict[str, Any], decoded: Decoded) -> None:
    device, _, tag = sample["id"].rpartition(".")
    raw = sample.get("v")
    found = message.names.column(sample["id"]) or message.names.column(tag) or unit_key(tag)
    if found is None:
        if (type(raw) is float or type(raw) is int) and not message.names.ignores(tag):
            decoded.reject(tag, "needs_mapping")
    elif not _good(sample.get("q", True)):
        decoded.reject(tag, "stale")
    else:
        decoded.put(device, (message.time_ms(sample.get("t", message.object["timestamp"])),), raw, found, tag)

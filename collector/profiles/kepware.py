"""Kepware IoT Gateway: samples of tags.

Any topic: {"timestamp": ms, "values": [{"id": "Channel.Device.Tag", "v": value, "q": good?, "t": ms}]}, or without
`timestamp`, the list of samples or a sample alone, where each tells `q` and `t`. The device is the id without its last
part, the tag is that part; tags are the user's own names and wait for a rule unless the name carries its unit. `t` is the
sample's own time, `timestamp` that of sending. A quality `q` other than true (or OPC's 192 and up) is refused as stale.
Source: kepware.com, IoT Gateway manual, standard template of the MQTT client agent.
"""

from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.keys import evident_key
from collector.numbers import is_number

_OPC_GOOD: Final = 192


class Profile:
    """Reads Kepware's IoT Gateway."""

    name: ClassVar[str] = "kepware"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        samples = _samples(message.json)
        if samples is None:
            return False
        if not samples:
            return message.object.keys() == {"timestamp", "values"}
        return _is_sample(samples[0]) and ("timestamp" in message.object or _tells_all(message, samples[0]))

    def decode(self, message: Envelope) -> Decoded:
        """Read all samples of one message."""
        decoded = Decoded()
        for sample in _samples(message.json) or ():
            if _is_sample(sample):
                _read(message, sample, decoded)
            else:
                decoded.reject("values", "not_decodable")
        return decoded


def _samples(body: Any) -> list[Any] | None:
    if isinstance(body, dict):
        body = [body] if "v" in body else body.get("values")
    return body if isinstance(body, list) else None


def _tells_all(message: Envelope, sample: dict[str, Any]) -> bool:
    """Whether a sample tells its own quality and a time, so that it needs no envelope."""
    return type(sample.get("q")) in {bool, int} and message.time_ms(sample.get("t")) is not None


def _is_sample(sample: Any) -> bool:
    return type(sample) is dict and type(sample.get("id")) is str and "v" in sample


def _good(quality: Any) -> bool:
    """Whether a quality is good: true, or as OPC writes it (192 and up)."""
    return quality is True or (type(quality) is int and quality >= _OPC_GOOD)


def _read(message: Envelope, sample: dict[str, Any], decoded: Decoded) -> None:
    device, _, tag = sample["id"].rpartition(".")
    decoded.note_sender(device)
    raw = sample["v"]
    found = message.names.column(sample["id"]) or message.names.column(tag) or evident_key(tag)
    if not _good(sample.get("q", True)):
        decoded.reject(tag, "stale")
    elif found is not None:
        decoded.put(device, (message.time_ms(sample.get("t", message.object.get("timestamp"))),), raw, found, tag)
    elif (is_number(raw) or isinstance(raw, list)) and not message.names.ignores(tag):
        decoded.reject(tag, "needs_mapping")

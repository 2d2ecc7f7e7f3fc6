"""ACRIOS converters: a scan of wireless M-Bus meters.

Any topic: {"IMSI", "type": "scanCycleReport", "data": [{"timestamp", "meterId", "found", "parsed": {"type", "value"}}]}.
The unit of `value` is not told: it waits for a rule under the meter's type (`water`); other parsers give numbers of other
names, which wait under these. The device is the meter's number; a meter that was not found gives nothing. Time is naive.
Source: wiki.acrios.com, Communication Protocols.
"""

from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.numbers import is_number

_REPORT: Final = "scanCycleReport"


class Profile:
    """Reads ACRIOS' scans."""

    name: ClassVar[str] = "acrios"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        body = message.object
        return body.get("type") == _REPORT and "IMSI" in body and type(body.get("data")) is list

    def decode(self, message: Envelope) -> Decoded:
        """Read all meters of one scan."""
        decoded = Decoded()
        for record in message.object["data"]:
            parsed = record.get("parsed") if type(record) is dict else None
            if type(parsed) is not dict or record.get("found") is not True:
                continue
            device = record.get("meterId")
            if type(device) is not str:
                decoded.reject("data", "not_decodable")
                continue
            decoded.note_sender(device)
            times = (message.time_ms(record.get("timestamp")),)
            for name, raw in _values(parsed):
                found = message.names.column(name)
                if found is not None:
                    decoded.put(device, times, raw, found, name)
                elif not message.names.ignores(name):
                    decoded.reject(name, "needs_mapping")
        return decoded


def _values(parsed: dict[str, Any]) -> list[tuple[str, Any]]:
    kind = parsed.get("type")
    if "value" in parsed and isinstance(kind, str):
        return [(kind, parsed["value"])]
    return [(name, raw) for name, raw in parsed.items() if is_number(raw)]

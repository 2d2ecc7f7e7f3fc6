"""ACRIOS converters: a scan of wireless M-Bus meters.

Any topic: {"IMSI", "type": "scanCycleReport", "data": [{"timestamp", "meterId", "found", "parsed": {"type", "value"}}]}.
The unit of `value` is not told: it waits for a rule under the meter's type (`water`). The device is the meter's number; a
meter that was not found gives nothing. Time is naive. Source: wiki.acrios.com, Communication Protocols.
"""

from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope

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
            if type(parsed) is not dict or record.get("found") is not True or "value" not in parsed:
                continue
            kind, device = parsed.get("type"), record.get("meterId")
            if type(kind) is not str or type(device) is not str:
                decoded.reject("data", "not_decodable")
                continue
            found = message.names.column(kind)
            if found is not None:
                decoded.put(device, (message.time_ms(record.get("timestamp")),), parsed["value"], found, kind)
            elif not message.names.ignores(kind):
                decoded.reject(kind, "needs_mapping")
        return decoded

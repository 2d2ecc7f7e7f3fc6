"""rtlamr and rtlamr2mqtt: North American radio meters (SCM, SCM+, IDM, R900).

Any topic: {"Time", "Type", "Message": {"ID" or "EndpointID" or "ERTSerialNumber", "Consumption" ...}}. The device is the
meter's number. A count has no unit (gallons, cubic feet, 0.01 kWh by meter and utility) and waits for a rule under its
name.
Source: github.com/bemasher/rtlamr, wiki, Protocol; github.com/allangood/rtlamr2mqtt.
"""

from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope

_NUMBERS: Final = ("ID", "EndpointID", "ERTSerialNumber", "ERTSerialNumberStr")
_COUNTS: Final = ("Consumption", "LastConsumptionCount", "LastConsumption", "LastConsumptionNet", "LastGeneration")


class Profile:
    """Reads rtlamr."""

    name: ClassVar[str] = "rtlamr"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        inner = message.object.get("Message")
        return type(inner) is dict and "Time" in message.object and any(key in inner for key in _NUMBERS)

    def decode(self, message: Envelope) -> Decoded:
        """Read the counts of one telegram."""
        decoded = Decoded()
        inner = message.object["Message"]
        device = next(str(inner[key]) for key in _NUMBERS if key in inner)[:64]
        decoded.note_sender(device)
        counts = {key: inner[key] for key in _COUNTS if key in inner}
        _read(message, device, message.object["Time"], counts, decoded)
        return decoded


def _read(message: Envelope, device: str, when: Any, counts: dict[str, Any], decoded: Decoded) -> None:
    times = (message.time_ms(when),)
    for key, raw in counts.items():
        found = message.names.column(key)
        if found is not None:
            decoded.put(device, times, raw, found, key)
        elif raw is not None and not message.names.ignores(key):
            decoded.reject(key, "needs_mapping")

"""rtl_433: radio sensors, one JSON an event.

Any topic; keys `time` and `model`. The device is `<model>/<id>`. Keys end in their unit: `temperature_C` or `_F`,
`power_W`, `energy_kWh`, `current_A`, `volume_m3`; counts, circuits and voltages wait for a rule. Time is naive unless set
otherwise.
Source: github.com/merbanan/rtl_433, docs/DATA_FORMAT.md.
"""

import re
from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import column

_FIELDS: Final = {
    "temperature_C": column("temperature", "degC"),
    "temperature_F": column("temperature", "degF"),
    "power_W": column("power", "W"),
    "energy_kWh": column("energy_import", "kWh"),
    "volume_m3": column("volume", "m3"),
    "current_A": column("current", "A"),
}
_WAITS: Final = re.compile(
    r"(?:power|energy|current|(?:last)?consumption|volume|flow|pulse|water|gas|voltage|temperature|pressure_(?:kpa|psi|bar))\w*",
    re.IGNORECASE,
)
"""Names of what may be a meter's, whose unit or circuit they do not tell."""


class Profile:
    """Reads rtl_433's events."""

    name: ClassVar[str] = "rtl_433"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        body = message.object
        return type(body.get("time")) in {str, int, float} and type(body.get("model")) is str and "device" not in body and "src" not in body

    def decode(self, message: Envelope) -> Decoded:
        """Read one event."""
        decoded = Decoded()
        body = message.object
        sender = body.get("id", body.get("channel"))
        device = f"{body['model']}/{sender}" if type(sender) in {int, str} else body["model"]
        decoded.note_sender(device)
        times = (message.time_ms(body["time"]),)
        for key, raw in body.items():
            found = message.names.column(key) or _FIELDS.get(key)
            if found is not None:
                decoded.put(device, times, raw, found, key)
            elif type(raw) in {int, float} and _WAITS.fullmatch(key) and not message.names.ignores(key):
                decoded.reject(key, "needs_mapping")
        return decoded

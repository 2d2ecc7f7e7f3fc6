"""evcc: charging stations, one bare value a topic.

`evcc/loadpoints/<n>/chargePower` is W, positive while charging; the device is `evcc/loadpoints/<n>`. Registers changed
their unit between releases (Wh, kWh) and wait for a rule; energies of a session are no registers. An empty payload
means that there is no value any more. Source: docs.evcc.io, MQTT.
"""

from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import column

_ROOT: Final = "evcc"
_CHARGE_POWER: Final = column("power", "W")
_REGISTER: Final = "chargeTotalImport"


class Profile:
    """Reads evcc's charging stations."""

    name: ClassVar[str] = "evcc"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        return message.levels[0] == _ROOT and len(message.levels) > 1

    def decode(self, message: Envelope) -> Decoded:
        """Read one value."""
        decoded = Decoded()
        levels = message.levels
        if len(levels) != 4 or levels[1] != "loadpoints":
            return decoded
        key = levels[3]
        found = message.names.column(key) or (_CHARGE_POWER if key == "chargePower" else None)
        if found is not None:
            decoded.put("/".join(levels[:3]), (None,), message.text, found, key)
        elif key == _REGISTER:
            decoded.reject(key, "needs_mapping")
        return decoded

"""evcc: charging stations, one bare value a topic.

`evcc/loadpoints/<n>/chargePower` is W, positive while charging, `chargeCurrents` A and `chargeVoltages` V by phase
(`/l1` or `/1`); the device is `evcc/loadpoints/<n>`. Registers changed
their unit between releases (Wh, kWh) and wait for a rule; energies of a session are no registers. An empty payload
means that there is no value any more. Source: docs.evcc.io, MQTT.
"""

from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import column

_ROOT: Final = "evcc"
_CHARGE_POWER: Final = column("power", "W")
_PHASES: Final = {
    f"{key}/{spelling}": column(f"{name}_l{phase}", unit)
    for key, name, unit in (("chargeCurrents", "current", "A"), ("chargeVoltages", "voltage", "V"))
    for phase in (1, 2, 3)
    for spelling in (f"l{phase}", str(phase))
}
_REGISTER: Final = "chargeTotalImport"
_LEVELS: Final = 4


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
        if levels[1] != "loadpoints" or not _LEVELS <= len(levels) <= _LEVELS + 1:
            return decoded
        key = "/".join(levels[3:])
        found = message.names.column(key) or (_CHARGE_POWER if key == "chargePower" else _PHASES.get(key))
        if found is not None:
            decoded.put("/".join(levels[:3]), (None,), message.text, found, key)
        elif key == _REGISTER:
            decoded.reject(key, "needs_mapping")
        return decoded

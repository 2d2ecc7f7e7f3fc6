"""Shelly devices of the first generation: one bare value a topic below `shellies/<id>/`.

`emeter/<n>/power` W, `voltage` V, `current` A, `pf`, `reactive_power` var, `total` and `total_returned` Wh. On a 3EM
(`shellyem3-...`) the channels are phases, on an EM (`shellyem-...`) circuits; under a name of the user's own they wait
for a rule as `emeter/<n>/<key>`. `energy` and `returned_energy` are Wmin since the last report: not a register.
Relays, `online`, `announce` and the like hold no readings.
Source: shelly-api-docs.shelly.cloud, Gen1, Shelly EM and 3EM, MQTT.
"""

import re
from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column

_ROOT: Final = "shellies"
_CHANNEL: Final = re.compile(r"[0-2]", re.ASCII)
_COUNTER_LIMITS: Final = frozenset({4294967295.0, 2147483647.0, -2147483648.0})
_QUANTITIES: Final = {
    "power": ("power", "W"),
    "reactive_power": ("reactive_power", "var"),
    "voltage": ("voltage", "V"),
    "current": ("current", "A"),
    "pf": ("power_factor", "1"),
    "total": ("energy_import", "Wh"),
    "total_returned": ("energy_export", "Wh"),
}
_LEVELS: Final = 5
"""shellies, id, emeter, channel, key."""


class Profile:
    """Reads Shelly Gen1 energy meters."""

    name: ClassVar[str] = "shelly_gen1"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        return levels[0] == _ROOT and len(levels) > 2 and all(levels)

    def decode(self, message: Envelope) -> Decoded:
        """Read one value."""
        decoded = Decoded()
        levels = message.levels
        if len(levels) != _LEVELS or levels[2] != "emeter" or not _CHANNEL.fullmatch(levels[3]) or levels[4] not in _QUANTITIES:
            return decoded
        field = "/".join(levels[2:])
        found = message.names.column(field) or _evident(levels[1], int(levels[3]), levels[4])
        if found is None:
            decoded.reject(field, "needs_mapping")
        else:
            decoded.put(levels[1], (None,), message.text, found, field)
        return decoded


def _evident(device: str, channel: int, key: str) -> Column | None:
    name, unit = _QUANTITIES[key]
    if device.startswith("shellyem3-"):
        return column(f"{name}_l{channel + 1}", unit, sentinels=_COUNTER_LIMITS)
    if device.startswith("shellyem-"):
        return column(f"{name}_ch{channel}", unit, sentinels=_COUNTER_LIMITS)
    return None

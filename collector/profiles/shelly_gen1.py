"""Shelly devices of the first generation: one bare value a topic below `shellies/<id>/`.

`emeter/<n>/power` W, `voltage` V, `current` A, `pf`, `reactive_power` var, `total` and `total_returned` Wh. On a 3EM
(`shellyem3-...`) the channels are phases, on an EM (`shellyem-...`) circuits; under a name of the user's own they wait
for a rule as `emeter/<n>/<key>`. `energy` and `returned_energy` are Wmin since the last report: not a register.
`relay/<n>/power` and the like are W; a device of one circuit (`shelly1pm-`, `shellyplug-`, `shellydimmer-`, ...) has no
channel in the quantity's name. A sensor's temperature is in the unit that was set: it waits for a rule. `online`,
`announce`, `info` and states hold no readings.
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
_OUTPUTS: Final = frozenset({"relay", "light", "roller"})
_ONE_CIRCUIT: Final = ("shelly1pm-", "shelly1l-", "shellyplug-", "shellydimmer", "shellyvintage-", "shellybulbduo-")
_TWO_CIRCUITS: Final = ("shellyswitch25-", "shellyswitch-")
_WAITING: Final = frozenset({"sensor/temperature", "ext_temperature/0", "ext_temperature/1", "ext_temperature/2"})


class Profile:
    """Reads Shelly Gen1 energy meters."""

    name: ClassVar[str] = "shelly_gen1"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        return levels[0] == _ROOT and len(levels) > 1 and all(levels)

    def decode(self, message: Envelope) -> Decoded:
        """Read one value."""
        decoded = Decoded()
        levels = message.levels
        if len(levels) < 4 or message.object:
            return decoded
        field = "/".join(levels[2:])
        found = message.names.column(field) or _evident(levels)
        if found is not None:
            decoded.put(levels[1], (None,), message.text, found, field)
        elif (field in _WAITING or _is_value(levels)) and not message.names.ignores(field):
            decoded.reject(field, "needs_mapping")
        return decoded


def _is_value(levels: list[str]) -> bool:
    if len(levels) != _LEVELS or not _CHANNEL.fullmatch(levels[3]):
        return False
    return (levels[2] == "emeter" and levels[4] in _QUANTITIES) or (levels[2] in _OUTPUTS and levels[4] == "power")


def _evident(levels: list[str]) -> Column | None:
    if not _is_value(levels):
        return None
    device, kind, channel, key = levels[1], levels[2], int(levels[3]), levels[4]
    name, unit = _QUANTITIES[key]
    if kind != "emeter":
        one = device.startswith(_ONE_CIRCUIT) or kind == "roller"
        return column(name if one else f"{name}_ch{channel}", unit) if one or device.startswith(_TWO_CIRCUITS) else None
    if device.startswith("shellyem3-"):
        return column(f"{name}_l{channel + 1}", unit, sentinels=_COUNTER_LIMITS)
    if device.startswith("shellyem-"):
        return column(f"{name}_ch{channel}", unit, sentinels=_COUNTER_LIMITS)
    return None

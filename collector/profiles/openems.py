"""OpenEMS Edge: channels of components, `edge/<edge>/channel/<component>/<channel>`, with or without a prefix.

A bare value. Of `_sum`, the whole site, the grid's power is W, positive when bought (`GridActivePower`, `...L1` to `L3`), and its
registers are Wh (`GridBuyActiveEnergy`, `GridSellActiveEnergy`). Which way others count depends on what the component was set up
for, and the units on its nature: they wait for a rule under their name. The device is `<edge>/<component>`. `lastUpdate` and
`edgeConfig` hold no readings.
Source: openems.github.io, Controller.Api.MQTT; github.com/OpenEMS/openems, ControllerApiMqtt, Sum.
"""

from typing import ClassVar, Final

from collector.bare import read_bare
from collector.envelope import Decoded, Envelope
from collector.normalise import column

_CHANNEL: Final = "channel"
_EDGE: Final = "edge"
_SILENT: Final = frozenset({"lastUpdate", "edgeConfig"})
_SUM: Final = "_sum"
_GRID: Final = {
    "GridActivePower": column("power", "W"),
    **{f"GridActivePowerL{phase}": column(f"power_l{phase}", "W") for phase in (1, 2, 3)},
    "GridBuyActiveEnergy": column("energy_import", "Wh"),
    "GridSellActiveEnergy": column("energy_export", "Wh"),
}


class Profile:
    """Reads OpenEMS Edge."""

    name: ClassVar[str] = "openems"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        if _EDGE not in levels[:-2]:
            return False
        after = levels[levels.index(_EDGE) + 2 :]
        return (len(after) == 3 and after[0] == _CHANNEL) or (bool(after) and after[0] in _SILENT) or after[-1:] == ["lastUpdate"]

    def decode(self, message: Envelope) -> Decoded:
        """Read one channel."""
        decoded = Decoded()
        levels = message.levels
        at = levels.index(_EDGE)
        after = levels[at + 2 :]
        if after[0] == _CHANNEL and len(after) == 3 and after[-1] not in _SILENT:
            evident = _GRID.get(after[2]) if after[1] == _SUM else None
            read_bare(message, f"{levels[at + 1]}/{after[1]}", after[2], decoded, evident)
        return decoded

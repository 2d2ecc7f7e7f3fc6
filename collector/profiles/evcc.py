"""evcc: charging stations and the grid's meter, one bare value a topic.

`evcc/loadpoints/<n>/chargePower` is W, positive while charging, `chargeCurrents` A and `chargeVoltages` V by phase
(`/l1` or `/1`); the device is `evcc/loadpoints/<n>`. `evcc/site/gridPower` is W, positive when taken from the grid, in later
releases `evcc/site/grid/power` with `powers` and `currents` by phase; the devices are `evcc/site` and `evcc/site/grid`.
Registers changed their unit between releases (Wh, kWh) and wait for a rule, and so do the powers of what is behind the
grid's meter; energies of a session are no registers. An empty payload means that there is no value any more.
Source: docs.evcc.io, MQTT and REST API (site, loadpoints).
"""

import re
from typing import ClassVar, Final

from collector.bare import read_bare
from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column

_ROOT: Final = "evcc"


def _by_phase(key: str, name: str, unit: str) -> dict[str, Column]:
    return {f"{key}/{spelling}": column(f"{name}_l{n}", unit) for n in (1, 2, 3) for spelling in (f"l{n}", str(n))}


_LOADPOINT: Final = {
    "chargePower": column("power", "W"),
    **_by_phase("chargeCurrents", "current", "A"),
    **_by_phase("chargeVoltages", "voltage", "V"),
}
_SITE: Final = {
    "gridPower": column("power", "W"),
    **_by_phase("gridPowers", "power", "W"),
    **_by_phase("gridCurrents", "current", "A"),
}
_GRID: Final = {"power": column("power", "W"), **_by_phase("powers", "power", "W"), **_by_phase("currents", "current", "A")}
_WAITS: Final = re.compile(r"(?:\w+/)*(?:\w*(?:[pP]ower|TotalImport)|energy|(?:grid|pv|home|battery|aux)Energy)")
"""Powers and registers whose unit or direction the topic does not tell."""


class Profile:
    """Reads evcc's charging stations and grid meter."""

    name: ClassVar[str] = "evcc"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        return message.levels[0] == _ROOT and len(message.levels) > 1

    def decode(self, message: Envelope) -> Decoded:
        """Read one value."""
        decoded = Decoded()
        levels = message.levels
        if levels[1] == "loadpoints":
            size, evident = 3, _LOADPOINT
        elif levels[1:3] == ["site", "grid"]:
            size, evident = 3, _GRID
        elif levels[1] == "site":
            size, evident = 2, _SITE
        else:
            return decoded
        key = "/".join(levels[size:])
        if key in evident or message.names.column(key) is not None or _WAITS.fullmatch(key):
            read_bare(message, "/".join(levels[:size]), key, decoded, evident.get(key))
        return decoded

"""mbmd: Modbus meters, one bare value a topic, `mbmd/<device>/<measurement>`.

Power, ReactivePower, ApparentPower in W, var, VA; Voltage V, Current A, Frequency Hz, Cosphi; Import and Export kWh,
ReactiveImport and ReactiveExport kvarh; `L1` to `L3` behind a name is the phase, `T1`, `T2` the tariff. Others (sums of both
directions, direct current, distortion) wait for a rule. `mbmd/status` and the like hold no readings.
Source: github.com/volkszaehler/mbmd, meters/measurements.go (names and units).
"""

import re
from typing import ClassVar, Final

from collector.bare import read_bare
from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column

_MEASUREMENT: Final = re.compile(r"([A-Z][A-Za-z]*?)(?:([LT])([123]))?", re.ASCII)
_UNITS: Final = {
    "Power": ("power", "W"),
    "ReactivePower": ("reactive_power", "var"),
    "ApparentPower": ("apparent_power", "VA"),
    "Voltage": ("voltage", "V"),
    "Current": ("current", "A"),
    "Frequency": ("frequency", "Hz"),
    "Cosphi": ("power_factor", "1"),
    "Import": ("energy_import", "kWh"),
    "Export": ("energy_export", "kWh"),
    "ReactiveImport": ("reactive_energy_import", "kvarh"),
    "ReactiveExport": ("reactive_energy_export", "kvarh"),
}
_ROOT: Final = "mbmd"


class Profile:
    """Reads mbmd."""

    name: ClassVar[str] = "mbmd"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        return message.levels[0] == _ROOT and len(message.levels) in {2, 3}

    def decode(self, message: Envelope) -> Decoded:
        """Read one value."""
        decoded = Decoded()
        levels = message.levels
        if len(levels) == 3:
            read_bare(message, levels[1], levels[2], decoded, _evident(levels[2]))
        return decoded


def _evident(measurement: str) -> Column | None:
    found = _MEASUREMENT.fullmatch(measurement)
    if found is None or found[1] not in _UNITS:
        return None
    name, unit = _UNITS[found[1]]
    return column(name + (f"_{found[2].lower()}{found[3]}" if found[2] else ""), unit)

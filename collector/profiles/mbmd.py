"""mbmd: Modbus meters, one bare value a topic, `mbmd/<device>/<measurement>`.

Power, ReactivePower, ApparentPower in W, var, VA; Voltage V, Current A, Frequency Hz, Cosphi; Import and Export kWh;
`L1` to `L3` behind a name is the phase, `T1`, `T2` the
tariff. `mbmd/status` and the like hold no readings.
Source: github.com/volkszaehler/mbmd, meters/measurements.go (names and units).
"""

import re
from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import column

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
        found = _MEASUREMENT.fullmatch(levels[-1])
        if len(levels) == 3 and found is not None and found[1] in _UNITS:
            name, unit = _UNITS[found[1]]
            suffix = f"_{found[2].lower()}{found[3]}" if found[2] else ""
            decoded.put(levels[1], (None,), message.text, column(name + suffix, unit), levels[-1])
        return decoded

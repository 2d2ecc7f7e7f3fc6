"""Units: what devices write, and the factor that takes it to the canonical unit of a quantity.

Conversion happens once, at the edge. Spellings are matched as written first, then without regard to case
where that is not ambiguous (`mW` is a milliwatt, `MW` a megawatt, `mw` is refused; `kwh` is always kWh). So thousandths and
millions of a unit stand here though hardly anybody sends them: neither is taken for the other.
"""

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Conversion:
    """canonical = value * scale + offset."""

    scale: float
    offset: float = 0.0

    def __call__(self, value: float) -> float:
        """Convert one value to the canonical unit."""
        return value * self.scale + self.offset


class UnknownUnitError(ValueError):
    """The unit is not known, or is not one of the quantity's dimension."""


_SECONDS_PER_HOUR = 3600.0
_LINEAR: dict[str, dict[str, float]] = {
    "kW": {"kW": 1, "W": 1e-3, "mW": 1e-6, "MW": 1e3, "GW": 1e6, "J/s": 1e-3, "watt": 1e-3, "watts": 1e-3, "kilowatt": 1},
    "kvar": {"kvar": 1, "var": 1e-3, "mvar": 1e-6, "Mvar": 1e3, "VAr": 1e-3, "VAR": 1e-3, "kVAr": 1, "kVAR": 1, "MVAr": 1e3, "MVAR": 1e3},
    "kVA": {"kVA": 1, "VA": 1e-3, "mVA": 1e-6, "MVA": 1e3},
    "kWh": {
        "kWh": 1,
        "Wh": 1e-3,
        "mWh": 1e-6,
        "MWh": 1e3,
        "GWh": 1e6,
        "J": 1 / 3.6e6,
        "kJ": 1 / 3600,
        "mJ": 1 / 3.6e9,
        "MJ": 1 / 3.6,
        "GJ": 1e3 / 3.6,
        "Ws": 1 / 3.6e6,
    },
    "kvarh": {"kvarh": 1, "varh": 1e-3, "Mvarh": 1e3, "VArh": 1e-3, "VARh": 1e-3, "kVArh": 1, "kVARh": 1, "MVArh": 1e3, "MVARh": 1e3},
    "V": {"V": 1, "mV": 1e-3, "kV": 1e3, "MV": 1e6, "volt": 1, "volts": 1},
    "A": {"A": 1, "mA": 1e-3, "kA": 1e3, "MA": 1e6, "amp": 1, "ampere": 1, "amps": 1},
    "Hz": {"Hz": 1, "mHz": 1e-3, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9},
    "%": {"%": 1, "percent": 1, "pct": 1},
    "1": {"1": 1, "": 1},
    "m3": {
        "m3": 1,
        "m³": 1,
        "m^3": 1,
        "cbm": 1,
        "l": 1e-3,
        "L": 1e-3,
        "liter": 1e-3,
        "litre": 1e-3,
        "liters": 1e-3,
        "litres": 1e-3,
        "dm3": 1e-3,
        "hl": 0.1,
        "ml": 1e-6,
        "mL": 1e-6,
        "ML": 1e3,
        "gal": 0.003785411784,
        "ft3": 0.028316846592,
        "ft³": 0.028316846592,
        "CF": 0.028316846592,
    },
    "m3/h": {
        "m3/h": 1,
        "m³/h": 1,
        "m3h": 1,
        "m^3/h": 1,
        "cbm/h": 1,
        "m3/min": 60,
        "m³/min": 60,
        "m3/s": _SECONDS_PER_HOUR,
        "m³/s": _SECONDS_PER_HOUR,
        "m3/d": 1 / 24,
        "m3/day": 1 / 24,
        "m³/d": 1 / 24,
        "l/h": 1e-3,
        "L/h": 1e-3,
        "l/min": 0.06,
        "L/min": 0.06,
        "lpm": 0.06,
        "l/s": 3.6,
        "L/s": 3.6,
        "gpm": 0.2271247070,
    },
    "bar": {
        "bar": 1,
        "mbar": 1e-3,
        "hPa": 1e-3,
        "Pa": 1e-5,
        "kPa": 1e-2,
        "MPa": 10,
        "Mpa": 10,
        "mPa": 1e-8,
        "psi": 0.0689475729,
        "mH2O": 0.0980665,
        "mWC": 0.0980665,
        "atm": 1.01325,
    },
    "m": {"m": 1, "cm": 1e-2, "mm": 1e-3, "ft": 0.3048},
    "mm": {"mm": 1, "cm": 10, "m": 1e3, "in": 25.4},
    "mg/L": {"mg/L": 1, "mg/l": 1, "ppm": 1},
    "NTU": {"NTU": 1, "FNU": 1},
    "W/m2": {"W/m2": 1, "W/m²": 1, "kW/m2": 1e3},
}
_CELSIUS = {
    "degC": Conversion(1),
    "°C": Conversion(1),
    "C": Conversion(1),
    "℃": Conversion(1),
    "celsius": Conversion(1),
    "K": Conversion(1, -273.15),
    "kelvin": Conversion(1, -273.15),
    "°F": Conversion(5 / 9, -160 / 9),
    "F": Conversion(5 / 9, -160 / 9),
    "degF": Conversion(5 / 9, -160 / 9),
}
_TABLES: dict[str, dict[str, Conversion]] = {
    canonical: {spelling: Conversion(scale) for spelling, scale in spellings.items()} for canonical, spellings in _LINEAR.items()
} | {"degC": _CELSIUS}


@lru_cache(maxsize=4096)
def conversion(unit: str, canonical: str) -> Conversion:
    """Find the conversion from a unit as written to a canonical unit.

    Raises:
        UnknownUnitError: the unit is unknown, or of another dimension.

    """
    table = _TABLES.get(canonical, {canonical: Conversion(1)})
    written = unit.strip()
    exact = table.get(written)
    if exact is not None:
        return exact
    folded = {found for spelling, found in table.items() if spelling.casefold() == written.casefold()}
    if len(folded) == 1:
        return folded.pop()
    message = f"unit {unit!r} is not one of {canonical}'s: {', '.join(sorted(filter(None, table)))}"
    raise UnknownUnitError(message)


def canonical_of(unit: str) -> frozenset[str]:
    """All canonical units a unit as written can be converted to; empty for an unknown one."""
    found = set()
    for canonical in _TABLES:
        try:
            conversion(unit, canonical)
        except UnknownUnitError:
            continue
        found.add(canonical)
    return frozenset(found)

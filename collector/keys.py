"""Keys that carry their unit, as in our own JSON: `power_kw`, `voltage_l1_v`, `flow_m3_per_h`."""

from functools import lru_cache
from typing import Final

from collector.normalise import Column, column
from mainsight.core.quantities import BASE_QUANTITIES, Kind, is_quantity, quantity
from mainsight.core.units import UnknownUnitError

_UNITS: Final[dict[str, str]] = {
    "w": "W",
    "kw": "kW",
    "megawatt": "MW",
    "var": "var",
    "kvar": "kvar",
    "mvar": "Mvar",
    "va": "VA",
    "kva": "kVA",
    "mva": "MVA",
    "v": "V",
    "kv": "kV",
    "a": "A",
    "ka": "kA",
    "hz": "Hz",
    "wh": "Wh",
    "kwh": "kWh",
    "mwh": "MWh",
    "varh": "varh",
    "kvarh": "kvarh",
    "mvarh": "Mvarh",
    "m3": "m3",
    "l": "l",
    "m3_per_h": "m3/h",
    "l_per_s": "l/s",
    "l_per_min": "l/min",
    "l_per_h": "l/h",
    "bar": "bar",
    "mbar": "mbar",
    "kpa": "kPa",
    "m": "m",
    "cm": "cm",
    "mm": "mm",
    "degc": "degC",
    "mg_per_l": "mg/L",
    "ntu": "NTU",
    "percent": "%",
    "w_per_m2": "W/m2",
}
"""Spelling at the end of a key -> unit. `mw` is left out: it may be a milliwatt."""
_UNITLESS: Final = frozenset(name for name, (unit, _) in BASE_QUANTITIES.items() if unit == "1")
_LONGEST_KEY: Final = 80


@lru_cache(maxsize=8192)
def unit_key(key: str) -> Column | None:
    """Column of a key that ends in its unit (or needs none); None when quantity or unit is not in it."""
    if len(key) > _LONGEST_KEY:
        return None
    if is_quantity(key):
        what = quantity(key)
        return column(key, "1") if what.kind is Kind.STATUS or what.base in _UNITLESS else None
    parts = key.split("_")
    for size in (1, 2, 3):  # words the unit takes: kw, mg_per_l
        name, spelling = "_".join(parts[:-size]), "_".join(parts[-size:])
        unit = _UNITS.get(spelling)
        if unit is None or not is_quantity(name):
            continue
        try:
            return column(name, unit)
        except UnknownUnitError:
            continue
    return None

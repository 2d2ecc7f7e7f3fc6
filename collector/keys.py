"""Names that say what they are: keys with their unit, as in our own JSON (`power_kw`, `voltage_l1_v`), and plain words."""

import re
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
    "m3h": "m3/h",
    "lpm": "l/min",
    "l_per_s": "l/s",
    "l_per_min": "l/min",
    "l_per_h": "l/h",
    "bar": "bar",
    "mbar": "mbar",
    "kpa": "kPa",
    "psi": "psi",
    "m": "m",
    "cm": "cm",
    "mm": "mm",
    "degc": "degC",
    "degf": "degF",
    "mg_per_l": "mg/L",
    "ntu": "NTU",
    "percent": "%",
    "w_per_m2": "W/m2",
}
"""Spelling at the end of a key -> unit. `mw` is left out: it may be a milliwatt."""
_UNITLESS: Final = frozenset(name for name, (unit, _) in BASE_QUANTITIES.items() if unit == "1")
_LONGEST_KEY: Final = 80


def unit_key(key: str) -> Column | None:
    """Column of a key that ends in its unit (or needs none); None when quantity or unit is not in it."""
    return _unit_key(key) if len(key) <= _LONGEST_KEY else None


@lru_cache(maxsize=8192)
def _unit_key(key: str) -> Column | None:
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


_QUANTITY_WORDS: Final = {
    "power": ("power",),
    "voltage": ("voltage",),
    "current": ("current",),
    "frequency": ("frequency",),
    "temperature": ("temperature", "temp", "tc"),
    "pressure": ("pressure",),
    "flow": ("flow", "flowrate"),
    "level": ("level",),
}
_MISLEADING: Final = frozenset(
    {
        "set",
        "setpoint",
        "sp",
        "limit",
        "max",
        "min",
        "maximum",
        "minimum",
        "alarm",
        "target",
        "nominal",
        "rated",
        "demand",
        "avg",
        "average",
    }
    | {"total", "export", "exported", "produced", "returned", "import", "imported", "reactive", "apparent", "factor"}
    | {"battery", "batt", "cpu", "air", "barometric", "phase", "l1", "l2", "l3", "a", "b", "c", "r", "s", "t"}
)
"""Words that make a name something else than a plain reading of now."""


def named_column(name: str, unit: str | None = None) -> Column | None:
    """Column of a free name with words for the quantity (`Outlet Temperature`) and a unit, or with the unit in it (`TC_Top_C`).

    None where quantity or unit is not plain, or another word says that it is not a plain reading of now.
    """
    return _named_column(name, unit) if len(name) <= _LONGEST_KEY and len(unit or "") <= _LONGEST_KEY else None


@lru_cache(maxsize=8192)
def _named_column(name: str, unit: str | None) -> Column | None:
    if unit is None:
        head, _, unit = name.replace(" ", "_").rpartition("_")
        name = head
    words = [word.lower() for word in re.split(r"[\W_]+", name) if word]
    if not words or not unit or _MISLEADING.intersection(words):
        return None
    candidates = [quantity_name for quantity_name, spellings in _QUANTITY_WORDS.items() if set(spellings) & set(words)]
    if len(candidates) != 1:
        return None
    try:
        return column(candidates[0], unit)
    except UnknownUnitError:
        return None

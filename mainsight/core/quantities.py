"""The controlled vocabulary of quantities and their canonical units.

A quantity's name is the same in code, store, API, files and `decode`. A base name may carry suffixes:
`_l1`..`_l3` (phase), `_t1`.. (tariff register), `_ch0`.. (circuit), as in `power_l2` or `energy_import_t1`.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache


class Kind(StrEnum):
    """How readings of a quantity behave over time."""

    GAUGE = "gauge"
    REGISTER = "register"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity: its full name, base name, canonical unit and kind."""

    name: str
    base: str
    unit: str
    kind: Kind


class UnknownQuantityError(ValueError):
    """The name is not in the vocabulary; the message names the nearest that is."""


_GAUGES = {
    "power": "kW",
    "power_export": "kW",
    "power_gross": "kW",
    "reactive_power": "kvar",
    "reactive_power_import": "kvar",
    "reactive_power_export": "kvar",
    "apparent_power": "kVA",
    "voltage": "V",
    "current": "A",
    "power_factor": "1",
    "frequency": "Hz",
    "thd_voltage": "%",
    "thd_current": "%",
    "unbalance": "%",
    "tap_position": "1",
    "flow": "m3/h",
    "pressure": "bar",
    "level": "m",
    "temperature": "degC",
    "temperature_flow": "degC",
    "temperature_return": "degC",
    "temperature_ambient": "degC",
    "temperature_oil": "degC",
    "temperature_winding": "degC",
    "chlorine": "mg/L",
    "turbidity": "NTU",
    "ph": "1",
    "heat_power": "kW",
    "irradiance": "W/m2",
    "rain": "mm",
}
_REGISTERS = {
    "energy_import": "kWh",
    "energy_export": "kWh",
    "reactive_energy_import": "kvarh",
    "reactive_energy_export": "kvarh",
    "volume": "m3",
    "gas_volume": "m3",
    "heat_energy": "kWh",
    "counter_raw": "1",
}
_STATUSES = {"breaker_closed": "1", "pump_running": "1", "valve_open": "1"}

BASE_QUANTITIES: dict[str, tuple[str, Kind]] = (
    {name: (unit, Kind.GAUGE) for name, unit in _GAUGES.items()}
    | {name: (unit, Kind.REGISTER) for name, unit in _REGISTERS.items()}
    | {name: (unit, Kind.STATUS) for name, unit in _STATUSES.items()}
)
"""Base name -> (canonical unit, kind)."""

_SUFFIXED = re.compile(r"(?P<base>[a-z][a-z_]*?)(?:_(?:l[1-3]|t[1-9]\d?|ch\d{1,3}))+")


def quantity(name: str) -> Quantity:
    """Look a quantity up by its full name.

    Raises:
        UnknownQuantityError: the base name is not in the vocabulary.

    """
    found = _find(name)
    if found is None:
        suffixed = _SUFFIXED.fullmatch(name)
        near = get_close_matches(suffixed["base"] if suffixed else name, BASE_QUANTITIES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        message = f"unknown quantity {name!r}{hint}"
        raise UnknownQuantityError(message)
    return found


def is_quantity(name: str) -> bool:
    """Whether the name is in the vocabulary."""
    return _find(name) is not None


@lru_cache(maxsize=4096)
def _find(name: str) -> Quantity | None:
    base = name
    if name not in BASE_QUANTITIES and (suffixed := _SUFFIXED.fullmatch(name)):
        base = suffixed["base"]
    unit_and_kind = BASE_QUANTITIES.get(base)
    return None if unit_and_kind is None else Quantity(name, base, *unit_and_kind)

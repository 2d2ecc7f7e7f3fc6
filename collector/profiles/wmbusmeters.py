"""wmbusmeters: telegrams of wireless M-Bus meters, decoded to JSON.

Any topic. Signature: keys `media`, `meter`, `id` and `timestamp`. The device is the meter's `id`; keys end in their unit.
What energy and power are depends on the medium: heat meters give heat, gas meters gas; of media other than heat,
electricity and `other` (pulse counters) kWh are not read, nor are m3 of `other`, which may be water or gas.
Only what is measured now is read: `target_`, `max_`, `previous_`, monthly values and the like are refused as history, other
numbers (backward flow, units of heat cost allocation) wait for a rule; those in units of nothing that is kept (hours, years
of battery, %RH, m3·°C, kVAh, temperature differences) are no fields. Of water meters 127 degC is Kamstrup's "no
temperature". The time is that of reception; the meter's own clock is naive and may be far off.
Source: github.com/wmbusmeters/wmbusmeters, README (JSON) and the field names of its drivers.
"""

import re
from functools import lru_cache
from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column
from collector.numbers import Reason

_SIGNATURE: Final = ("media", "meter", "id", "timestamp")
_NOT_FIELDS: Final = frozenset((*_SIGNATURE, "_", "name", "device", "rssi_dbm"))
_NO_TEMPERATURE: Final = frozenset({127.0, 128.0})
_ELECTRICITY: Final = {
    "total_energy_consumption_kwh": ("energy_import", "kWh"),
    "total_kwh": ("energy_import", "kWh"),
    "total_energy_production_kwh": ("energy_export", "kWh"),
    "current_power_consumption_kw": ("power", "kW"),
    "current_power_production_kw": ("power_export", "kW"),
    "power_kw": ("power", "kW"),
    "active_consumption_kw": ("power", "kW"),
    "apparent_consumption_kw": ("apparent_power", "kVA"),
    "reactive_consumption_kw": ("reactive_power", "kvar"),
    "frequency_hz": ("frequency", "Hz"),
    "power_factor": ("power_factor", "1"),
    "active_power_overall_kw": ("power", "kW"),
    "three_phase_total_active_power_kw": ("power", "kW"),
    "three_phase_total_apparent_power_kva": ("apparent_power", "kVA"),
    "three_phase_total_reactive_power_kvar": ("reactive_power", "kvar"),
    "three_phase_power_factor": ("power_factor", "1"),
    "positive_total_active_energy_kwh": ("energy_import", "kWh"),
    "negative_total_active_energy_kwh": ("energy_export", "kWh"),
    "active_positive_3phase_kw": ("power", "kW"),
    "active_negative_3phase_kw": ("power_export", "kW"),
    "reactive_positive_3phase_kw": ("reactive_power_import", "kvar"),
    "reactive_negative_3phase_kw": ("reactive_power_export", "kvar"),
    "total_active_positive_3phase_kwh": ("energy_import", "kWh"),
    "reactive_power_overall_kw": ("reactive_power", "kvar"),
    **{f"current_power_consumption_phase{n}_kw": (f"power_l{n}", "kW") for n in (1, 2, 3)},
    **{f"current_power_consumption_{n}_kw": (f"power_l{n}", "kW") for n in (1, 2, 3)},
    **{f"power_l{n}_kw": (f"power_l{n}", "kW") for n in (1, 2, 3)},
    **{f"active_power_at_phase_{n}_kw": (f"power_l{n}", "kW") for n in (1, 2, 3)},
    **{f"active_power_l{n}_kw": (f"power_l{n}", "kW") for n in (1, 2, 3)},
    **{f"apparent_power_l{n}_kva": (f"apparent_power_l{n}", "kVA") for n in (1, 2, 3)},
    **{f"reactive_power_l{n}_kvar": (f"reactive_power_l{n}", "kvar") for n in (1, 2, 3)},
    **{f"reactive_power_l{n}_kw": (f"reactive_power_l{n}", "kvar") for n in (1, 2, 3)},
    **{f"reactive_power_at_phase_{n}_kw": (f"reactive_power_l{n}", "kvar") for n in (1, 2, 3)},
    **{f"at_phase_{n}_power_factor": (f"power_factor_l{n}", "1") for n in (1, 2, 3)},
    **{f"voltage_{n}_n_v": (f"voltage_l{n}", "V") for n in (1, 2, 3)},
    **{f"positive_tariff{n}_active_energy_kwh": (f"energy_import_t{n}", "kWh") for n in range(1, 5)},
    **{f"negative_tariff{n}_active_energy_kwh": (f"energy_export_t{n}", "kWh") for n in range(1, 5)},
    **{f"total_energy_consumption_l{n}_kwh": (f"energy_import_l{n}", "kWh") for n in (1, 2, 3)},
    **{f"active_consumption_l{n}_kw": (f"power_l{n}", "kW") for n in (1, 2, 3)},
    **{f"voltage_at_phase_{n}_v": (f"voltage_l{n}", "V") for n in (1, 2, 3)},
    **{f"voltage_l{n}_n_v": (f"voltage_l{n}", "V") for n in (1, 2, 3)},
    **{f"current_at_phase_{n}_a": (f"current_l{n}", "A") for n in (1, 2, 3)},
    **{f"current_l{n}_a": (f"current_l{n}", "A") for n in (1, 2, 3)},
    **{f"amperage_at_phase_{n}_a": (f"current_l{n}", "A") for n in (1, 2, 3)},
    **{f"total_energy_consumption_tariff{n}_kwh": (f"energy_import_t{n}", "kWh") for n in range(1, 5)},
    **{f"total_energy_consumption_tariff_{n}_kwh": (f"energy_import_t{n}", "kWh") for n in range(1, 5)},
    **{f"total_energy_production_tariff_{n}_kwh": (f"energy_export_t{n}", "kWh") for n in range(1, 5)},
    **{f"total_tariff_{n}_kwh": (f"energy_import_t{n}", "kWh") for n in range(1, 5)},
}
_HEAT: Final = {
    "total_energy_consumption_kwh": ("heat_energy", "kWh"),
    "total_kwh": ("heat_energy", "kWh"),
    "total_energy_kwh": ("heat_energy", "kWh"),
    "total_heat_energy_kwh": ("heat_energy", "kWh"),
    "total_heating_kwh": ("heat_energy", "kWh"),
    "heat_kwh": ("heat_energy", "kWh"),
    "current_power_kw": ("heat_power", "kW"),
    "current_volume_flow_m3h": ("flow", "m3/h"),
    "volume_m3": ("volume", "m3"),
    "supply_temperature_c": ("temperature_flow", "degC"),
    "power_kw": ("heat_power", "kW"),
    "current_kw": ("heat_power", "kW"),
    "current_power_consumption_kw": ("heat_power", "kW"),
    "flow_temperature_c": ("temperature_flow", "degC"),
    "return_temperature_c": ("temperature_return", "degC"),
    "t1_temperature_c": ("temperature_flow", "degC"),
    "t2_temperature_c": ("temperature_return", "degC"),
}
_LIQUID: Final = {
    "total_m3": ("volume", "m3"),
    "total_volume_m3": ("volume", "m3"),
    "total_water_m3": ("volume", "m3"),
    "flow_m3h": ("flow", "m3/h"),
    "volume_flow_m3h": ("flow", "m3/h"),
    "flow_water_m3h": ("flow", "m3/h"),
    "current_flow_m3h": ("flow", "m3/h"),
}
_WATER: Final = {
    "flow_temperature_c": ("temperature_flow", "degC"),
    "flow_temperature": ("temperature_flow", "degC"),
    "external_temperature_c": ("temperature_ambient", "degC"),
    "external_temperature": ("temperature_ambient", "degC"),
    "temperature_c": ("temperature", "degC"),
}
_ROOM: Final = {"temperature_c": ("temperature", "degC"), "current_temperature_c": ("temperature", "degC")}
_GAS: Final = {
    "total_m3": ("gas_volume", "m3"),
    "total_volume_m3": ("gas_volume", "m3"),
    "flow_m3h": ("flow", "m3/h"),
    "volume_flow_m3h": ("flow", "m3/h"),
    "temperature_c": ("temperature", "degC"),
}
_PRESSURE: Final = {"pressure_bar": ("pressure", "bar")}
_BY_MEDIUM: Final = {"gas": _GAS, "electricity": _ELECTRICITY, "other": _ELECTRICITY, "room sensor": _ROOM, "pressure": _PRESSURE}
_OF_WATER: Final = ("bus/system", "radio converter")
"""What else sends m3: modules on water meters. Those of `other`, `unknown` and further media may be water, gas, oil or air."""
_NOTHING: Final = frozenset(-(2**31) / 10**digits for digits in range(5))
"""The least 32-bit integer, which a register without a value holds, with its decimals."""
_OF_THE_PAST: Final = re.compile(
    r"(?:target|due|prev|previous|last|historic|max|min|maximum|minimum|average|consumption_at|consumption_\d+)_.*"
    r"|.*_(?:target|max|min|at_set_date|at_date|last_month|last_year|year_period|month_period|months_ago|delta)_.*"
    r"|[A-Z][a-z]{2,8}_total_m3"
)
"""Keys of values that are not of now."""
_NOT_KEPT: Final = re.compile(r".*_(?:h|s|min|d|month|y|rh|ppm|pct|dbm|m3c|m3ch|kvah|deg|rad|nr|factor)|(?:.*_)?difference_c")
"""Keys in units that no quantity of the vocabulary has, so that no rule could give them a meaning either."""
_LONGEST_KEY: Final = 80


def _table(medium: str) -> dict[str, tuple[str, str]]:
    if medium.startswith("heat cost"):
        return {}
    if medium.startswith("heat"):
        return _HEAT | _LIQUID
    if "cool" in medium:
        return _LIQUID
    if medium in _BY_MEDIUM:
        return _BY_MEDIUM[medium]
    if "water" in medium:
        return _LIQUID | _WATER
    return _LIQUID if medium.startswith(_OF_WATER) else {}


@lru_cache(maxsize=64)
def _columns(medium: str) -> dict[str, Column]:
    cold = _NO_TEMPERATURE if "water" in medium else frozenset()
    return {
        key: column(name, unit, sentinels={"degC": cold, "kWh": _NOTHING, "m3": _NOTHING}.get(unit, frozenset()))
        for key, (name, unit) in _table(medium).items()
    }


@lru_cache(maxsize=2048)
def _reason(key: str) -> Reason | None:
    """Why a key gives no reading; None where it is no field."""
    if _NOT_KEPT.fullmatch(key):
        return None
    return "history" if _OF_THE_PAST.fullmatch(key) else "needs_mapping"


class Profile:
    """Reads wmbusmeters' JSON."""

    name: ClassVar[str] = "wmbusmeters"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        body = message.object
        return all(type(body.get(key)) is str for key in _SIGNATURE)

    def decode(self, message: Envelope) -> Decoded:
        """Read one telegram."""
        decoded = Decoded()
        body = message.object
        decoded.note_sender(body["id"])
        columns = _columns(body["media"][:40].lower().replace("_", " "))
        times = (message.time_ms(body["timestamp"]),)
        for key, raw in body.items():
            found = message.names.column(key) or columns.get(key)
            if key in _NOT_FIELDS:
                continue
            if found is not None:
                decoded.put(body["id"], times, raw, found, key)
            elif (type(raw) is float or type(raw) is int) and not message.names.ignores(key):
                reason = "needs_mapping" if len(key) > _LONGEST_KEY else _reason(key)
                if reason is not None:
                    decoded.reject(key, reason)
        return decoded

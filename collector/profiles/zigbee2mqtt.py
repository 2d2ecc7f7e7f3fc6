"""Zigbee2MQTT: devices' states as JSON, or one topic an attribute.

`<base>/<name>` with JSON that has `linkquality`, or below a base that starts with `zigbee2mqtt` JSON that has one of the known
keys; `zigbee2mqtt/<name>/<attribute>` with a bare value. The device is its friendly name. power W, energy kWh, voltage V,
current A, temperature degC. A device on a battery gives its battery's voltage in mV: not read; one that gives nothing electric
besides may be on one: it waits. So does a temperature beside a power (a plug's own) or shown in Fahrenheit. With fields in
`_phase_b`, `_ph_b` or `_l2` the ones without suffix may be a phase or the sum: they wait for a rule. `_a`, `_b`, `_c` are
phases where all three are there, circuits otherwise: these, other channels, and powers beside a flow that is `producing` wait.
A cluster's "invalid" value (all ones, or the least integer) comes through its divisor and is refused.
Source: zigbee2mqtt.io, guide/usage/mqtt_topics_and_messages and devices' Exposes; ZCL, invalid values of integer types.
"""

import re
from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column

_DIVISORS: Final = (1, 10, 100, 1000)
_INVALID: Final = frozenset(
    value / divisor
    for bits in (16, 24, 32, 48)
    for value in (2**bits - 1, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1 if bits > 16 else 2**bits - 1)
    for divisor in _DIVISORS
)


def _column(name: str, unit: str) -> Column:
    return column(name, unit, sentinels=_INVALID)


_FIELDS: Final[dict[str, Column]] = {
    "power": _column("power", "W"),
    "energy": _column("energy_import", "kWh"),
    "produced_energy": _column("energy_export", "kWh"),
    "voltage": _column("voltage", "V"),
    "current": _column("current", "A"),
    "ac_frequency": _column("frequency", "Hz"),
    "power_factor": _column("power_factor", "1"),
    "temperature": _column("temperature", "degC"),
    "apparent_power": _column("apparent_power", "VA"),
    "rms_current": _column("current", "A"),
    "rms_voltage": _column("voltage", "V"),
    "active_power": _column("power", "W"),
    "current_summ_delivered": _column("energy_import", "kWh"),
    "current_summ_received": _column("energy_export", "kWh"),
    **{f"current_tier{tier}_summ_delivered": _column(f"energy_import_t{tier}", "kWh") for tier in range(1, 11)},
    **{
        f"{name}_phase_{letter}": _column(f"{name}_l{phase}", unit)
        for name, unit in (("power", "W"), ("voltage", "V"), ("current", "A"), ("apparent_power", "VA"))
        for letter, phase in (("a", 1), ("b", 2), ("c", 3))
    },
    **{
        f"rms_{name}_phase_{letter}": _column(f"{name}_l{phase}", unit)
        for name, unit in (("voltage", "V"), ("current", "A"))
        for letter, phase in (("b", 2), ("c", 3))
    },
}
_LETTERED: Final[dict[str, Column]] = {
    f"{key}_{letter}": _column(f"{name}_l{phase}", unit)
    for key, name, unit in (
        ("power", "power", "W"),
        ("voltage", "voltage", "V"),
        ("current", "current", "A"),
        ("energy", "energy_import", "kWh"),
        ("produced_energy", "energy_export", "kWh"),
    )
    for letter, phase in (("a", 1), ("b", 2), ("c", 3))
}
"""Read where all three of a kind are there."""
_CHANNEL: Final = re.compile(
    r"(?:power(?:_factor)?|voltage|current|energy(?:_produced)?|produced_energy)_(?:l?\d{1,2}|[abc]|ab|phase_[abc]|total)"
    r"|(?:active|reactive|apparent)_power(?:_(?:ph_[abc]|phase_[abc]|total))?|rms_(?:current|voltage)_ph(?:ase)?_[abc]|total_(?:power|energy)|currentTier\dSummDelivered"
    r"|currentSumm(?:Delivered|Received)|(?:apparent|active)Power|rms(?:Current|Voltage)",
    re.ASCII,
)
"""Further names of what may be a meter's."""
_SECONDS: Final = ("_phase_b", "_ph_b", "_l2")
"""What the name of a second phase or channel ends in; beside it the name without an end may be the first's or the sum's."""
_WAITING: Final = frozenset({"gas", "water_consumed", "flow", "volume"})
_ELECTRIC: Final = frozenset({"power", "current", "energy", "active_power", "rms_current", "apparent_power", "ac_frequency"})
_POWERS: Final = ("power", "active_power")
_BASE: Final = "zigbee2mqtt"
_NOT_DEVICES: Final = frozenset({"bridge"})
_AVAILABILITY: Final = "availability"
_OFFLINE: Final = "offline"
_NOT_STATES: Final = frozenset({"set", "get", _AVAILABILITY})


class Profile:
    """Reads Zigbee2MQTT."""

    name: ClassVar[str] = "zigbee2mqtt"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels, body = message.levels, message.object
        if len(levels) < 2 or "media" in body:
            return False
        if type(body.get("linkquality")) in {int, float}:
            return True
        return levels[0].startswith(_BASE)

    def decode(self, message: Envelope) -> Decoded:
        """Read one state or one attribute."""
        decoded = Decoded()
        levels, body = message.levels, message.object
        if levels[-1] == _AVAILABILITY and (body.get("state") if body else message.text) == _OFFLINE:
            decoded.gone = ("/".join(levels[1:-1]),)
        if levels[1] in _NOT_DEVICES or levels[-1] in _NOT_STATES:
            return decoded
        decoded.note_sender(_device(message))
        if message.json is None:
            _read_attribute(message, levels, decoded)
        else:
            _read_state(message, _device(message), body, decoded)
        return decoded


def _device(message: Envelope) -> str:
    """Friendly name: what is below the base, of a bare value without the attribute; of another base the last level."""
    levels = message.levels
    if message.json is None and len(levels) > 2:
        return "/".join(levels[1:-1])
    return "/".join(levels[1:]) if levels[0].startswith(_BASE) else levels[-1]


def _read_attribute(message: Envelope, levels: list[str], decoded: Decoded) -> None:
    name = levels[-1]
    found = message.names.column(name) or _FIELDS.get(name)
    if found is None or len(levels) < 3:
        return
    if name == "voltage" and found is _FIELDS[name]:
        decoded.reject(name, "needs_mapping")  # a battery's mV cannot be told from a mains' V by this topic alone
        return
    decoded.put(_device(message), (None,), message.text, found, name)


def _read_state(message: Envelope, device: str, body: dict[str, Any], decoded: Decoded) -> None:
    times = (message.time_ms(body.get("last_seen")),)
    producing = any(key.startswith("energy_flow") and value != "consuming" for key, value in body.items())
    for key, raw in body.items():
        named = message.names.column(key)
        if raw is None:
            continue
        found = named or _evident(key, body)
        if found is None or (named is None and _misleads(key, body, producing=producing)):
            if _waits(key, raw) and not message.names.ignores(key):
                decoded.reject(key, "needs_mapping")
        elif named is None and key == "voltage" and not _is_electric(body):
            if "battery" not in body:
                decoded.reject(key, "needs_mapping")  # mV of a battery, or V of the mains
        elif named is not None or key != "voltage" or "battery" not in body:
            decoded.put(device, times, raw, found, key)


def _evident(key: str, body: dict[str, Any]) -> Column | None:
    if any(f"{key}{second}" in body for second in _SECONDS):
        return None
    if key in _LETTERED:
        return _LETTERED[key] if all(f"{key[:-1]}{letter}" in body for letter in "abc") else None
    return _FIELDS.get(key)


def _is_electric(body: dict[str, Any]) -> bool:
    return any(key in _ELECTRIC or _CHANNEL.fullmatch(key) for key in body)


def _misleads(key: str, body: dict[str, Any], *, producing: bool) -> bool:
    """Whether other keys make a known one something else."""
    if key == "temperature":
        return _is_electric(body) or str(body.get("temperature_unit")).lower().lstrip("°").startswith("f")
    return producing and key.startswith(_POWERS)


def _waits(key: str, raw: Any) -> bool:
    is_number = type(raw) is int or type(raw) is float
    return is_number and (key in _FIELDS or key in _WAITING or _CHANNEL.fullmatch(key) is not None)

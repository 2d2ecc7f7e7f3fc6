"""Tasmota energy monitors, meters and sensors.

Topic `tele/<topic>/SENSOR` in any FullTopic order (`<topic>/tele/SENSOR`), and `stat/<topic>/STATUS8`, `STATUS10` or `STATUS0`
with the same one level deeper (`StatusSNS`); before release 5.12 `tele/<topic>/ENERGY` with ENERGY's own keys, whose registers
wait for a rule (some were Wh). `STATE`, `LWT`, `INFO`, the other `STATUS` topics and `tasmota/discovery` hold no
readings.
ENERGY: Total, ExportActive, TotalTariff and ExportTariff (lists) kWh, Power W, ApparentPower VA, ReactivePower var,
Voltage V, Current A, Frequency Hz. Arrays are phases where each has a voltage of its own and there are three,
circuits otherwise. An array of registers is by phase or circuit where Total is one number beside it, or where Total, Today and
Power are arrays as long (SetOption129); else it may be (before release 8.3.1) the sum and tariffs, and waits for a rule.
`TIC` is the French meter's own interface (Teleinfo: Wh, VA, A) and stands before the ENERGY that Tasmota derives from
it; the device is then the meter's serial. Names in other groups come from the user's script and wait for a rule, as
`<group>.<key>`. Temperature is the sensor's (unit in TempUnit) unless it is the ESP32's own. `Time` is naive local
time. What a Zigbee coordinator passes on (`ZbReceived`) waits as `<device>.<key>`.
Source: tasmota.github.io/docs, pages MQTT, Commands (Status, SetOption129), Teleinfo, Zigbee, Power-Monitoring-Calibration; CHANGELOG
8.3.1.2 (Total, TotalTariff).
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column

_PREFIXES: Final = ("tele", "stat", "cmnd")
_SILENT: Final = re.compile(r"STATE|LWT|INFO\d?|UPTIME|RESULT|POWER\d*|STATUS\d*|LOGGING|MARGINS|HEAP")
_OLD_ENERGY: Final = "ENERGY"
_OFFLINE: Final = "Offline"
_DISCOVERY: Final = ["tasmota", "discovery"]
_ENERGY: Final[dict[str, Column]] = {
    "Total": column("energy_import", "kWh"),
    "ExportActive": column("energy_export", "kWh"),
    "Power": column("power", "W"),
    "ApparentPower": column("apparent_power", "VA"),
    "ReactivePower": column("reactive_power", "var"),
    "Factor": column("power_factor", "1"),
    "Voltage": column("voltage", "V"),
    "Current": column("current", "A"),
    "Frequency": column("frequency", "Hz"),
    "ImportReactive": column("reactive_energy_import", "kvarh"),
    "ExportReactive": column("reactive_energy_export", "kvarh"),
    "ImportActive": column("energy_import", "kWh"),
}
_BESIDE_TOTAL: Final = frozenset({"ImportActive"})
"""The meter's own registers: by phase, or as one number, which is not read beside Tasmota's own Total."""
_TELEINFO: Final[dict[str, Column]] = {
    "BASE": column("energy_import", "Wh"),
    "EAST": column("energy_import", "Wh"),
    "EAIT": column("energy_export", "Wh"),
    **{
        key: column(f"energy_import_t{tariff}", "Wh")
        for keys in (("HCHC", "HCHP"), ("EJPHN", "EJPHPM"), ("BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR"))
        for tariff, key in enumerate(keys, 1)
    },
    **{f"EASF{tariff:02}": column(f"energy_import_t{tariff}", "Wh") for tariff in range(1, 11)},
    "PAPP": column("apparent_power", "VA"),
    "SINSTS": column("apparent_power", "VA"),
    **{f"SINSTS{phase}": column(f"apparent_power_l{phase}", "VA") for phase in (1, 2, 3)},
    "IINST": column("current", "A"),
    **{f"IINST{phase}": column(f"current_l{phase}", "A") for phase in (1, 2, 3)},
    **{f"IRMS{phase}": column(f"current_l{phase}", "A") for phase in (1, 2, 3)},
    **{f"URMS{phase}": column(f"voltage_l{phase}", "V") for phase in (1, 2, 3)},
}
_SERIALS: Final = ("ADCO", "ADSC")
_SENSORS: Final = re.compile(r"(?:DS18|AM23|DHT|SI70|HTU2|BME|BMP|SHT|MCP98|LM75|HDC|AHT|SCD|TMP1|MAX318|MAX66)[\w]*(?:-\w+)*", re.ASCII)
_ZIGBEE: Final = "ZbReceived"
_ZIGBEE_METERS: Final = re.compile(r"RMS(?:Voltage|Current)|(?:Active|Apparent|Reactive)Power|Energy\w*|CurrentSumm\w+|Temperature|Flow\w*")
"""`Power` is the state of a switch."""
_NOT_GROUPS: Final = frozenset({"ENERGY", "TIC", "ESP32", _ZIGBEE, "Time", "TempUnit", "PressureUnit", "SpeedUnit"})
_PHASES: Final = 3
_CIRCUITS: Final = 100
_REGISTERS: Final = frozenset({"Total", "ExportActive", "ImportActive", "ImportReactive", "ExportReactive"})
_TARIFFS: Final = {"TotalTariff": "energy_import", "ExportTariff": "energy_export"}
_MOST_TARIFFS: Final = 4


class Profile:
    """Reads Tasmota's telemetry."""

    name: ClassVar[str] = "tasmota"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        if len(levels) < 2:
            return False
        body, last = message.object, levels[-1]
        prefixed = any(level in _PREFIXES for level in levels[:-1])
        if last == "SENSOR":
            return bool(body) and (prefixed or "Time" in body or "ENERGY" in body or "TIC" in body)
        if last == _OLD_ENERGY:
            return prefixed and "Power" in body
        return (prefixed and _SILENT.fullmatch(last) is not None) or (levels[:2] == _DISCOVERY and len(levels) == 4)

    def decode(self, message: Envelope) -> Decoded:
        """Read the groups of one message."""
        decoded = Decoded()
        last = message.levels[-1]
        body = _groups(last, message.object)
        if last == "RESULT" and type(message.object.get("SerialReceived")) is str:
            decoded.reject("SerialReceived", "needs_mapping")
        if last == "LWT" and message.text == _OFFLINE:
            decoded.gone = (device_of(message.levels),)
        device = device_of(message.levels)
        if last != "RESULT":
            decoded.note_sender(device)
        if type(body) is not dict:
            return decoded
        if last == _OLD_ENERGY and "Total" in message.object:
            decoded.reject("ENERGY.Total", "needs_mapping")
        times = (message.time_ms(body.get("Time")),)
        if type(body.get("TIC")) is dict:
            _read_teleinfo(body["TIC"], device, times, decoded)
        elif type(body.get("ENERGY")) is dict:
            _read_energy(body["ENERGY"], device, times, decoded)
        _read_temperature(body, device, times, decoded)
        _read_groups(message, body, device, times, decoded)
        _read_zigbee(message, body.get(_ZIGBEE), times, decoded)
        return decoded


def _groups(last: str, sent: dict[str, Any]) -> Any:
    """What a message of a kind of topic holds, as `SENSOR` has it."""
    if last == _OLD_ENERGY:
        return {"Time": sent.get("Time"), "ENERGY": {key: raw for key, raw in sent.items() if key not in _REGISTERS}}
    return sent if last == "SENSOR" else sent.get("StatusSNS") if last.startswith("STATUS") else None


def device_of(levels: Sequence[str]) -> str:
    """Name of the device in a topic: what stands between prefix and kind, or before a prefix that stands last."""
    names = levels[:-1]
    position = next((index for index, level in enumerate(names) if level in _PREFIXES), None)
    if position is None:
        return names[-1]
    after = names[position + 1 :]
    return "/".join(after) if after else (names[position - 1] if position else "")


def _read_energy(energy: dict[str, Any], device: str, times: tuple[int | None], decoded: Decoded) -> None:
    voltages = energy.get("Voltage")
    phases = type(voltages) is list and len(voltages) == _PHASES
    ambiguous = frozenset[str]() if _by_circuit(energy) else _REGISTERS
    for key, found in _ENERGY.items():
        raw = energy.get(key)
        if type(raw) is not list:
            if key not in _BESIDE_TOTAL or "Total" not in energy:
                decoded.put(device, times, raw, found, f"ENERGY.{key}")
        elif not all(type(part) is int or type(part) is float for part in raw):
            decoded.reject(f"ENERGY.{key}", "not_a_number")
        elif key in ambiguous:
            decoded.reject(f"ENERGY.{key}", "needs_mapping")
        else:
            for index, part in enumerate(raw[:_CIRCUITS]):
                suffix = f"_l{index + 1}" if phases and len(raw) == _PHASES else f"_ch{index}"
                decoded.put(device, times, part, _suffixed(found, suffix), f"ENERGY.{key}[{index}]")
    for key, name in _TARIFFS.items():
        tariffs = energy.get(key)
        for index, raw in enumerate(tariffs[:_MOST_TARIFFS] if type(tariffs) is list else ()):
            decoded.put(device, times, raw, column(f"{name}_t{index + 1}", "kWh"), f"ENERGY.{key}[{index}]")


def _by_circuit(energy: dict[str, Any]) -> bool:
    """Whether arrays of registers have one number a circuit: Total is a number beside them, or Total, Today and Power are as many."""
    total, today, power = energy.get("Total"), energy.get("Today"), energy.get("Power")
    return type(total) is not list or (type(today) is list and type(power) is list and len(total) == len(today) == len(power))


def _suffixed(of: Column, suffix: str) -> Column:
    return Column(of.quantity + suffix, of.scale, of.offset, of.low, of.high)


def _read_teleinfo(frame: dict[str, Any], device: str, times: tuple[int | None], decoded: Decoded) -> None:
    serial = next((frame[key] for key in _SERIALS if type(frame.get(key)) is str and frame[key]), device)
    for key, raw in frame.items():
        if key in _TELEINFO:
            decoded.put(serial, times, raw, _TELEINFO[key], f"TIC.{key}")


def _read_temperature(body: dict[str, Any], device: str, times: tuple[int | None], decoded: Decoded) -> None:
    """Take the temperature where exactly one outside sensor gives one."""
    groups = [name for name, group in body.items() if type(group) is dict and "Temperature" in group and _SENSORS.fullmatch(name)]
    unit = {"C": "degC", "F": "degF"}.get(str(body.get("TempUnit")).strip("° "))
    if len(groups) == 1 and unit is not None:
        decoded.put(device, times, body[groups[0]]["Temperature"], column("temperature", unit), f"{groups[0]}.Temperature")
    else:
        for name in groups:
            decoded.reject(f"{name}.Temperature", "no_unit" if unit is None else "needs_mapping")


def _read_groups(message: Envelope, body: dict[str, Any], device: str, times: tuple[int | None], decoded: Decoded) -> None:
    """Read what rules name in other groups; numbers that none names wait for one."""
    for name, group in body.items():
        if name in _NOT_GROUPS or type(group) is not dict or _SENSORS.fullmatch(name):
            continue
        for key, raw in group.items():
            field = f"{name}.{key}"
            named = message.names.column(field)
            if named is not None:
                decoded.put(device, times, raw, named, field)
            elif (type(raw) is float or type(raw) is int) and not message.names.ignores(field):
                decoded.reject(field, "needs_mapping")


def _read_zigbee(message: Envelope, devices: Any, times: tuple[int | None], decoded: Decoded) -> None:
    """Read what rules name of the devices behind a coordinator; what may be a meter's waits for one."""
    for name, attributes in devices.items() if type(devices) is dict else ():
        for key, raw in attributes.items() if type(attributes) is dict else ():
            field = f"{name}.{key}"
            named = message.names.column(field)
            if named is not None:
                decoded.put(name, times, raw, named, field)
            elif _ZIGBEE_METERS.fullmatch(key) and not message.names.ignores(field):
                decoded.reject(field, "needs_mapping")

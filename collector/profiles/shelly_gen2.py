"""Shelly devices of the second and later generations (Plus, Pro, Gen3, Gen4).

`<prefix>/events/rpc` with NotifyStatus or NotifyFullStatus (`src` names the device, `params.ts` is the time),
`<prefix>/status/<component>:<id>` (the device is the prefix, no time), and the answer to GetStatus (`src`, `result`; the time
is `sys.unixtime`), of the device or of one meter component. Components: em (three phases), em1, switch, pm1, cover, light, rgb,
rgbw and cct (one circuit each, the device is then `<device>/<component>:<id>`); emdata and em1data are their registers. W, VA,
V, A, Hz; registers in Wh. A component's own temperature is not a reading, that of an H&T is; and what a partial update leaves
out is not zero. What `errors` names (`out_of_range:voltage`) is refused, with `power_meter_failure` all of the component or
phase. What is measured for the user's own ends (add-on sensors, `temperature:100`, `voltmeter:100`) waits for a rule as
`<component>.<key>`; records of past minutes (`EMData.GetData`) are history. Requests, errors and events hold no readings.
Source: shelly-api-docs.shelly.cloud, Gen2+ components and notifications.
"""

import re
from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column
from collector.numbers import Reason

_COMPONENT: Final = re.compile(r"(em|emdata|em1|em1data|switch|pm1|cover|light|rgb|rgbw|cct):(\d{1,3})", re.ASCII)
_ANY_COMPONENT: Final = re.compile(r"[a-z][a-z0-9_]*(?::\d{1,3})?", re.ASCII)
_ADD_ON: Final = re.compile(r"(?:temperature|voltmeter):1\d\d", re.ASCII)
_NOTIFICATIONS: Final = ("NotifyStatus", "NotifyFullStatus")
_PHASES: Final = (("a", "_l1"), ("b", "_l2"), ("c", "_l3"))


def _three_phases() -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for letter, suffix in _PHASES:
        columns |= {
            f"{letter}_act_power": column(f"power{suffix}", "W"),
            f"{letter}_aprt_power": column(f"apparent_power{suffix}", "VA"),
            f"{letter}_current": column(f"current{suffix}", "A"),
            f"{letter}_voltage": column(f"voltage{suffix}", "V"),
            f"{letter}_pf": column(f"power_factor{suffix}", "1"),
            f"{letter}_freq": column(f"frequency{suffix}", "Hz"),
        }
    return columns | {
        "total_act_power": column("power", "W"),
        "total_aprt_power": column("apparent_power", "VA"),
        "total_current": column("current", "A"),
    }


def _three_phase_registers() -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for letter, suffix in _PHASES:
        columns[f"{letter}_total_act_energy"] = column(f"energy_import{suffix}", "Wh")
        columns[f"{letter}_total_act_ret_energy"] = column(f"energy_export{suffix}", "Wh")
    return columns | {"total_act": column("energy_import", "Wh"), "total_act_ret": column("energy_export", "Wh")}


_CIRCUIT: Final = {
    "act_power": column("power", "W"),
    "apower": column("power", "W"),
    "aprt_power": column("apparent_power", "VA"),
    "voltage": column("voltage", "V"),
    "current": column("current", "A"),
    "pf": column("power_factor", "1"),
    "freq": column("frequency", "Hz"),
}
_COLUMNS: Final[dict[str, dict[str, Column]]] = {
    "em": _three_phases(),
    "emdata": _three_phase_registers(),
    "em1": _CIRCUIT,
    "em1data": {"total_act_energy": column("energy_import", "Wh"), "total_act_ret_energy": column("energy_export", "Wh")},
    "switch": _CIRCUIT,
    "pm1": _CIRCUIT,
    "cover": _CIRCUIT,
    "light": _CIRCUIT,
    "rgb": _CIRCUIT,
    "rgbw": _CIRCUIT,
    "cct": _CIRCUIT,
}
_TELLING_KEYS: Final = {
    "a_act_power": "em",
    "a_total_act_energy": "emdata",
    "act_power": "em1",
    "total_act_energy": "em1data",
    "pos_control": "cover",
    "ct": "cct",
    "white": "rgbw",
    "rgb": "rgb",
    "brightness": "light",
    "output": "switch",
    "apower": "pm1",
}
"""Keys that only the status of one kind of component has, those of fewer kinds first."""
_RECORDS: Final = ("keys", "data")
_ONLINE: Final = ["online"]
_SILENT: Final = (_ONLINE, ["debug", "log"])
_OUT_OF_RANGE: Final = "out_of_range:"
_FAILURE: Final = "power_meter_failure"
_MEASURED: Final = {
    "act_power": ("act_power",),
    "apower": ("apower",),
    "power": ("act_power", "apower"),
    "aprt_power": ("aprt_power",),
    "voltage": ("voltage",),
    "current": ("current",),
}
"""Name in an error -> fields."""
_MAX_INDEX: Final = 999
_SENSED: Final = ("tC", "voltage")
_THERMOMETERS: Final = ("shellyplusht-", "shellyhtg3-", "shellyht4")
_TEMPERATURE: Final = column("temperature", "degC")
_NESTED: Final = {"aenergy": column("energy_import", "Wh"), "ret_aenergy": column("energy_export", "Wh")}


class Profile:
    """Reads Shelly Gen2+ status."""

    name: ClassVar[str] = "shelly_gen2"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels, body = message.levels, message.object
        if levels[0].startswith("shelly") and levels[1:] in _SILENT:
            return True
        if len(levels) > 2 and levels[-2] == "status":
            return (
                _ANY_COMPONENT.fullmatch(levels[-1]) is not None
                and ("id" in body or _COMPONENT.fullmatch(levels[-1]) is None)
                and bool(body)
            )
        if levels[-1] != "rpc" or type(body.get("src")) is not str:
            return False
        return type(body.get("method")) is str or type(body.get("result", body.get("error"))) is dict

    def decode(self, message: Envelope) -> Decoded:
        """Read the components of one message."""
        decoded = Decoded()
        levels, body = message.levels, message.object
        if levels[1:] == _ONLINE and message.text == "false":
            decoded.gone = (levels[0],)
        if not body or levels[1:] in _SILENT:
            return decoded
        decoded.note_sender("/".join(levels[:-2]) if levels[-2:-1] == ["status"] else body["src"])
        if levels[-2:-1] == ["status"]:
            _read_component(message, levels[-1], body, "/".join(levels[:-2]), (None,), decoded)
            return decoded
        method, source = body.get("method"), body["src"]
        status = body.get("result" if method is None else "params")
        if type(status) is not dict or (method is not None and method not in _NOTIFICATIONS):
            return decoded
        system = status.get("sys")
        when = status.get("ts") if method is not None else (system.get("unixtime") if type(system) is dict else None)
        times = (message.time_ms(when),)
        if method is None and all(type(status.get(key)) is list for key in _RECORDS):
            decoded.reject("data", "history")
        single = _component_of(status) if method is None else None
        if single is not None:
            _read_component(message, single, status, source, times, decoded)
        for name, component in status.items():
            if type(component) is dict:
                _read_component(message, name, component, source, times, decoded)
        return decoded


def _component_of(result: dict[str, Any]) -> str | None:
    """Name of the component that an answer to its own GetStatus (`EM.GetStatus`, ...) holds, by the keys only it has."""
    index = result.get("id")
    if type(index) is not int or not 0 <= index <= _MAX_INDEX:
        return None
    kind = next((kind for key, kind in _TELLING_KEYS.items() if key in result), None)
    return None if kind is None else f"{kind}:{index}"


def _read_component(
    message: Envelope, name: str, component: dict[str, Any], source: str, times: tuple[int | None], decoded: Decoded
) -> None:
    found = _COMPONENT.fullmatch(name)
    if found is None:
        _read_sensor(message, name, component, source, times, decoded)
        return
    kind, index = found.groups()
    meter = kind.removesuffix("data")
    device = source if meter == "em" and index == "0" else f"{source}/{meter}:{index}"
    faults = _faults(component)
    for key, field_column in _COLUMNS[kind].items():
        if key not in component:
            continue
        fault = faults and (faults.get(key) or faults.get(key[:2] if key[1:2] == "_" else ""))
        if fault:
            decoded.reject(f"{name}.{key}", fault)
        else:
            decoded.put(device, times, component[key], field_column, f"{name}.{key}")
    for key, register in _NESTED.items():
        if type(component.get(key)) is dict and kind not in {"em", "emdata"}:
            decoded.put(device, times, component[key].get("total"), register, f"{name}.{key}.total")


def _read_sensor(message: Envelope, name: str, component: dict[str, Any], source: str, times: tuple[int | None], decoded: Decoded) -> None:
    """Read a thermometer's own temperature, and what the user has wired to a device by the rule that says what it is."""
    own = name == "temperature:0" and source.startswith(_THERMOMETERS)
    if not own and _ADD_ON.fullmatch(name) is None:
        return
    for key in _SENSED:
        field = f"{name}.{key}"
        raw, named = component.get(key), message.names.column(field) or (_TEMPERATURE if own and key == "tC" else None)
        if named is not None:
            decoded.put(f"{source}/{name}", times, raw, named, field)
        elif raw is not None and not message.names.ignores(field):
            decoded.reject(field, "needs_mapping")


def _faults(component: dict[str, Any]) -> dict[str, Reason]:
    """What a component's errors speak against: field -> reason; `a_` for all of a phase, "" for all that has no phase."""
    found: dict[str, Reason] = {}
    for prefix in ("", "a_", "b_", "c_"):
        errors = component.get(f"{prefix}errors")
        for error in errors if type(errors) is list else ():
            if error == _FAILURE:
                found[prefix] = "stale"
            elif type(error) is str and error.startswith(_OUT_OF_RANGE):
                found |= {f"{prefix}{key}": "out_of_range" for key in _MEASURED.get(error[len(_OUT_OF_RANGE) :], ())}
    return found

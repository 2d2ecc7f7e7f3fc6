"""What devices put on the wire: the simulator's own encoders, written from the formats, not from the collector's profiles.

A meter's device speaks the format of `Meter.protocol`. Live it sends one message an instant. What it kept while it could not
send goes out as one message for many instants: ThingsBoard and line protocol have a form for that; for the others the plain
JSON form with columns stands in, on the plain JSON topic.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from math import isnan
from zoneinfo import ZoneInfo

import numpy as np
import orjson

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import PROTOCOLS, RATIO_UNITS, Meter
from mainsight.core.quantities import Kind, quantity

_KEY_UNITS = {
    "kW": "kw", "kvar": "kvar", "kVA": "kva", "V": "v", "A": "a", "Hz": "hz", "%": "percent", "1": "", "kWh": "kwh", "kvarh": "kvarh",
    "m3": "m3", "m3/h": "m3_per_h", "bar": "bar", "m": "m", "degC": "degc", "mg/L": "mg_per_l", "NTU": "ntu", "W/m2": "w_per_m2",
    "mm": "mm",
}  # fmt: skip
_DECIMALS = {"V": 2, "A": 3, "degC": 2, "mm": 2, "W/m2": 1, "bar": 3, "m": 3, "m3/h": 2}
_OTHER_DECIMALS = 3
_RATIO_DECIMALS = 3
"""More decimals at the terminals of a meter whose values are multiplied by a ratio."""
_GATEWAY_KEYS = {"power": "P", "reactive_power": "Q", "voltage": "U", "current": "I", "energy_import": "E"}


class WireError(ValueError):
    """A device cannot send one of its quantities in its format."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to be published, and how many readings it carries."""

    topic: str
    payload: bytes
    readings: int


@dataclass(frozen=True, slots=True)
class Device:
    """One meter's device: how it names itself, what it sends, in which format.

    Attributes:
        meter: the registered meter.
        province: id of the network, first level of plain JSON topics.
        timezone: zone of its local clock, for formats with local times.

    """

    meter: Meter
    province: str
    timezone: str

    def __post_init__(self) -> None:
        """Refuse what the format cannot carry.

        Raises:
            WireError: an unknown format, or a quantity that it has no field for.

        """
        if self.meter.protocol not in PROTOCOLS:
            message = f"meter {self.meter.id!r}: protocol {self.meter.protocol!r} is not known; use one of {', '.join(PROTOCOLS)}"
            raise WireError(message)
        fields = {"tasmota": _TASMOTA, "shelly_gen2": _shelly_fields(self.meter)}.get(self.meter.protocol)
        for name in self.meter.quantities:
            if fields is not None and name not in fields:
                message = f"meter {self.meter.id!r}: a {self.meter.protocol} device has no field for {name!r}; take it out"
                raise WireError(message)

    def live(self, time_ms: int, values: Mapping[str, float]) -> Outgoing:
        """One message for one instant: {quantity: value}, canonical units."""
        rounded = {name: self._rounded(name, value) for name, value in values.items()}
        topic, payload = _LIVE[self.meter.protocol](self, time_ms, rounded)
        return Outgoing(topic, payload, len(values))

    def buffered(self, time_ms: IntArray, values: Mapping[str, FloatArray]) -> Outgoing:
        """One message for many instants, {quantity: values}, all of shape (n,); NaN is left out."""
        columns = {name: self._column(name, column) for name, column in values.items()}
        topic, payload = _BUFFERED.get(self.meter.protocol, _json_columns)(self, time_ms.tolist(), columns)
        return Outgoing(topic, payload, sum(len(column) - column.count(None) for column in columns.values()))

    def _rounded(self, name: str, value: float) -> float:
        return int(value) if quantity(name).kind is Kind.STATUS else round(value, self.decimals(name))

    def _column(self, name: str, column: FloatArray) -> list[float | None]:
        rounded: list[float] = np.round(column, self.decimals(name)).tolist()
        if quantity(name).kind is Kind.STATUS:
            return [None if isnan(value) else int(value) for value in rounded]
        if np.isnan(column).any():
            return [None if isnan(value) else value for value in rounded]
        return list(rounded)

    def decimals(self, name: str) -> int:
        """Decimals with which the device gives a quantity."""
        unit = quantity(name).unit
        return _DECIMALS.get(unit, _OTHER_DECIMALS) + (_RATIO_DECIMALS if self.meter.ratios and unit in RATIO_UNITS else 0)


Values = Mapping[str, float]
Columns = Mapping[str, Sequence[float | None]]
Sent = tuple[str, bytes]


def plain_key(name: str) -> str:
    """Key of a quantity in plain JSON and line protocol: it carries the unit."""
    unit = _KEY_UNITS[quantity(name).unit]
    return f"{name}_{unit}" if unit else name


def _json_topic(device: Device) -> str:
    return f"mainsight/{device.province}/{device.meter.device}"


def _json(device: Device, time_ms: int, values: Values) -> Sent:
    fields = {plain_key(name): value for name, value in values.items()}
    return _json_topic(device), orjson.dumps({"device": device.meter.device, "time": time_ms, **fields})


def _json_columns(device: Device, times: list[int], columns: Columns) -> Sent:
    head = ["time", *(plain_key(name) for name in columns)]
    rows = list(zip(times, *columns.values(), strict=True))
    return _json_topic(device), orjson.dumps({"device": device.meter.device, "columns": head, "rows": rows})


def _line_topic(device: Device) -> str:
    return f"lines/{device.meter.device}"


def _line(device: Device, time_ms: int, values: Values) -> Sent:
    return _line_topic(device), _one_line(_line_start(device), [plain_key(name) for name in values], values.values(), time_ms).encode()


def _lines(device: Device, times: list[int], columns: Columns) -> Sent:
    start, names = _line_start(device), [plain_key(name) for name in columns]
    lines = (_one_line(start, names, row, time) for time, row in zip(times, zip(*columns.values(), strict=True), strict=True))
    return _line_topic(device), "\n".join(lines).encode()


def _line_start(device: Device) -> str:
    escaped = device.meter.device.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")
    return f"meter,device={escaped} "


def _one_line(start: str, names: Sequence[str], values: Iterable[float | None], time_ms: int) -> str:
    fields = ",".join(f"{name}={float(value)!r}" for name, value in zip(names, values, strict=True) if value is not None)
    return f"{start}{fields} {time_ms}000000"


def _gateway(device: Device, time_ms: int, values: Values) -> Sent:
    fields = {_gateway_key(name): value for name, value in values.items()}
    return "v1/gateway/telemetry", orjson.dumps({device.meter.device: [{"ts": time_ms, "values": fields}]})


def _gateway_array(device: Device, times: list[int], columns: Columns) -> Sent:
    names = [_gateway_key(name) for name in columns]
    rows = zip(*columns.values(), strict=True)
    entries = [
        {"ts": time, "values": {name: value for name, value in zip(names, row, strict=True) if value is not None}}
        for time, row in zip(times, rows, strict=True)
    ]
    return "v1/gateway/telemetry", orjson.dumps({device.meter.device: entries})


def _gateway_key(name: str) -> str:
    return _GATEWAY_KEYS.get(name) or plain_key(name)


_TASMOTA: dict[str, tuple[str, float]] = {
    "energy_import": ("Total", 1),
    "power": ("Power", 1000),
    "apparent_power": ("ApparentPower", 1000),
    "reactive_power": ("ReactivePower", 1000),
    "power_factor": ("Factor", 1),
    "frequency": ("Frequency", 1),
    "voltage": ("Voltage", 1),
    "current": ("Current", 1),
}
"""Field and worth of the canonical unit in Tasmota's."""


def _tasmota(device: Device, time_ms: int, values: Values) -> Sent:
    local = datetime.fromtimestamp(time_ms // 1000, ZoneInfo(device.timezone)).replace(tzinfo=None)
    energy = {field: round(values[name] * worth, 3) for name, (field, worth) in _TASMOTA.items() if name in values}
    return f"tele/{device.meter.device}/SENSOR", orjson.dumps({"Time": local.isoformat(timespec="seconds"), "ENERGY": energy})


_SHELLY_THREE: dict[str, tuple[str, str, float]] = {
    "power": ("em:0", "total_act_power", 1000),
    "apparent_power": ("em:0", "total_aprt_power", 1000),
    "current": ("em:0", "total_current", 1),
    "energy_import": ("emdata:0", "total_act", 1000),
    "energy_export": ("emdata:0", "total_act_ret", 1000),
    **dict(
        chain.from_iterable(
            (
                (f"power_l{n}", ("em:0", f"{phase}_act_power", 1000)),
                (f"apparent_power_l{n}", ("em:0", f"{phase}_aprt_power", 1000)),
                (f"voltage_l{n}", ("em:0", f"{phase}_voltage", 1)),
                (f"current_l{n}", ("em:0", f"{phase}_current", 1)),
                (f"power_factor_l{n}", ("em:0", f"{phase}_pf", 1)),
                (f"energy_import_l{n}", ("emdata:0", f"{phase}_total_act_energy", 1000)),
            )
            for n, phase in ((1, "a"), (2, "b"), (3, "c"))
        )
    ),
}
"""Component, field and worth of the canonical unit in a three-phase Shelly's."""
_SHELLY_ONE: dict[str, tuple[str, str, float]] = {
    "power": ("pm1:0", "apower", 1000),
    "voltage": ("pm1:0", "voltage", 1),
    "current": ("pm1:0", "current", 1),
    "frequency": ("pm1:0", "freq", 1),
    "power_factor": ("pm1:0", "pf", 1),
    "energy_import": ("pm1:0", "aenergy", 1000),
}


def _shelly_fields(meter: Meter) -> Mapping[str, tuple[str, str, float]]:
    return _SHELLY_THREE if any("_l" in name for name in meter.quantities) else _SHELLY_ONE


def _shelly(device: Device, time_ms: int, values: Values) -> Sent:
    name = device.meter.device
    params: dict[str, object] = {"ts": time_ms / 1000}
    table = _shelly_fields(device.meter)
    for quantity_name, value in values.items():
        component, field, worth = table[quantity_name]
        told = round(value * worth, 3)
        fields = params.setdefault(component, {"id": 0})
        assert isinstance(fields, dict)
        fields[field] = {"total": told} if field == "aenergy" else told
    return f"{name}/events/rpc", orjson.dumps({"src": name, "dst": f"{name}/events", "method": "NotifyStatus", "params": params})


_LIVE: Mapping[str, Callable[[Device, int, Values], Sent]] = {
    "json": _json,
    "line_protocol": _line,
    "thingsboard": _gateway,
    "tasmota": _tasmota,
    "shelly_gen2": _shelly,
}
_BUFFERED: Mapping[str, Callable[[Device, list[int], Columns], Sent]] = {"line_protocol": _lines, "thingsboard": _gateway_array}

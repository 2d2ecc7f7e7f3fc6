"""ThingsBoard telemetry, device and gateway.

Topics `v1/devices/me/telemetry`, `v2/t` and `v2/t/j` (a device under its own connection: it has no name in the message) and
`v1/gateway/telemetry` (device name -> values). Values are `{key: value}`, `{"ts": ms, "values": {...}}` or a list of
either. Keys are free text: one is read by itself only where it is a unit (`m3/h`), carries one (`power_kw`) or is
`temperature`, which everybody sends in degC; all others wait for a rule. Other topics below `v1/devices/me` and
`v1/gateway` (attributes, RPC) hold no readings. Also the MQTT connector's default uplink, an object with `SerialNumber` and
`SensorType` (or `serialNumber`, `sensorType`) on any topic.
Source: thingsboard.io, MQTT device API and MQTT gateway API.
"""

from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.keys import evident_key
from collector.normalise import Column, column

_DEVICE_TOPICS: Final = frozenset({"v1/devices/me/telemetry", "v2/t", "v2/t/j"})
_GATEWAY_TOPICS: Final = frozenset({"v1/gateway/telemetry", "v2/g/t"})
_NOT_FIELDS: Final = frozenset({"ts"})
_SILENT: Final = ("v1/devices/me/", "v1/gateway/")
_CONNECTOR_KEYS: Final = (("SerialNumber", "SensorType"), ("serialNumber", "sensorType"))
_SELF_EVIDENT: Final = {
    "m3": ("volume", "m3"),
    "m³": ("volume", "m3"),
    "m3/h": ("flow", "m3/h"),
    "m³/h": ("flow", "m3/h"),
    "l/s": ("flow", "l/s"),
    "l/min": ("flow", "l/min"),
    "l/h": ("flow", "l/h"),
    "bar": ("pressure", "bar"),
    "kPa": ("pressure", "kPa"),
    "kWh": ("energy_import", "kWh"),
    "MWh": ("energy_import", "MWh"),
    "kW": ("power", "kW"),
    "Hz": ("frequency", "Hz"),
    "kvar": ("reactive_power", "kvar"),
    "kVA": ("apparent_power", "kVA"),
    "temperature": ("temperature", "degC"),
    "temp": ("temperature", "degC"),
}


_TEMPERATURES: Final = frozenset({"temperature", "temp"})
"""Keys that are as plain in any case; `KW` and `kw` are not."""


def _evident(key: str) -> Column | None:
    known = _SELF_EVIDENT.get(key.lower() if key.lower() in _TEMPERATURES else key)
    return evident_key(key) if known is None else column(*known)


class Profile:
    """Reads ThingsBoard telemetry."""

    name: ClassVar[str] = "thingsboard"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        body = message.json
        if message.topic in _DEVICE_TOPICS:
            return body is not None
        if message.topic in _GATEWAY_TOPICS:
            return type(body) is dict
        return message.topic.startswith(_SILENT) or _serial(message.object) is not None

    def decode(self, message: Envelope) -> Decoded:
        """Read the values of one device or of many."""
        decoded = Decoded()
        body = message.json
        if message.topic in _GATEWAY_TOPICS:
            for device, entries in body.items():
                _read_entries(message, device, entries, decoded)
        elif message.topic in _DEVICE_TOPICS:
            _read_entries(message, "", body, decoded)
        elif not message.topic.startswith(_SILENT):
            _read_entries(message, _serial(body) or "", body, decoded)
        return decoded


def _serial(body: dict[str, Any]) -> str | None:
    """Device of the connector's default uplink; None where the message is none."""
    return next((body[serial] for serial, kind in _CONNECTOR_KEYS if type(body.get(serial)) is str and type(body.get(kind)) is str), None)


def _read_entries(message: Envelope, device: str, entries: Any, decoded: Decoded) -> None:
    for entry in entries if type(entries) is list else (entries,):
        if type(entry) is not dict:
            decoded.reject(device, "not_decodable")
            continue
        values = entry.get("values", entry)
        if type(values) is not dict:
            decoded.reject("values", "not_decodable")
            continue
        decoded.put_record(device, (message.time_ms(entry.get("ts")),), values, message.names.plan(tuple(values), _evident, _NOT_FIELDS))

"""Our own JSON, and others' in the same manner: keys that carry their unit, one device a message.

`{"device": "f-101", "time": 1760000000, "power_kw": 812.5, "breaker_closed": 1}`; many times as
`{"device": "f-101", "columns": ["time", "power_kw"], "rows": [[1760000000, 812.5], ...]}` or as
`{"device": "f-101", "records": [{"time": 1760000000, "power_kw": 812.5}, ...]}`.
Time: s, ms, us or ns since 1970, or RFC 3339. Signature: any topic; keys `device` and one of `time`, `columns` with
`rows`, `records`. Others write `deviceId`, `meter_id`, `serial` and the like for the device, `timestamp`, `ts` and the like for the time,
and keys in other spellings (`activePower_kW`, `flow_rate_m3h`, `temperature_c`); they are known by one of each, and so is
`{<device>, <time>, "readings": [{"name": "power", "value": 812.5, "unit": "kW"}, ...]}`, the list also as `measurements`,
`values`, `metrics` or `data`. A key that says no unit, and energy that says no direction, wait for a rule.
"""

from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.keys import canonical_key, evident_key, unit_key
from collector.normalise import Column, column
from mainsight.core.quantities import is_quantity
from mainsight.core.units import UnknownUnitError

_DEVICES: Final = (
    *("device", "device_id", "deviceId", "deviceID", "device_name", "deviceName", "meter_id", "meterId", "meterID", "meter"),
    *("serial", "serial_number", "serialNumber", "serialNo", "sensor_id", "sensorId"),
)
_TIMES: Final = ("time", "timestamp", "ts", "datetime", "date_time", "dateTime", "time_stamp", "timeStamp", "Timestamp", "Time")
_LISTS: Final = ("readings", "measurements", "values", "metrics", "data")
_LIST_KEYS: Final = frozenset(_LISTS)
_NAMES: Final = ("name", "quantity", "metric", "key", "parameter")
_NOT_FIELDS: Final = frozenset({*_DEVICES, *_TIMES, *_LISTS})
_FOREIGN: Final = frozenset({"media", "_", "sensorType", "SensorType", "model", "linkquality"})
"""Keys of formats that have profiles of their own."""
_LONGEST_KEY: Final = 80


class Profile:
    """Reads JSON whose keys carry their unit."""

    name: ClassVar[str] = "plain_json"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        body = message.object
        if type(body.get("device")) is str:
            if "columns" in body:
                return type(body["columns"]) is list and type(body.get("rows")) is list
            if "records" in body:
                return type(body["records"]) is list
            if "time" in body and message.names.plan(tuple(body), evident_key, _NOT_FIELDS).fields:
                return True
        if not body or _first(body, _DEVICES) is None or _first(body, _TIMES) is None or not _FOREIGN.isdisjoint(body):
            return False
        return bool(message.names.plan(tuple(body), evident_key, _NOT_FIELDS).fields) or _list_of(body) is not None

    def decode(self, message: Envelope) -> Decoded:
        """Read one record, rows, records, or a list of named values."""
        body = message.object
        decoded = Decoded()
        device = body.get("device")
        if type(device) is not str:
            device = str(_first(body, _DEVICES))
        if type(body.get("columns")) is list and type(body.get("rows")) is list:
            _read_rows(message, device, body, decoded)
        elif type(body.get("records")) is list:
            for record in body["records"]:
                if type(record) is dict:
                    _read_record(message, device, record, decoded)
                else:
                    decoded.reject("records", "not_decodable")
        else:
            _read_record(message, device, body, decoded)
            for item in () if _LIST_KEYS.isdisjoint(body) else _list_of(body) or ():
                _read_named(message, device, body, item, decoded)
        return decoded


def _first(body: dict[str, Any], keys: tuple[str, ...]) -> str | int | float | None:
    """Value of the first of these keys that has one."""
    for key in keys:
        value = body.get(key)
        if type(value) is str or type(value) is int or type(value) is float:
            return value
    return None


def _list_of(body: dict[str, Any]) -> list[Any] | None:
    """Named values with units."""
    for key in _LISTS:
        items = body.get(key)
        if (
            type(items) is list
            and items
            and type(items[0]) is dict
            and "value" in items[0]
            and "unit" in items[0]
            and _first(items[0], _NAMES)
        ):
            return items
    return None


def _read_record(message: Envelope, device: str, record: dict[str, Any], decoded: Decoded) -> None:
    when = record.get("time")
    times = (message.time_ms(_first(record, _TIMES) if when is None else when),)
    decoded.put_record(device, times, record, message.names.plan(tuple(record), evident_key, _NOT_FIELDS))


def _read_named(message: Envelope, device: str, body: dict[str, Any], item: Any, decoded: Decoded) -> None:
    name = _first(item, _NAMES) if type(item) is dict else None
    if type(name) is not str:
        decoded.reject("value", "not_decodable")
        return
    found = message.names.column(name) or (_named(name, item.get("unit")) if len(name) <= _LONGEST_KEY else None)
    when = _first(item, _TIMES)
    if found is not None:
        decoded.put(device, (message.time_ms(_first(body, _TIMES) if when is None else when),), item.get("value"), found, name)
    elif not message.names.ignores(name):
        decoded.reject(name, "needs_mapping")


def _named(name: str, unit: Any) -> Column | None:
    quantity = canonical_key(name)
    if type(unit) is not str or not is_quantity(quantity):
        return None
    try:
        return column(quantity, unit)
    except UnknownUnitError:
        return None


def _read_rows(message: Envelope, device: str, body: dict[str, Any], decoded: Decoded) -> None:
    names = body["columns"]
    rows = [row for row in body["rows"] if type(row) is list and len(row) == len(names)]
    if len(rows) != len(body["rows"]):
        decoded.reject("rows", "not_decodable")
    if not rows:
        return
    by_column = list(zip(*rows, strict=True))
    times: list[int | None] = [None] * len(rows)
    if "time" in names:
        times = [message.time_ms(raw) for raw in by_column[names.index("time")]]
    for name, raws in zip(names, by_column, strict=True):
        if type(name) is not str or name == "time":
            continue
        found = message.names.column(name) or unit_key(name)
        if found is not None:
            decoded.put_all(device, times, raws, found, name)
        elif not message.names.ignores(name) and any(raw is not None for raw in raws):
            decoded.reject(name, "needs_mapping")

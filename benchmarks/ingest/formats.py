"""The messages: four readings each, in several formats, no (meter, time) twice."""

import json
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from collector.mapping import Mappings
from mainsight.core.network import Network

QUANTITIES = ("power", "reactive_power", "voltage", "energy_import")
_KEYS = ("power_kw", "reactive_power_kvar", "voltage_v", "energy_import_kwh")
_WMBUS_KEYS = ("active_consumption_kw", "reactive_consumption_kw", "voltage_l1_n_v", "total_energy_consumption_kwh")
_UNITS = dict(zip(QUANTITIES, ("kW", "kvar", "V", "kWh"), strict=True))
Values = tuple[float, float, float, float]
Encode = Callable[[str, int, int, Values], tuple[str, bytes]]
"""Topic and payload of a device's n-th message at an instant."""


RULES = Mappings.model_validate(
    {
        "rules": [
            {
                "topic": "spBv1.0/#",
                "profile": "sparkplug_b",
                "fields": {
                    "reactive_power": {"quantity": "reactive_power", "unit": "kvar"},
                    "energy_import": {"quantity": "energy_import", "unit": "kWh"},
                },
            },
            {
                "topic": "wmbusmeters/#",
                "profile": "wmbusmeters",
                "fields": {"voltage_l1_n_v": {"quantity": "voltage", "unit": "V"}},
            },
        ]
    }
)
"""What the formats leave open, as a site's mappings would say it."""


def devices(network: Network) -> list[str]:
    """Devices that measure what the messages tell."""
    return [m.device for m in network.meters.values() if m.protocol == "json" and set(QUANTITIES) <= set(m.quantities)]


def aliases(network: Network) -> dict[str, str]:
    """Sparkplug's names of the devices."""
    meters = {m.device: m.id for m in network.meters.values()}
    return {f"bench/{device}": meters[device] for device in devices(network)}


def messages(format_name: str, network: Network, count: int, end_ms: int, step_ms: int = 5_000) -> Iterator[tuple[str, bytes]]:
    """As many messages, the devices taking turns, each every `step_ms`, the last at `end_ms`."""
    encode, senders = FORMATS[format_name], devices(network)
    steps = -(-count // len(senders))
    for number in range(count):
        step, index = divmod(number, len(senders))
        yield encode(senders[index], step, end_ms - (steps - 1 - step) * step_ms, _values(number, step))


def of_now(network: Network, numbers: range, at_ms: int) -> Iterator[tuple[str, bytes]]:
    """Messages of one instant in plain JSON, by their numbers in a series of which each device sends every so many."""
    senders = devices(network)
    for number in numbers:
        step, index = divmod(number, len(senders))
        yield _json(senders[index], step, at_ms, _values(number, step))


def _values(number: int, step: int) -> Values:
    return 812.5 + number % 997 / 10, 161.25 + number % 499 / 10, 22_840.0 + number % 211, 1_000_000.0 + step * 1.125


def _json(device: str, _step: int, at_ms: int, values: Values) -> tuple[str, bytes]:
    body = {"device": device, "time": at_ms, **dict(zip(_KEYS, values, strict=True))}
    return f"mainsight/bac-giang/{device}", json.dumps(body).encode()


def _wmbusmeters(device: str, _step: int, at_ms: int, values: Values) -> tuple[str, bytes]:
    fields = dict(zip(_WMBUS_KEYS, values, strict=True))
    about = {"_": "telegram", "media": "electricity", "meter": "iem3000", "name": "feeder", "id": device}
    return f"wmbusmeters/{device}", json.dumps({**about, **fields, "timestamp": _iso(at_ms), "rssi_dbm": -71}).encode()


def _chirpstack(device: str, step: int, at_ms: int, values: Values) -> tuple[str, bytes]:
    tenant = {"tenantName": "park", "applicationId": "a1", "applicationName": "meters", "deviceProfileName": "feeder meter"}
    radio = [
        {"gatewayId": "0016c001f153a14c", "uplinkId": step, "rssi": -57, "snr": 10.2, "location": {"latitude": 21.2, "longitude": 106.1}}
    ]
    body = {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": _iso(at_ms),
        "deviceInfo": {**tenant, "deviceName": device, "devEui": device},
        "devAddr": "00189440",
        "dr": 5,
        "fCnt": step,
        "fPort": 2,
        "object": dict(zip(_KEYS, values, strict=True)),
        "rxInfo": radio,
        "txInfo": {"frequency": 868_500_000},
    }
    return f"application/a1/device/{device}/event/up", json.dumps(body).encode()


def _sparkplug(device: str, step: int, at_ms: int, values: Values) -> tuple[str, bytes]:
    """A birth first, then data by alias."""
    said = enumerate(zip(QUANTITIES, values, strict=True))
    if step == 0:
        unit = _text(1, "engUnit")
        metrics = [
            _text(1, key)
            + _number(2, alias)
            + _number(4, 10)
            + _text(9, unit + _text(2, _text(8, _UNITS[key])))
            + b"\x69"
            + struct.pack("<d", value)
            for alias, (key, value) in said
        ]
        metrics.append(_text(1, "bdSeq") + _number(4, 8) + _number(11, 1))
    else:
        metrics = [_number(2, alias) + _number(3, at_ms) + b"\x69" + struct.pack("<d", value) for alias, (_, value) in said]
    payload = _number(1, at_ms) + b"".join(_text(2, metric) for metric in metrics) + _number(3, step % 256)
    return f"spBv1.0/bench/{'NDATA' if step else 'NBIRTH'}/{device}", payload


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat().replace("+00:00", "Z")


def _text(field: int, text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


FORMATS: dict[str, Encode] = {"json": _json, "sparkplug": _sparkplug, "wmbusmeters": _wmbusmeters, "chirpstack": _chirpstack}

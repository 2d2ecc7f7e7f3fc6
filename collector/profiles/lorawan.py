"""LoRaWAN uplinks with decoded objects: ChirpStack v3 and v4, The Things Stack v3, LORIOT, Milesight gateways.

ChirpStack v4: `application/<id>/device/<eui>/event/<event>` with `deviceInfo`; the decoded object is `object`, the device
`deviceInfo.devEui`. The Things Stack: keys `end_device_ids` and `uplink_message`; `decoded_payload`, `device_id`.
LORIOT: keys `cmd`, `EUI`, `ts`; `decoded`. Milesight and ChirpStack v3: keys `devEUI` and `object`, `applicationID` or
`fPort`. Any other event (join, status, ack, downlink) holds no readings; raw bytes wait for a codec at the network server,
and what was simulated in its console is refused. A field is read by itself only where its key carries its unit or is
`temperature`; all others wait for a rule, nested ones as `a.b`; what a codec puts into `data`, beside warnings and the like,
counts as put at the top.
Source: chirpstack.io/docs, integrations, events; thethingsindustries.com/docs, data formats; docs.loriot.io, uplink;
support.milesight-iot.com, gateways, MQTT.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.keys import unit_key
from collector.normalise import Column, column

_DEPTH: Final = 4
_TEMPERATURE: Final = column("temperature", "degC")
_EVENT: Final = "event"
_LORIOT_UPLINKS: Final = ("rx", "gw")
_AROUND_DATA: Final = frozenset({"data", "errors", "warnings", "success", "error", "err", "message", "status"})


def _evident(key: str) -> Column | None:
    return _TEMPERATURE if key == "temperature" else unit_key(key.rpartition(".")[2])


class Profile:
    """Reads uplinks of LoRaWAN network servers."""

    name: ClassVar[str] = "lorawan"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        body, levels = message.object, message.levels
        if type(body.get("deviceInfo")) is dict:
            return len(levels) > 2 and levels[-2] == _EVENT
        if type(body.get("end_device_ids")) is dict:
            return True
        if type(body.get("devEUI")) is str:
            return "applicationID" in body or type(body.get("object")) is dict or ("fPort" in body and "data" in body)
        return type(body.get("cmd")) is str and type(body.get("EUI")) is str and "ts" in body

    def decode(self, message: Envelope) -> Decoded:
        """Read one uplink."""
        decoded = Decoded()
        device, when, fields = _uplink(message)
        if not fields and _raw(message):
            decoded.reject("data", "needs_mapping")
        elif message.object.get("simulated") is True:
            decoded.reject("simulated", "stale")
        elif type(device) is str and type(fields) is dict:
            values = dict(_flat(_unwrapped(fields), "", _DEPTH))
            for key in [key for key, value in values.items() if type(value) is list and value]:
                if not message.names.ignores(key):
                    decoded.reject(key, "needs_mapping")
            decoded.put_record(device, (message.time_ms(when),), values, message.names.plan(tuple(values), _evident))
        return decoded


def _uplink(message: Envelope) -> tuple[Any, Any, Any]:
    """Device, time and decoded fields; None for what is not there."""
    body = message.object
    if "deviceInfo" in body:
        is_uplink = message.levels[-1] == "up"
        return body["deviceInfo"].get("devEui"), body.get("time"), body.get("object") if is_uplink else None
    if "end_device_ids" in body:
        uplink = body.get("uplink_message")
        fields = uplink.get("decoded_payload") if type(uplink) is dict else None
        when = uplink.get("received_at", body.get("received_at")) if type(uplink) is dict else None
        return body["end_device_ids"].get("device_id"), when, fields
    if "devEUI" in body:
        return body["devEUI"], body.get("time", body.get("publishedAt")), body.get("object")
    return body["EUI"], body["ts"], body.get("decoded") if body["cmd"] in _LORIOT_UPLINKS else None


def _unwrapped(fields: dict[str, Any]) -> dict[str, Any]:
    inner = fields.get("data")
    return inner if isinstance(inner, dict) and inner and fields.keys() <= _AROUND_DATA else fields


def _raw(message: Envelope) -> bool:
    """Whether a message is an uplink with bytes, whatever else is in it."""
    body = message.object
    if "deviceInfo" in body:
        return message.levels[-1] == "up" and bool(body.get("data"))
    if "end_device_ids" in body:
        uplink = body.get("uplink_message")
        return type(uplink) is dict and bool(uplink.get("frm_payload"))
    return bool(body.get("data")) and ("devEUI" in body or body["cmd"] in _LORIOT_UPLINKS)


def _flat(fields: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in fields.items():
        if type(value) is dict and depth:
            yield from _flat(value, f"{prefix}{key}.", depth - 1)
        else:
            yield prefix + key, value

"""Envelopes that LoRaWAN network servers put around what a device sent: who it was, when, and what its codec made of it.

Source: chirpstack.io/docs, integrations, events (v4; v3 in its JSON and its protobuf JSON form); thethingsindustries.com/docs, data
formats; thethingsnetwork.org/docs, MQTT data API (V2); docs.loriot.io, uplink; docs.helium.com, console, MQTT integration;
docs.thingpark.com, IoT Flow, uplink document; support.milesight-iot.com, gateways, MQTT.
"""

from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import orjson

from collector.envelope import NO_OBJECT, Envelope

_EVENT: Final = "event"
_UP: Final = "up"
_LORIOT_UPLINKS: Final = ("rx", "gw")
_THINGPARK: Final = "DevEUI_"
_THINGPARK_UPLINK: Final = "DevEUI_uplink"
_EUI_BYTES: Final = 8
_EUI_IN_BASE64: Final = 12


class Uplink(NamedTuple):
    """What a network server tells of a device.

    Attributes:
        device: as the server names it; None where it does not.
        time: as sent.
        fields: what the codec made of an uplink; None without one, and of anything else than an uplink.
        has_bytes: whether it is an uplink with the device's own bytes.
        simulated: whether it was made up in the server's console.

    """

    device: Any
    time: Any = None
    fields: Any = None
    has_bytes: bool = False
    simulated: bool = False


def uplink(message: Envelope) -> Uplink | None:
    """Open an envelope by its keys; None where it is no network server's."""
    body = message.object
    for sign, opened in _SERVERS.items():
        if sign in body:
            found = opened(message, body)
            if found is not None:
                return found
    key = next(iter(body), "")
    return _thingpark(key, body[key]) if key.startswith(_THINGPARK) else None


def _chirpstack(message: Envelope, body: dict[str, Any]) -> Uplink | None:
    about, levels = body["deviceInfo"], message.levels
    if type(about) is not dict or levels[-2:-1] != [_EVENT]:
        return None
    if levels[-1] != _UP:
        return Uplink(about.get("devEui"))
    return Uplink(about.get("devEui"), body.get("time"), body.get("object"), bool(body.get("data")))


def _things_stack(_: Envelope, body: dict[str, Any]) -> Uplink | None:
    about, sent = body["end_device_ids"], body.get("uplink_message")
    if type(about) is not dict:
        return None
    if type(sent) is not dict:
        return Uplink(about.get("device_id"))
    when = sent.get("received_at", body.get("received_at"))
    return Uplink(about.get("device_id"), when, sent.get("decoded_payload"), bool(sent.get("frm_payload")), body.get("simulated") is True)


def _chirpstack_3(_: Envelope, body: dict[str, Any]) -> Uplink | None:
    written, eui = body.get("objectJSON"), body["devEUI"]
    fields = _parsed(written) if type(written) is str and written else body.get("object")
    if type(eui) is not str or not ("applicationID" in body or type(fields) is dict or ("fPort" in body and "data" in body)):
        return None
    when = body.get("time", body.get("publishedAt"))
    return Uplink(_hex(eui), _received(body) if when is None else when, fields, bool(body.get("data")))


def _loriot(_: Envelope, body: dict[str, Any]) -> Uplink | None:
    if type(body.get("cmd")) is not str or type(body["EUI"]) is not str or "ts" not in body:
        return None
    if body["cmd"] not in _LORIOT_UPLINKS:
        return Uplink(body["EUI"])
    return Uplink(body["EUI"], body["ts"], body.get("decoded"), bool(body.get("data")))


def _things_network_2(_: Envelope, body: dict[str, Any]) -> Uplink | None:
    about = body.get("metadata")
    if type(body["dev_id"]) is not str or type(body.get("app_id")) is not str or type(about) is not dict:
        return None
    return Uplink(body["dev_id"], about.get("time"), body.get("payload_fields"), bool(body.get("payload_raw")))


def _helium(_: Envelope, body: dict[str, Any]) -> Uplink | None:
    if type(body["dev_eui"]) is not str or type(body.get("app_eui")) is not str or "hotspots" not in body:
        return None
    decoded = body.get("decoded")
    fields = decoded.get("payload") if type(decoded) is dict and decoded.get("status", "success") == "success" else None
    return Uplink(body["dev_eui"], body.get("reported_at"), fields, bool(body.get("payload")))


def _thingpark(kind: str, sent: Any) -> Uplink | None:
    if type(sent) is not dict or type(sent.get("DevEUI")) is not str:
        return None
    if kind != _THINGPARK_UPLINK:
        return Uplink(sent["DevEUI"])
    return Uplink(sent["DevEUI"], sent.get("Time"), sent.get("payload"), bool(sent.get("payload_hex")))


_SERVERS: Final[dict[str, Callable[[Envelope, dict[str, Any]], Uplink | None]]] = {
    "deviceInfo": _chirpstack,
    "end_device_ids": _things_stack,
    "devEUI": _chirpstack_3,
    "EUI": _loriot,
    "dev_id": _things_network_2,
    "dev_eui": _helium,
}
"""Key that a server's envelope has -> how it is opened."""


def _received(body: dict[str, Any]) -> Any:
    """Time at which the first gateway heard it."""
    heard = body.get("rxInfo")
    return heard[0].get("time") if type(heard) is list and heard and isinstance(heard[0], dict) else None


def _hex(eui: str) -> str:
    """A device's number as it is printed; ChirpStack 3 sends it as base64 in one of its forms."""
    if len(eui) == _EUI_IN_BASE64:
        try:
            number = b64decode(eui, validate=True)
        except (Error, ValueError):
            return eui
        if len(number) == _EUI_BYTES:
            return number.hex()
    return eui


def _parsed(written: str) -> Any:
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError:
        return NO_OBJECT

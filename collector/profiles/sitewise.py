"""AWS IoT SiteWise style: values of properties, as its gateways and connectors publish them.

Any topic: {"propertyAlias": "/site/meter/power_kw" or "assetId" and "propertyId", "propertyValues": [{"value":
{"doubleValue" | "integerValue" | ...}, "timestamp": {"timeInSeconds", "offsetInNanos"}, "quality"}]}, one, a list, or
below `entries` (BatchPutAssetPropertyValue); also its notifications, {"type": "PropertyValueUpdate", "payload": {"assetId",
"propertyId", "values"}}. The device is the alias before its last level (or the asset), the property
the last level: the user's own names, which wait for a rule unless the name carries its unit. Quality other than GOOD is
refused as stale. Source: docs.aws.amazon.com, IoT SiteWise API reference, AssetPropertyValue.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.keys import evident_key

_NUMBERS: Final = ("doubleValue", "integerValue")
_NS_PER_MS: Final = 1_000_000
_NOTIFICATION: Final = "PropertyValueUpdate"


class Profile:
    """Reads property values in the form of SiteWise."""

    name: ClassVar[str] = "sitewise"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        first = next(_entries(message.json), None)
        return first is not None and type(first.get("propertyValues")) is list and _place(first) is not None

    def decode(self, message: Envelope) -> Decoded:
        """Read all values of all properties."""
        decoded = Decoded()
        for entry in _entries(message.json):
            place = _place(entry)
            values = entry.get("propertyValues")
            if place is None or type(values) is not list:
                decoded.reject("entry", "not_decodable")
                continue
            decoded.note_sender(place[0])
            for value in values:
                if type(value) is dict and type(value.get("value")) is dict:
                    _read(message, *place, value, decoded)
        return decoded


def _entries(body: Any) -> Iterator[dict[str, Any]]:
    if type(body) is dict and body.get("type") == _NOTIFICATION and type(body.get("payload")) is dict:
        told = body["payload"]
        body = told | {"propertyValues": told.get("values")}
    if type(body) is dict and type(body.get("entries")) is list:
        body = body["entries"]
    return (entry for entry in (body if type(body) is list else (body,)) if type(entry) is dict)


def _place(entry: dict[str, Any]) -> tuple[str, str] | None:
    """Device and property of an entry."""
    alias = entry.get("propertyAlias")
    if type(alias) is str and alias:
        device, _, name = alias.rpartition("/")
        return device, name
    asset, what = entry.get("assetId"), entry.get("propertyId")
    return (asset, what) if type(asset) is str and type(what) is str else None


def _read(message: Envelope, device: str, name: str, value: dict[str, Any], decoded: Decoded) -> None:
    raw = next((value["value"][key] for key in _NUMBERS if value["value"].get(key) is not None), None)
    found = message.names.column(name) or evident_key(name)
    if raw is None:
        return
    if value.get("quality", "GOOD") != "GOOD":
        decoded.reject(name, "stale")
    elif found is None:
        if not message.names.ignores(name):
            decoded.reject(name, "needs_mapping")
    else:
        decoded.put(device, (_time(message, value.get("timestamp")),), raw, found, name)


def _time(message: Envelope, stamp: Any) -> int | None:
    seconds = stamp.get("timeInSeconds") if type(stamp) is dict else None
    if type(seconds) is not int:
        return message.time_ms(stamp)
    nanos = stamp.get("offsetInNanos", 0)
    whole = message.time_ms(seconds)
    return None if whole is None else whole + (nanos // _NS_PER_MS if type(nanos) is int and 0 <= nanos < 10**9 else 0)

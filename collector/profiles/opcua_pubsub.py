"""OPC UA PubSub in JSON (OPC Publisher and others): network messages and monitored-item samples.

Any topic. Network messages: {"MessageType": "ua-data", "PublisherId", "Messages": [{"DataSetWriterId", "Payload":
{field: value or {"Value", "SourceTimestamp", "StatusCode"} or {"Type", "Body"} or the one within the other}}]}, one or a
list; also data set messages alone, without the network message around them. Samples: {"NodeId", "EndpointUrl" or
"ApplicationUri", "Value": {...} or the value}. Metadata, events, conditions, keep-alives and the publisher's own state hold no
readings. Fields are the server's names: they wait for a rule unless the name carries its unit. A status that is not good
is refused as stale. The device is `<publisher>/<writer's name or id>`.
Source: OPC UA part 14 (JSON mapping); learn.microsoft.com, OPC Publisher telemetry formats.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.keys import evident_key
from collector.numbers import is_number

_DATA: Final = "ua-data"
_DATA_FRAMES: Final = (None, _DATA, "ua-keyframe", "ua-deltaframe")
_UNCERTAIN: Final = 0x40000000
"""Status codes from here on are uncertain or bad."""


class Profile:
    """Reads OPC UA PubSub JSON."""

    name: ClassVar[str] = "opcua_pubsub"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        first = next(_parts(message.json), None)
        if first is None:
            return False
        kind = first.get("MessageType")
        if isinstance(kind, str):
            return kind.startswith("ua-")
        if _is_data_set(first) or _is_network_message(first):
            return True
        return "NodeId" in first and ("EndpointUrl" in first or "ApplicationUri" in first)

    def decode(self, message: Envelope) -> Decoded:
        """Read all data sets of one message."""
        decoded = Decoded()
        for part in _parts(message.json):
            publisher = _text(part.get("PublisherId"))
            if "Payload" in part:
                _read_data_set(message, publisher, part, decoded)
            elif part.get("MessageType", _DATA) == _DATA and "Messages" in part:
                for data_set in _parts(part["Messages"]):
                    _read_data_set(message, publisher, data_set, decoded)
            elif "NodeId" in part and "Value" in part:
                _read_sample(message, part, decoded)
        return decoded


def _is_network_message(part: dict[str, Any]) -> bool:
    first = next(_parts(part.get("Messages")), None)
    return first is not None and "Payload" in first and ("PublisherId" in part or "MessageId" in part)


def _parts(body: Any) -> Iterator[dict[str, Any]]:
    return (part for part in (body if type(body) is list else (body,)) if type(part) is dict)


def _text(name: Any) -> str:
    return "" if name is None else str(name)


def _is_data_set(part: dict[str, Any]) -> bool:
    return ("DataSetWriterId" in part or "DataSetWriterName" in part) and type(part.get("Payload")) is dict


def _read_data_set(message: Envelope, publisher: str, data_set: dict[str, Any], decoded: Decoded) -> None:
    payload = data_set.get("Payload")
    if data_set.get("MessageType") not in _DATA_FRAMES or type(payload) is not dict:
        return
    writer = data_set.get("DataSetWriterName") or _text(data_set.get("DataSetWriterId"))
    device = f"{publisher}/{writer}".strip("/")
    for field, value in payload.items():
        described = {"Status": data_set.get("Status")} | (value if isinstance(value, dict) else {"Value": value})
        _read_value(message, device, field, described, data_set.get("Timestamp"), decoded)


def _read_sample(message: Envelope, part: dict[str, Any], decoded: Decoded) -> None:
    extension = part.get("ExtensionFields")
    publisher = extension.get("PublisherId") if type(extension) is dict else None
    field = part.get("DisplayName") or part["NodeId"]
    if type(field) is str:
        item = part.get("MonitoredItem")  # in older releases
        server = part.get("ApplicationUri") or (item.get("ApplicationUri") if type(item) is dict else None)
        device = str(publisher or server or part.get("EndpointUrl"))
        value = part["Value"] if isinstance(part["Value"], dict) else part
        _read_value(message, device, field, value, part.get("Timestamp"), decoded)


def _read_value(message: Envelope, device: str, field: str, value: dict[str, Any], sent_at: Any, decoded: Decoded) -> None:
    decoded.note_sender(device)
    raw = value.get("Value", value.get("Body"))
    if isinstance(raw, dict):
        raw = raw.get("Body", raw.get("Value"))
    found = message.names.column(field) or evident_key(field)
    if not _good(value.get("StatusCode", value.get("Status"))):
        decoded.reject(field, "stale")
    elif found is not None:
        decoded.put(device, (message.time_ms(value.get("SourceTimestamp", sent_at)),), raw, found, field)
    elif (is_number(raw) or isinstance(raw, list)) and not message.names.ignores(field):
        decoded.reject(field, "needs_mapping")


def _good(status: Any) -> bool:
    if type(status) is dict:
        status = status.get("Code", status.get("Symbol"))
    if type(status) is str:
        return status.startswith("Good")
    return status is None or (type(status) is int and 0 <= status < _UNCERTAIN)

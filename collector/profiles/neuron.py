"""EMQX Neuron: tags of a node's group.

Any topic. `values-format` {"timestamp", "node", "group", "values": {tag: value}, "errors": {tag: code}},
`tags-format` and ECP-format {"timestamp", "node", "group", "tags": [{"name", "value" | "error", "type"?}]}. The device
is `<node>/<group>`. Tags are the user's own names: they wait for a rule unless the name carries its unit. A tag with an
error has no value and is refused as stale. Time in ms. {"timestamp", "states": [{"node", "link", "running"}]} is its
heartbeat and holds no readings.
Source: docs.emqx.com, Neuron, north apps, MQTT, data upload formats.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.keys import evident_key

_STATE: Final = frozenset({"node", "link", "running"})


class Profile:
    """Reads Neuron's uploads."""

    name: ClassVar[str] = "neuron"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        body = message.object
        return _is_heartbeat(body) or (
            type(body.get("node")) is str
            and type(body.get("group")) is str
            and "timestamp" in body
            and (type(body.get("values")) is dict or type(body.get("tags")) is list)
        )

    def decode(self, message: Envelope) -> Decoded:
        """Read the tags of one group."""
        decoded = Decoded()
        body = message.object
        if _is_heartbeat(body):
            return decoded
        device = f"{body['node']}/{body['group']}"
        values = dict(_values(body))
        for tag in _failed(body):
            decoded.reject(tag, "stale")
        for tag, value in values.items():
            if isinstance(value, list) and not message.names.ignores(tag):
                decoded.reject(tag, "needs_mapping")
        decoded.put_record(device, (message.time_ms(body["timestamp"]),), values, message.names.plan(tuple(values), evident_key))
        return decoded


def _is_heartbeat(body: dict[str, Any]) -> bool:
    states = body.get("states")
    return type(states) is list and "timestamp" in body and bool(states) and type(states[0]) is dict and states[0].keys() >= _STATE


def _failed(body: dict[str, Any]) -> list[str]:
    """Tags that could not be read from the device."""
    errors = body.get("errors")
    if type(errors) is dict:
        return list(errors)
    tags = body.get("tags")
    return [
        tag["name"] for tag in (tags if type(tags) is list else ()) if type(tag) is dict and "error" in tag and type(tag.get("name")) is str
    ]


def _values(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if type(body.get("values")) is dict:
        yield from body["values"].items()
        return
    for tag in body["tags"]:
        if type(tag) is dict and type(tag.get("name")) is str and "error" not in tag:
            yield tag["name"], tag.get("value")

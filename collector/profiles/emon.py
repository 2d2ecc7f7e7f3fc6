"""emonCMS and emonHub: nodes with inputs that the user names.

`emon/<node>/<input>` with a bare value, `emon/<node>` with JSON {"time": s, input: value}, `emonhub/rx/<node>/values`
with values separated by commas, and on any topic the bulk form [[time, node, {input: value}], ...]. The device is the
node. Inputs are the user's own names: they wait for a rule unless the name carries its unit; the places of a list are
named 1, 2, ... Its own `MSG` (a count) and `rssi` are no readings.
Source: docs.openenergymonitor.org, emonhub MQTT interfacer; emoncms.org, input API.
"""

from typing import Any, ClassVar, Final

from collector.bare import read_bare
from collector.envelope import Decoded, Envelope
from collector.keys import evident_key

_BASE: Final = "emon"
_LISTS: Final = ["emonhub", "rx"]
_OF_A_LIST: Final = ("values", "rssi")
_NOT_FIELDS: Final = frozenset({"time", "MSG", "rssi"})
_MOST_VALUES: Final = 256
_MOST_LEVELS: Final = 4


class Profile:
    """Reads emonCMS and emonHub."""

    name: ClassVar[str] = "emon"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        if _is_bulk(message.json):
            return True
        if levels[:2] == _LISTS:
            return len(levels) == 4 and levels[3] in _OF_A_LIST
        return levels[0] == _BASE and 2 <= len(levels) <= _MOST_LEVELS and all(levels)

    def decode(self, message: Envelope) -> Decoded:
        """Read one input, one node, or many times of many."""
        decoded = Decoded()
        levels = message.levels
        if _is_bulk(message.json):
            for entry in message.json:
                if _is_entry(entry):
                    _read_node(message, str(entry[1]), entry[0], entry[2], decoded)
                else:
                    decoded.reject("entry", "not_decodable")
        elif levels[0] != _BASE:
            if levels[3] == "values":
                _read_list(message, levels[2], decoded)
        elif message.object:
            _read_node(message, levels[1], message.object.get("time"), message.object, decoded)
        elif len(levels) > 2 and levels[-1] not in _NOT_FIELDS:
            read_bare(message, levels[1], "/".join(levels[2:]), decoded)
        return decoded


def _is_bulk(body: Any) -> bool:
    return type(body) is list and bool(body) and _is_entry(body[0])


def _is_entry(entry: Any) -> bool:
    return (
        type(entry) is list
        and len(entry) == 3
        and type(entry[0]) in {int, float}
        and type(entry[1]) in {str, int}
        and type(entry[2]) is dict
    )


def _read_node(message: Envelope, node: str, when: Any, inputs: dict[str, Any], decoded: Decoded) -> None:
    decoded.put_record(node, (message.time_ms(when),), inputs, message.names.plan(tuple(inputs), evident_key, _NOT_FIELDS))


def _read_list(message: Envelope, node: str, decoded: Decoded) -> None:
    for place, raw in enumerate((message.text or "").split(",")[:_MOST_VALUES], 1):
        found = message.names.column(str(place))
        if found is not None:
            decoded.put(node, (None,), raw.strip(), found, str(place))
        elif not message.names.ignores(str(place)):
            decoded.reject(str(place), "needs_mapping")

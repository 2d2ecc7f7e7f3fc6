"""Homie 3, 4 and 5: properties that a device describes before it sends them.

`homie/5/<device>/<node>/<property>` with the description in `homie/5/<device>/$description` (JSON; the first level may be another
one, once a description has come by), or
`homie/<device>/<node>/<property>` with `$unit`, `$datatype`, `$settable` below the property. The device is
`<device>/<node>`. A property is read where its name says the quantity and its description the unit; without a
description, and where it can be set (it may be a set-point), it waits for a rule under its name. `$state`, `$target`,
`$log` and the like hold no readings; with the state `lost` or `disconnected` the device is gone.
Source: homieiot.github.io, specification 3.0.1, 4.0.0 and 5.0.
"""

from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.keys import named_column
from collector.normalise import Column
from collector.numbers import is_number
from collector.told import Told

_ROOT: Final = "homie"
_VERSION_5: Final = "5"
_NUMBERS: Final = frozenset({"integer", "float"})
_ATTRIBUTES: Final = frozenset({"$unit", "$datatype", "$settable"})
_GONE: Final = frozenset({"lost", "disconnected"})
_MOST_PROPERTIES: Final = 2_000
_PROPERTY_LEVELS: Final = 3
_ATTRIBUTE_LEVELS: Final = 4


class Profile:
    """Reads Homie; remembers units by property, bounded."""

    name: ClassVar[str] = "homie"

    def __init__(self) -> None:
        self._properties: Told[dict[str, str]] = Told()

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        if len(levels) < 3:
            return False
        if levels[0] == _ROOT:
            return True
        if levels[1] != _VERSION_5:
            return False
        described = levels[3:] == ["$description"] and str(message.object.get("homie", "")).startswith(_VERSION_5)
        return described or (len(levels) == 5 and self._properties.get("/".join(levels[2:])) is not None)

    def decode(self, message: Envelope) -> Decoded:
        """Read one property, or note what is said of it."""
        decoded = Decoded()
        levels = message.levels[2:] if message.levels[1] == _VERSION_5 else message.levels[1:]
        if len(levels) == 2 and levels[1] == "$description":
            self._describe(levels[0], message.object)
        elif len(levels) == _ATTRIBUTE_LEVELS and levels[3] in _ATTRIBUTES:
            name = "/".join(levels[:3])
            self._properties.put(name, (self._properties.get(name) or {}) | {levels[3]: (message.text or "")[:32]})
        elif len(levels) == 2 and levels[1] == "$state" and message.text in _GONE:
            decoded.gone = (levels[0],)
        elif len(levels) == _PROPERTY_LEVELS and not any(level.startswith("$") for level in levels):
            self._read(message, levels, decoded)
        return decoded

    def _describe(self, device: str, description: dict[str, Any]) -> None:
        properties = 0
        for node, said in _items(description.get("nodes")):
            for name, attributes in _items(said.get("properties")):
                properties += 1
                if properties > _MOST_PROPERTIES:
                    return
                known = {f"${key}": _text(attributes[key]) for key in ("unit", "datatype", "settable") if key in attributes}
                self._properties.put(f"{device}/{node}/{name}", known)

    def _read(self, message: Envelope, levels: list[str], decoded: Decoded) -> None:
        device, name = "/".join(levels[:2]), levels[2]
        decoded.note_sender(device)
        known = self._properties.get("/".join(levels)) or {}
        found = message.names.column(name) or _evident(name, known)
        if found is not None:
            decoded.put(device, (None,), message.text, found, name)
        elif not message.names.ignores(name) and is_number(message.text):
            decoded.reject(name, "needs_mapping")


def _evident(name: str, known: dict[str, str]) -> Column | None:
    if known.get("$datatype") not in _NUMBERS or known.get("$settable", "false") != "false" or "$unit" not in known:
        return None
    return named_column(name, known["$unit"])


def _items(said: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(key, value) for key, value in said.items() if type(value) is dict] if type(said) is dict else []


def _text(raw: Any) -> str:
    return str(raw).lower() if type(raw) is bool else str(raw)[:32]

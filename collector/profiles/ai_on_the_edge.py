"""AI-on-the-edge: a camera that reads a meter's dial, of a water meter unless the topic speaks of another.

Topic `<main topic>/<number>/json`, or without the number; keys `value`, `raw`, `error`, `timestamp`. value m3, rate m3/min, both
as text since a digit may be unreadable (`N`). Where the topic speaks of gas, value is the gas register; where it speaks of
electricity or heat, both wait for a rule. With an error the value is an older one: refused as stale. The device is
the main topic, with the number's name unless that is `main`.
Source: jomjol.github.io/AI-on-the-edge-device-docs, MQTT API.
"""

from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column

_KEYS: Final = frozenset({"value", "raw", "error", "timestamp"})
_WATER: Final = {"value": column("volume", "m3"), "rate": column("flow", "m3/min")}
_GAS: Final = _WATER | {"value": column("gas_volume", "m3")}
_OTHER: Final = ("strom", "power", "electr", "energ", "heat", "waerme", "wärme")
_NO_ERROR: Final = ("no error", "")


def _fields(device: str) -> dict[str, Column | None]:
    name = device.lower()
    if any(word in name for word in _OTHER):
        return dict.fromkeys(_WATER)
    return {**(_GAS if "gas" in name else _WATER)}


class Profile:
    """Reads AI-on-the-edge."""

    name: ClassVar[str] = "ai_on_the_edge"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        return len(levels) > 1 and levels[-1] == "json" and message.object.keys() >= _KEYS

    def decode(self, message: Envelope) -> Decoded:
        """Read one reading of the dial."""
        decoded = Decoded()
        body, levels = message.object, message.levels
        device = "/".join(levels[:-2] if levels[-2] == "main" and len(levels) > 2 else levels[:-1])
        decoded.note_sender(device)
        times = (message.time_ms(body["timestamp"]),)
        for key, evident in _fields(device).items():
            found = message.names.column(key) or evident
            if found is None:
                decoded.reject(key, "needs_mapping")
            elif body["error"] not in _NO_ERROR:
                decoded.reject(key, "stale")
            else:
                decoded.put(device, times, None if body.get(key) == "" else body.get(key), found, key)
        return decoded

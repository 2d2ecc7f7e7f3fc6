"""AI-on-the-edge: a camera that reads a water meter's dial.

Topic `<main topic>/<number>/json`; keys `value`, `raw`, `pre`, `error`, `rate`, `timestamp`. value m3, rate m3/min, both
as text since a digit may be unreadable (`N`). With an error the value is an older one: refused as stale. The device is
the main topic, with the number's name unless that is `main`.
Source: jomjol.github.io/AI-on-the-edge-device-docs, MQTT API.
"""

from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import column

_KEYS: Final = frozenset({"value", "raw", "pre", "error", "rate", "timestamp"})
_FIELDS: Final = {"value": column("volume", "m3"), "rate": column("flow", "m3/min")}


class Profile:
    """Reads AI-on-the-edge."""

    name: ClassVar[str] = "ai_on_the_edge"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        return len(levels) > 2 and levels[-1] == "json" and message.object.keys() >= _KEYS

    def decode(self, message: Envelope) -> Decoded:
        """Read one reading of the dial."""
        decoded = Decoded()
        body, levels = message.object, message.levels
        device = "/".join(levels[:-2] if levels[-2] == "main" else levels[:-1])
        times = (message.time_ms(body["timestamp"]),)
        for key, found in _FIELDS.items():
            if body["error"] != "no error":
                decoded.reject(key, "stale")
            else:
                decoded.put(device, times, body[key], found, key)
        return decoded

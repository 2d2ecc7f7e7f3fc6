"""libmbus2mqtt: wired M-Bus meters, `libmbus2mqtt/device/<id>/state`.

JSON of texts; their scale is in the meter's description, not in the message: they wait for a rule under their name. The
device is the id. Other topics below the base hold no readings. Source: github.com/nilvanis/libmbus2mqtt, README.
"""

from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.numbers import is_number

_BASE: Final = "libmbus2mqtt"
_STATE: Final = 4


class Profile:
    """Reads libmbus2mqtt."""

    name: ClassVar[str] = "libmbus2mqtt"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        return message.levels[0] == _BASE and len(message.levels) > 1

    def decode(self, message: Envelope) -> Decoded:
        """Read one meter."""
        decoded = Decoded()
        levels = message.levels
        if len(levels) != _STATE or levels[1] != "device" or levels[3] != "state":
            return decoded
        decoded.note_sender(levels[2])
        for key, raw in message.object.items():
            found = message.names.column(key)
            if found is not None:
                decoded.put(levels[2], (None,), raw, found, key)
            elif is_number(raw) and not message.names.ignores(key):
                decoded.reject(key, "needs_mapping")
        return decoded

"""eNode energy sensors: `enode/<device>/from/energy` with `Va` V, `Aa` A, `Pa` W of one phase.

`Ts` is the uptime, not a time. With further phases (`Vb`) nothing is read.
Source: github.com/apreb/eNode, README.
"""

from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import column

_FIELDS: Final = {"Va": column("voltage", "V"), "Aa": column("current", "A"), "Pa": column("power", "W")}


class Profile:
    """Reads eNode sensors."""

    name: ClassVar[str] = "enode"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        return len(levels) == 4 and levels[0] == "enode" and levels[2:] == ["from", "energy"] and message.object.keys() >= _FIELDS.keys()

    def decode(self, message: Envelope) -> Decoded:
        """Read one sample."""
        decoded = Decoded()
        for key, found in _FIELDS.items():
            if f"{key[0]}b" in message.object:
                decoded.reject(key, "needs_mapping")
            else:
                decoded.put(message.levels[1], (None,), message.object[key], found, key)
        return decoded

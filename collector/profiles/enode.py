"""eNode energy sensors: `enode/<device>/from/energy` with `Va` V, `Aa` A, `Pa` W of one phase, or also `b` and `c` of three.

`Ts` is the uptime, not a time. Two of a kind are no phases: they wait for a rule.
Source: github.com/apreb/eNode, README.
"""

from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import column

_KINDS: Final = {"V": ("voltage", "V"), "A": ("current", "A"), "P": ("power", "W")}
_SIGNATURE: Final = frozenset({"Va", "Aa", "Pa"})
_PHASES: Final = "abc"


class Profile:
    """Reads eNode sensors."""

    name: ClassVar[str] = "enode"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        return len(levels) == 4 and levels[0] == "enode" and levels[2:] == ["from", "energy"] and message.object.keys() >= _SIGNATURE

    def decode(self, message: Envelope) -> Decoded:
        """Read one sample."""
        decoded = Decoded()
        body = message.object
        for letter, (name, unit) in _KINDS.items():
            keys = [letter + phase for phase in _PHASES if letter + phase in body]
            for phase, key in enumerate(keys, 1):
                if len(keys) == 2:
                    decoded.reject(key, "needs_mapping")
                else:
                    found = column(name if len(keys) == 1 else f"{name}_l{phase}", unit)
                    decoded.put(message.levels[1], (None,), body[key], found, key)
        return decoded

"""eNode energy sensors: `<base>/<device>/from/energy` with `Va` V, `Aa` A, `Pa` W of one phase, or also `b` and `c` of three.

`Ts` is the uptime, not a time. Two of a kind are no phases: they wait for a rule. So do the numbered sensors of
`<base>/<device>/from/temperature`. Source: github.com/apreb/eNode, README and issue 2.
"""

from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import column
from collector.numbers import is_number

_KINDS: Final = {"V": ("voltage", "V"), "A": ("current", "A"), "P": ("power", "W")}
_ENERGY: Final = ["from", "energy"]
_TEMPERATURE: Final = ["from", "temperature"]
_SIGNATURE: Final = frozenset({"Va", "Aa", "Pa"})
_UPTIME: Final = "Ts"
_PHASES: Final = "abc"


class Profile:
    """Reads eNode sensors."""

    name: ClassVar[str] = "enode"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels, body = message.levels, message.object
        if len(levels) < 4 or not body:
            return False
        return (levels[-2:] == _ENERGY and body.keys() >= _SIGNATURE) or (levels[-2:] == _TEMPERATURE and _UPTIME in body)

    def decode(self, message: Envelope) -> Decoded:
        """Read one sample."""
        decoded = Decoded()
        body, levels = message.object, message.levels
        device = levels[-3]
        decoded.note_sender(device)
        if levels[-2:] == _TEMPERATURE:
            for key, raw in body.items():
                found = message.names.column(key)
                if found is not None:
                    decoded.put(device, (None,), raw, found, key)
                elif key != _UPTIME and is_number(raw) and not message.names.ignores(key):
                    decoded.reject(key, "needs_mapping")
            return decoded
        for letter, (name, unit) in _KINDS.items():
            keys = [letter + phase for phase in _PHASES if letter + phase in body]
            for phase, key in enumerate(keys, 1):
                if len(keys) == 2:
                    decoded.reject(key, "needs_mapping")
                else:
                    found = column(name if len(keys) == 1 else f"{name}_l{phase}", unit)
                    decoded.put(device, (None,), body[key], found, key)
        return decoded

"""SMA energy meters through sma-em's MQTT bridge: `SMA-EM/status/<serial>/<value>`, a bare value a topic.

Values are W, var, A and the like by the bridge's settings, which the message does not tell: they wait for a rule under
their name (`pconsume`, `i1`). The device is the serial number.
Source: github.com/kellerza/hassio-sma-em; github.com/datenschuft/SMA-EM, features/mqtt.
"""

from typing import ClassVar, Final

from collector.bare import read_bare
from collector.envelope import Decoded, Envelope

_BASE: Final = ["SMA-EM", "status"]
_LEVELS: Final = 4


class Profile:
    """Reads SMA energy meters."""

    name: ClassVar[str] = "sma_em"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        return levels[:2] == _BASE and len(levels) == _LEVELS

    def decode(self, message: Envelope) -> Decoded:
        """Read one value."""
        decoded = Decoded()
        _, _, serial, key = message.levels
        read_bare(message, serial, key, decoded)
        return decoded

"""OpenTherm gateways: otmonitor's `events/<...>/otmonitor/<value>` and the firmware's `OTGW/value/<gateway>/<value>`.

A bare value, or otmonitor's {"name", "type", "value"}. Boilers' values are temperatures, pressures and settings side by
side: they wait for a rule under their name. `???` stands for no value. The device is the level before `otmonitor`, or
the gateway. Source: otgw.tclcode.com, otmonitor, MQTT; github.com/rvdbreemen/OTGW-firmware, MQTT.
"""

from typing import ClassVar, Final

from collector.bare import read_bare
from collector.envelope import Decoded, Envelope

_MONITOR: Final = "otmonitor"
_FIRMWARE: Final = ["OTGW", "value"]


class Profile:
    """Reads OpenTherm gateways."""

    name: ClassVar[str] = "otgw"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        return (len(levels) > 2 and levels[-2] == _MONITOR) or (len(levels) == 4 and levels[:2] == _FIRMWARE)

    def decode(self, message: Envelope) -> Decoded:
        """Read one value."""
        decoded = Decoded()
        levels, body = message.levels, message.object
        key = levels[-1]
        device = levels[-3] if levels[-2] == _MONITOR else levels[-2]
        if not body:
            read_bare(message, device, key, decoded)
            return decoded
        raw = body.get("value")
        found = message.names.column(key)
        if found is not None:
            decoded.put(device, (None,), raw, found, key)
        elif (type(raw) is float or type(raw) is int) and not message.names.ignores(key):
            decoded.reject(key, "needs_mapping")
        return decoded

"""vzlogger: channels of smart meters, `<base>/chn<n>/raw` and `<base>/chn<n>/agg`.

A bare value or {"timestamp": ms, "value": number}. What a channel is and its unit are known to the installation alone:
it waits for a rule under `raw` or `agg`. The device is the first level of the topic and the channel, `vzlogger/chn0`.
`id`, `uuid` and `name` beside them hold no readings.
Source: wiki.volkszaehler.org, vzlogger, MQTT; github.com/volkszaehler/vzlogger, src/mqtt.cpp.
"""

import re
from typing import ClassVar, Final

from collector.bare import read_bare
from collector.envelope import Decoded, Envelope

_CHANNEL: Final = re.compile(r"chn\d{1,3}", re.ASCII)
_VALUES: Final = frozenset({"raw", "agg"})
_ABOUT: Final = frozenset({"id", "uuid", "name"})


class Profile:
    """Reads vzlogger."""

    name: ClassVar[str] = "vzlogger"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        return len(levels) > 2 and _CHANNEL.fullmatch(levels[-2]) is not None and levels[-1] in _VALUES | _ABOUT

    def decode(self, message: Envelope) -> Decoded:
        """Read one value."""
        decoded = Decoded()
        levels, body = message.levels, message.object
        key = levels[-1]
        device = f"{levels[0]}/{levels[-2]}"
        decoded.note_sender(device)
        if key not in _VALUES:
            return decoded
        if "value" not in body:
            read_bare(message, device, key, decoded)
            return decoded
        found = message.names.column(key)
        if found is not None:
            decoded.put(device, (message.time_ms(body.get("timestamp")),), body["value"], found, key)
        elif not message.names.ignores(key):
            decoded.reject(key, "needs_mapping")
        return decoded

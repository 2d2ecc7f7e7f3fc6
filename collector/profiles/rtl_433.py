"""rtl_433: radio sensors, one JSON an event.

Any topic; keys `time` and `model`; or one topic a value, `rtl_433/<host>/devices/<model>/.../<id>/<key>`. The device is
`<model>/<id>`, in older releases `<model>/<device>`. Keys end in their unit: `temperature_C` or `_F`, `power_W`, `energy_kWh`,
`current_A`, `volume_m3`; counts, circuits and voltages wait for a rule. Time is naive unless set otherwise.
Source: github.com/merbanan/rtl_433, docs/DATA_FORMAT.md.
"""

import re
from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import column
from collector.numbers import is_number

_FIELDS: Final = {
    "temperature_C": column("temperature", "degC"),
    "temperature_F": column("temperature", "degF"),
    "power_W": column("power", "W"),
    "energy_kWh": column("energy_import", "kWh"),
    "volume_m3": column("volume", "m3"),
    "current_A": column("current", "A"),
}
_WAITS: Final = re.compile(
    r"(?:power|energy|current|(?:last)?consumption|volume|flow|pulse|water|gas|voltage|temperature|pressure_(?:kpa|psi|bar))\w*",
    re.IGNORECASE,
)
"""Names of what may be a meter's, whose unit or circuit they do not tell."""

_ROOT: Final = "rtl_433"
_DEVICES: Final = ["devices"]
_LEAST_LEVELS: Final = 5
_TYPES: Final = frozenset({"TPMS"})
"""Kinds of devices that stand before the model."""


class Profile:
    """Reads rtl_433's events."""

    name: ClassVar[str] = "rtl_433"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        body = message.object
        if not body:
            return _split(message) is not None
        of_radio = type(body.get("device", 0)) is int and "src" not in body
        return type(body.get("time")) in {str, int, float} and type(body.get("model")) is str and of_radio

    def decode(self, message: Envelope) -> Decoded:
        """Read one event or one of its values."""
        decoded = Decoded()
        body = message.object
        split = None if body else _split(message)
        if split is not None:
            device, key = split
            _read(message, device, (None,), key, message.text, decoded)
            return decoded
        sender = body.get("id", body.get("device", body.get("channel")))
        device = f"{body['model']}/{sender}" if type(sender) in {int, str} else body["model"]
        times = (message.time_ms(body["time"]),)
        for key, raw in body.items():
            _read(message, device, times, key, raw, decoded)
        return decoded


def _split(message: Envelope) -> tuple[str, str] | None:
    """Device and key of a topic for one value; None for other topics."""
    levels = message.levels
    if levels[0] != _ROOT or levels[2:3] != _DEVICES or len(levels) < _LEAST_LEVELS or message.json is not None:
        return None
    about = levels[3:-1]
    if about[0] in _TYPES:
        about = about[1:]
    return "/".join(about if len(about) <= 1 else (about[0], about[-1])), levels[-1]


def _read(message: Envelope, device: str, times: tuple[int | None], key: str, raw: Any, decoded: Decoded) -> None:
    decoded.note_sender(device)
    found = message.names.column(key) or _FIELDS.get(key)
    if found is not None:
        decoded.put(device, times, raw, found, key)
    elif is_number(raw) and _WAITS.fullmatch(key) and not message.names.ignores(key):
        decoded.reject(key, "needs_mapping")

"""Shelly devices of the first generation: one bare value a topic below `shellies/<id>/`, and all at once in `info`.

`emeter/<n>/power` W, `voltage` V, `current` A, `pf`, `reactive_power` var, `total` and `total_returned` Wh. On a 3EM
(`shellyem3-...`) the channels are phases, on an EM (`shellyem-...`) circuits; under a name of the user's own they wait
for a rule as `emeter/<n>/<key>`. `energy` and `returned_energy` are Wmin since the last report: not a register.
`relay/<n>/power` and the like are W; a device of one circuit (`shelly1pm-`, `shellyplug-`, `shellydimmer-`, ...) has no
channel in the quantity's name. `info` holds `emeters` and `meters` with the same keys and `unixtime`; what is not `is_valid` is
stale, and the `total` of `meters` counts Wmin since the start. A sensor's temperature is in the unit that was set, an analog input's
voltage is whatever is wired to it: they wait for a rule. `online`, `announce` and states hold no readings.
Source: shelly-api-docs.shelly.cloud, Gen1, MQTT and /status of each device.
"""

import re
from typing import Any, ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column

_ROOT: Final = "shellies"
_CHANNEL: Final = re.compile(r"[0-3]", re.ASCII)
_COUNTER_LIMITS: Final = frozenset({4294967295.0, 2147483647.0, -2147483648.0})
_QUANTITIES: Final = {
    "power": ("power", "W"),
    "reactive_power": ("reactive_power", "var"),
    "voltage": ("voltage", "V"),
    "current": ("current", "A"),
    "pf": ("power_factor", "1"),
    "total": ("energy_import", "Wh"),
    "total_returned": ("energy_export", "Wh"),
}
_OUTPUTS: Final = frozenset({"relay", "light", "roller", "color", "white"})
_ONE: Final = ("",)
_CIRCUITS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "emeter": {"shellyem3-": ("_l1", "_l2", "_l3"), "shellyem-": ("_ch0", "_ch1")},
    "relay": {
        **dict.fromkeys(("shelly1pm-", "shelly1l-", "shellyplug-"), _ONE),
        "shellyswitch25-": ("_ch0", "_ch1"),
        "shelly4pro-": ("_ch0", "_ch1", "_ch2", "_ch3"),
    },
    "light": dict.fromkeys(("shellydimmer", "shellyvintage-", "shellybulb", "shellyplug-", "shelly1l-"), _ONE),
    "roller": {"": _ONE},
    "color": dict.fromkeys(("shellyrgbw2-", "shellybulb", "shellycolorbulb-"), _ONE),
    "white": {"shellyrgbw2-": ("_ch0", "_ch1", "_ch2", "_ch3")},
}
"""Kind of channel -> start of the device's name -> what each channel adds to the quantity's name."""
_WHOLE: Final = {("shellyswitch25-", "voltage"): column("voltage", "V"), ("shellyswitch-", "relay/power"): column("power", "W")}
"""Values of a device as a whole."""
_WAITING: Final = re.compile(r"sensor/temperature|ext_temperatures?/[0-2]|adc/0", re.ASCII)
_LATER: Final = (["status"], ["events"], ["rpc"])
"""What only devices of later generations send, whose users may have given them the same root."""
_MOST_CHANNELS: Final = 4


class Profile:
    """Reads Shelly Gen1 energy meters."""

    name: ClassVar[str] = "shelly_gen1"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        return levels[0] == _ROOT and len(levels) > 1 and all(levels) and levels[2:3] not in _LATER

    def decode(self, message: Envelope) -> Decoded:
        """Read one value, or all that a device tells of itself."""
        decoded = Decoded()
        levels = message.levels
        if len(levels) < 3:
            return decoded
        device, field = levels[1], "/".join(levels[2:])
        decoded.note_sender(device)
        if field == "online":
            decoded.gone = (device,) if message.text == "false" else ()
        elif message.object:
            if field == "info":
                _read_info(message, device, decoded)
            elif _WAITING.fullmatch(field) and not message.names.ignores(field):
                decoded.reject(field, "needs_mapping")
        else:
            _put(message, device, (None,), field, message.text, decoded)
        return decoded


def _put(message: Envelope, device: str, times: tuple[int | None], field: str, raw: Any, decoded: Decoded) -> None:
    found = message.names.column(field) or _evident(device, field)
    if found is not None:
        decoded.put(device, times, raw, found, field)
    elif (_WAITING.fullmatch(field) or _is_value(field.split("/"))) and not message.names.ignores(field):
        decoded.reject(field, "needs_mapping")


def _read_info(message: Envelope, device: str, decoded: Decoded) -> None:
    body = message.object
    times = (message.time_ms(body.get("unixtime")),)
    outputs = next((kind for kind in ("roller", "light") if body.get(f"{kind}s")), "relay")
    for key, kind in (("emeters", "emeter"), ("meters", outputs)):
        meters = body.get(key)
        for channel, meter in enumerate(meters[:_MOST_CHANNELS] if type(meters) is list else ()):
            if type(meter) is dict:
                _read_meter(message, device, times, f"{kind}/{channel}", meter, decoded)


def _read_meter(message: Envelope, device: str, times: tuple[int | None], at: str, meter: dict[str, Any], decoded: Decoded) -> None:
    for key, raw in meter.items():
        field = f"{at}/{'reactive_power' if key == 'reactive' else key}"
        if not _is_value(field.split("/")):
            continue
        if meter.get("is_valid") is False:
            decoded.reject(field, "stale")
        else:
            _put(message, device, times, field, raw, decoded)


def _is_value(parts: list[str]) -> bool:
    if len(parts) != 3 or not _CHANNEL.fullmatch(parts[1]):
        return False
    return (parts[0] == "emeter" and parts[2] in _QUANTITIES) or (parts[0] in _OUTPUTS and parts[2] == "power")


def _evident(device: str, field: str) -> Column | None:
    """Column of a field such as `emeter/0/power`, where the device's name says what its channels are."""
    whole = next((found for (model, name), found in _WHOLE.items() if name == field and device.startswith(model)), None)
    parts = field.split("/")
    if whole is not None or not _is_value(parts):
        return whole
    kind, channel = parts[0], int(parts[1])
    circuits = next((found for model, found in _CIRCUITS[kind].items() if device.startswith(model)), ())
    if channel >= len(circuits):
        return None
    name, unit = _QUANTITIES[parts[2]]
    return column(name + circuits[channel], unit, sentinels=_COUNTER_LIMITS)

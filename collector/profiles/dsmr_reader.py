"""DSMR-reader: a Dutch meter's telegrams, as one JSON or one topic a field.

JSON on any topic with two of its keys (`electricity_delivered_1`, `phase_voltage_l1` ...); `dsmr/reading/<key>` with a bare
value; `dsmr/consumption/...`, `dsmr/day-consumption/...` and the like are sums of its own and hold no readings. kWh, kW, V,
A; a key that is absent is null. The meter behind the gateway may be gas, water or heat: it waits for a rule. The message
does not name its device. Source: dsmr-reader.readthedocs.io, MQTT, default topics.
"""

from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column

_FIELDS: Final[dict[str, Column]] = {
    **{f"electricity_delivered_{n}": column(f"energy_import_t{n}", "kWh") for n in (1, 2)},
    **{f"electricity_returned_{n}": column(f"energy_export_t{n}", "kWh") for n in (1, 2)},
    "electricity_currently_delivered": column("power", "kW"),
    "electricity_currently_returned": column("power_export", "kW"),
    **{f"phase_currently_delivered_l{n}": column(f"power_l{n}", "kW") for n in (1, 2, 3)},
    **{f"phase_currently_returned_l{n}": column(f"power_export_l{n}", "kW") for n in (1, 2, 3)},
    **{f"phase_voltage_l{n}": column(f"voltage_l{n}", "V") for n in (1, 2, 3)},
    **{f"phase_power_current_l{n}": column(f"current_l{n}", "A") for n in (1, 2, 3)},
}
_SIGNATURE: Final = 2
_SPLIT: Final = ["dsmr", "reading"]
_TOPICS: Final = frozenset(
    {"reading", "consumption", "day-consumption", "meter-stats", "current-month", "current-year", "current-period", "day-totals"}
)
_BEHIND: Final = "extra_device_delivered"


class Profile:
    """Reads DSMR-reader."""

    name: ClassVar[str] = "dsmr_reader"

    def recognise(self, message: Envelope) -> bool:
        """See the module's signature."""
        levels = message.levels
        return len(message.object.keys() & _FIELDS.keys()) >= _SIGNATURE or (
            len(levels) > 2 and levels[0] == "dsmr" and levels[1] in _TOPICS
        )

    def decode(self, message: Envelope) -> Decoded:
        """Read one telegram or one of its fields."""
        decoded = Decoded()
        body = message.object
        if not body and message.levels[:2] != _SPLIT:
            return decoded
        if not body:
            key = message.levels[-1]
            body = {key: message.text}
        times = (message.time_ms(body.get("timestamp")),)
        for key, raw in body.items():
            found = message.names.column(key) or _FIELDS.get(key)
            if found is not None:
                decoded.put("", times, raw, found, key)
            elif key == _BEHIND and raw is not None:
                decoded.reject(key, "needs_mapping")
        return decoded

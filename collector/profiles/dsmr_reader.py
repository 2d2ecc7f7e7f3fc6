"""DSMR-reader: a Dutch meter's telegrams, as one JSON or one topic a field.

JSON on any topic with two of its keys (`electricity_delivered_1`, `phase_voltage_l1` ...); `dsmr/reading/<key>` with a bare
value. kWh, kW, V, A; a key that is absent is null. The meter behind the gateway may be gas, water or heat: it waits for a
rule, and so do `dsmr/consumption/...`, `dsmr/day-consumption/...` and the like, which are sums of its own. The message
does not name its device. Source: dsmr-reader.readthedocs.io, MQTT, default topics.
"""

from typing import ClassVar, Final

from collector.envelope import Decoded, Envelope
from collector.normalise import Column, column
from collector.numbers import is_number

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
_ABOUT: Final = frozenset({"id", "timestamp", "extra_device_timestamp"})


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
        if not body:
            key = message.levels[-1]
            body = {key: message.text}
        readings = bool(message.object) or message.levels[:2] == _SPLIT
        times = (message.time_ms(body.get("timestamp")),)
        for key, raw in body.items():
            found = message.names.column(key) or (_FIELDS.get(key) if readings else None)
            if found is not None:
                decoded.put("", times, raw, found, key)
            elif key not in _ABOUT and is_number(raw) and not message.names.ignores(key):
                decoded.reject(key, "needs_mapping")
        return decoded

"""What a device tells on several topics at once is one reading: the first that comes is taken.

A Shelly reports a change as an event with a time, again as the component's status without one, and once more to whoever asked;
Zigbee2MQTT can send a state as a whole and attribute by attribute. Their times differ by the way they took, so the store cannot
know them for the same. Nothing of this is remembered over a restart: one value may then be stored at both times.
"""

from collections.abc import Sequence
from typing import Final

from mainsight.core.readings import Reading

FORMATS: Final = frozenset({"shelly_gen1", "shelly_gen2", "zigbee2mqtt"})
"""Profiles of devices that do so."""
_WITHIN_MS: Final = 2_000


class Echoes:
    """Remembers the last value of each series, and on which topic it came. Bounded by the meters that are registered."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[float, str, int]] = {}

    def without(self, topic: str, readings: Sequence[Reading]) -> list[Reading]:
        """Readings that another topic did not tell, with the same value, within the last two seconds of arrival."""
        return [reading for reading in readings if not self._is_echo(topic, reading)]

    def _is_echo(self, topic: str, reading: Reading) -> bool:
        series = (reading.meter, reading.quantity)
        value, other, arrival_ms = self._last.get(series, (None, topic, 0))
        if other != topic and value == reading.value and abs(reading.arrival_ms - arrival_ms) <= _WITHIN_MS:
            return True
        self._last[series] = (reading.value, topic, reading.arrival_ms)
        return False

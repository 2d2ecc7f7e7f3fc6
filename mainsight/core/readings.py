"""What a device said, once its unit, time and meter are known."""

from enum import IntFlag
from typing import NamedTuple


class Series(NamedTuple):
    """Identity of a time series."""

    meter: str
    quantity: str


class Flag(IntFlag):
    """What is known about a reading besides its value."""

    NONE = 0
    ARRIVAL_TIME = 1
    """The device gave no time (or one outside the window): the time is that of arrival."""
    RETAINED = 2
    """The broker had kept the message; it was stored because it carries its own time."""
    DEVICE = 4
    """The device itself doubts the value (power fail, overflow, clock not set)."""


class Reading(NamedTuple):
    """One reading in canonical units.

    Attributes:
        meter: id of a registered meter.
        quantity: name from the vocabulary.
        time_ms: instant (gauge, register) or interval start, UTC, milliseconds since 1970.
        value: finite, in the quantity's canonical unit, at the meter's terminals (ratios are not applied).
        arrival_ms: when it reached the collector, UTC, milliseconds since 1970.
        flags: bits of `Flag`.

    """

    meter: str
    quantity: str
    time_ms: int
    value: float
    arrival_ms: int
    flags: int = 0

    @property
    def series(self) -> Series:
        """The series it belongs to."""
        return Series(self.meter, self.quantity)

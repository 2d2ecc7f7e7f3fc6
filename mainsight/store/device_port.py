"""Ports of what is kept of devices: when they last spoke, how often they do, how their clocks are, what went wrong, what fields mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """How a device is, under the name it gives itself. Instants are UTC milliseconds by our clock.

    Attributes:
        device: as the device names itself.
        topic, profile: of its newest message; the profile is a format's name.
        first_seen_ms, last_seen_ms: arrival of its first and newest message.
        messages: how many came.
        interval_s: its usual time between transmissions (a burst counts as one), seconds; None while too few came.
        recent_s: the same of late, seconds.
        drift_ms: least arrival lag over its last messages; negative when its clock is ahead. None while too few came.
        errors: fields and values that gave no reading, by reason.
        last_error_ms: when the newest of them came.
        gone_ms: when it, or the broker for it, told that it is gone; None since it spoke again.

    """

    device: str
    topic: str
    profile: str
    first_seen_ms: int
    last_seen_ms: int
    messages: int
    interval_s: float | None = None
    recent_s: float | None = None
    drift_ms: int | None = None
    errors: Mapping[str, int] = field(default_factory=dict)
    last_error_ms: int | None = None
    gone_ms: int | None = None


class HealthState(Protocol):
    """Health of devices, written now and then by who hears them."""

    async def save_health(self, devices: Sequence[DeviceHealth]) -> None:
        """Add or replace what is kept of devices, by name."""
        ...

    async def health(self, after: str = "", limit: int = 100_000) -> list[DeviceHealth]:
        """Devices by name, those that come after a name."""
        ...


@dataclass(frozen=True, slots=True)
class SavedMappings:
    """Mapping rules that people have saved, over the files' ones: each version is kept whole.

    Attributes:
        version: 1 for the first, one more each time.
        rules: text of a file of rules (YAML).
        person, at_ms: who, and when.

    """

    version: int
    rules: str
    person: str
    at_ms: int


class MappingState(Protocol):
    """Mapping rules as people saved them."""

    async def saved_mappings(self, limit: int = 1) -> list[SavedMappings]:
        """The latest versions, latest first; the first is in force."""
        ...

    async def save_mappings(self, saved: SavedMappings) -> bool:
        """Append a version; False, and nothing done, where it is taken: somebody else was faster."""
        ...

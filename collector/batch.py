"""Messages that are stored and acknowledged together, and what they gave."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol

from collector.session.port import Message
from mainsight.core.readings import Reading
from mainsight.store.port import Poison
from mainsight.store.state_port import Quarantined, UnknownDevice


class Processed(Protocol):
    """What one message gave.

    `rejected` counts fields that were left out; the message is in `quarantined` when something of it must be kept; `timeless`
    says that a reading has the message's arrival as its time.
    """

    @property
    def readings(self) -> Sequence[Reading]:
        """Readings to store."""
        ...

    @property
    def quarantined(self) -> Sequence[Quarantined]:
        """Copies to keep."""
        ...

    @property
    def unknown(self) -> Sequence[UnknownDevice]:
        """Devices that are not registered."""
        ...

    @property
    def rejected(self) -> int:
        """Fields left out."""
        ...

    @property
    def timeless(self) -> bool:
        """Whether a reading is placed at the arrival."""
        ...


class Batch:
    """A batch being filled. Full at any of its bounds, so that memory stays bounded while the store is away."""

    def __init__(self, most_readings: int = 12_500, most_messages: int = 5_000, most_bytes: int = 16 * 2**20) -> None:
        self._most_readings = most_readings
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._bytes = 0
        self._first_reading: list[int] = []  # for each message, how many readings came before it
        self.messages: list[Message] = []
        self.readings: list[Reading] = []
        self.quarantined: list[Quarantined] = []
        self.unknown: list[UnknownDevice] = []
        self.timeless: list[Message] = []
        self.rejected = 0

    def add(self, message: Message, processed: Processed) -> None:
        """Add a message and what it gave."""
        self._first_reading.append(len(self.readings))
        self.messages.append(message)
        self._bytes += len(message.payload)
        self.readings += processed.readings
        self.rejected += processed.rejected
        if processed.timeless:
            self.timeless.append(message)
        if processed.quarantined:
            self.quarantined += processed.quarantined
        if processed.unknown:
            self.unknown += processed.unknown

    def add_undecoded(self, message: Message, kept: Quarantined) -> None:
        """Add a message that gave nothing but itself."""
        self._first_reading.append(len(self.readings))
        self.messages.append(message)
        self._bytes += len(message.payload)
        self.quarantined.append(kept)

    @property
    def full(self) -> bool:
        """Whether it must be committed before more is added."""
        return len(self.readings) >= self._most_readings or len(self.messages) >= self._most_messages or self._bytes >= self._most_bytes

    def quarantine_of(self, poison: Sequence[Poison]) -> list[Quarantined]:
        """For readings that the store refused for good, the messages they came in; one entry a message."""
        reasons: dict[int, list[str]] = {}
        for refused in poison:
            index = bisect_right(self._first_reading, self.readings.index(refused.reading)) - 1
            reasons.setdefault(index, []).append(f"{refused.reading.quantity} of {refused.reading.meter}: {refused.reason}")
        return [
            Quarantined(
                topic=self.messages[index].topic,
                payload=self.messages[index].payload,
                reason="out_of_range",
                arrival_ms=self.messages[index].arrival_ms,
                detail="; ".join(details),
            )
            for index, details in reasons.items()
        ]

"""Committed readings on their way to other processes: one columnar message a batch and zone, numbered so that a gap shows.

The form of the messages is told in docs/reference/live-messages.md. They go out at QoS 0, after the commit: whoever
misses one finds its readings in the store.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from collector.session.port import Session
from mainsight.core.readings import Reading
from mainsight.store.live import Broadcast

TOPIC = "mainsight/v1/readings"
SEVERAL_ZONES = "-"
"""Stands for the zone of meters that serve none or several."""
_MOST_READINGS = 5_000
"""In one message, which then stays below 400 kB: brokers refuse what is very large."""
_WAITING_BATCHES = 16
_MOST_SENDERS = 8
"""Senders that are remembered; those of long ago do not come back."""


class LiveMessageError(ValueError):
    """A payload that is not a message of this form."""


class LiveMessage(msgspec.Struct, rename={"sender": "from"}):
    """Readings of one batch and zone, by columns. Reading n belongs to `series[of[n]]`, a meter and a quantity."""

    sender: str
    seq: int
    sent_ms: int
    series: list[tuple[str, str]]
    of: list[int]
    time_ms: list[int]
    value: list[float]
    arrival_ms: list[int]
    flags: list[int]
    v: int = 1

    def readings(self) -> list[Reading]:
        """As readings.

        Raises:
            LiveMessageError: the columns do not fit each other.

        """
        try:
            rows = zip(self.of, self.time_ms, self.value, self.arrival_ms, self.flags, strict=True)
            return [Reading(*self.series[of], time, value, arrival, flags) for of, time, value, arrival, flags in rows]
        except (ValueError, IndexError) as error:
            raise LiveMessageError(f"columns of unlike length, or a series that is not there: {error}") from error


def encode(sender: str, seq: int, sent_ms: int, readings: Sequence[Reading]) -> bytes:
    """Payload of one message."""
    numbers: dict[tuple[str, str], int] = {}
    of = [numbers.setdefault((reading.meter, reading.quantity), len(numbers)) for reading in readings]
    return msgspec.json.encode(
        LiveMessage(
            sender=sender,
            seq=seq,
            sent_ms=sent_ms,
            series=list(numbers),
            of=of,
            time_ms=[reading.time_ms for reading in readings],
            value=[reading.value for reading in readings],
            arrival_ms=[reading.arrival_ms for reading in readings],
            flags=[reading.flags for reading in readings],
        )
    )


_DECODER = msgspec.json.Decoder(LiveMessage)


class Versioned(Protocol):
    """A message that tells the version of its form."""

    v: int


Message = TypeVar("Message", bound=Versioned)


def read(decoder: msgspec.json.Decoder[Message], payload: bytes) -> Message:
    """Read a payload of version 1.

    Raises:
        LiveMessageError: it is not such a message, or of a later version.

    """
    try:
        message = decoder.decode(payload)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise LiveMessageError(str(error)) from error
    if message.v != 1:
        raise LiveMessageError(f"version {message.v} is not known here; update mainsight")
    return message


def decode(payload: bytes) -> LiveMessage:
    """Read a payload. Raises as `read` does."""
    return read(_DECODER, payload)


class Feed:
    """Publishes what a broadcast gives."""

    def __init__(
        self, session: Session, broadcast: Broadcast, zones: Mapping[str, str | None], sender: str, clock: Callable[[], int]
    ) -> None:
        """Take the parts; `zones` gives each meter's zone, `sender` is a name that no process before had."""
        self._session = session
        self._broadcast = broadcast
        self._zones = zones
        self._sender = sender
        self._clock = clock
        self._lost = 0
        self._seq: dict[str, int] = {}

    async def run(self) -> None:
        """Publish until cancelled. While the broker is away the oldest batches go, and their numbers are missing."""
        with self._broadcast.listen(_WAITING_BATCHES) as listener:
            async for batch in listener.batches():
                if lost := listener.take_gap():
                    self._lost += lost
                    self._seq = {zone: seq + lost for zone, seq in self._seq.items()}
                await self._publish(batch)

    async def _publish(self, batch: Iterable[Reading]) -> None:
        by_zone: dict[str, list[Reading]] = {}
        for reading in batch:
            by_zone.setdefault(self._zones.get(reading.meter) or SEVERAL_ZONES, []).append(reading)
        for zone, readings in by_zone.items():
            for begin in range(0, len(readings), _MOST_READINGS):
                self._seq[zone] = self._seq.get(zone, self._lost) + 1
                payload = encode(self._sender, self._seq[zone], self._clock(), readings[begin : begin + _MOST_READINGS])
                await self._session.publish(f"{TOPIC}/{zone}", payload, qos=0)


class Sequences:
    """Tells from the numbers of messages whether one is missing."""

    def __init__(self) -> None:
        """Nothing has been heard yet."""
        self._seen: dict[str, dict[str, int]] = {}

    def gap_before(self, topic: str, message: LiveMessage) -> bool:
        """Whether something may have been lost before a message.

        A sender that was not known is one: who came before may have died between its commit and its message.
        """
        known = self._seen.get(message.sender)
        if known is None:
            self._seen = {**dict(list(self._seen.items())[-_MOST_SENDERS:]), message.sender: {topic: message.seq}}
            return True
        expected = known.get(topic, 0) + 1
        known[topic] = message.seq
        return message.seq != expected

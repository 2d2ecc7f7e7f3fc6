"""Port of what a collector's MQTT session must remember over a restart. `mainsight.store.state_port` adds it to the others."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Arrival(NamedTuple):
    """A message that gave a reading at its time of arrival: under which packet id, what it held, and when it first came.

    `digest` is of topic and payload; `arrival_ms` UTC milliseconds.
    """

    packet_id: int
    digest: bytes
    arrival_ms: int


class SessionState(Protocol):
    """What a broker holds of our sessions, and what it may send again."""

    async def subscribed(self, client_id: str, filters: Sequence[str]) -> list[str]:
        """Note the filters that a session asks for; all that it ever asked for, in order of name."""
        ...

    async def arrivals(self, client_id: str) -> list[Arrival]:
        """The newest arrival under each packet id, in order of id."""
        ...

    async def note_arrivals(self, client_id: str, arrivals: Sequence[Arrival]) -> None:
        """Keep arrivals, each in place of an earlier one under its packet id."""
        ...

"""Messages between the socket and the consumer: bounded, and full when the consumer is busy."""

import asyncio
from collections.abc import Callable, Sequence

from collector.session.port import Message

_PACKET_ID_BITS = 16


def make_token(connection: int, packet_id: int) -> int:
    """What identifies a message for its acknowledgement. Connections count from 1, so a token of 0 (QoS 0) is none's."""
    return connection << _PACKET_ID_BITS | packet_id


def packet_ids(messages: Sequence[Message], connection: int) -> list[int]:
    """Packet ids of those messages that came over this connection and wait for an acknowledgement."""
    return [message.token & 0xFFFF for message in messages if message.token >> _PACKET_ID_BITS == connection]


class Inbox:
    """Messages that have arrived and were not taken yet.

    The bounds are where reading stops; what one read of the socket brought still fits in. Used from one event loop.
    """

    def __init__(self, most_messages: int = 4_096, most_bytes: int = 16 * 2**20) -> None:
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._messages: list[Message] = []
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._closed = False
        self._on_room: Callable[[], None] | None = None

    def __len__(self) -> int:
        """Messages that wait."""
        return len(self._messages)

    @property
    def payload_bytes(self) -> int:
        """Bytes of payload that wait."""
        return self._bytes

    @property
    def full(self) -> bool:
        """Whether reading must stop."""
        return len(self._messages) >= self._most_messages or self._bytes >= self._most_bytes

    def tell_room(self, on_room: Callable[[], None]) -> None:
        """Call this when there is room again; takes the place of an earlier connection's call."""
        self._on_room = on_room

    def put(self, messages: Sequence[Message]) -> None:
        """Add what one read of the socket brought."""
        self._messages.extend(messages)
        self._bytes += sum([len(message.payload) for message in messages])
        self._arrived.set()

    def drop_before(self, connection: int) -> None:
        """Forget QoS 1 messages of earlier connections: the broker kept the session and sends them again."""
        self._messages = [message for message in self._messages if not message.qos or message.token >> _PACKET_ID_BITS >= connection]
        self._bytes = sum(len(message.payload) for message in self._messages)
        self._tell_room()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._arrived.set()

    async def take(self) -> Sequence[Message]:
        """Wait for messages and take all that wait; empty once the inbox is closed."""
        while not self._messages and not self._closed:
            self._arrived.clear()
            await self._arrived.wait()
        taken, self._messages, self._bytes = self._messages, [], 0
        self._tell_room()
        return taken

    def _tell_room(self) -> None:
        if self._on_room and not self.full:
            self._on_room()

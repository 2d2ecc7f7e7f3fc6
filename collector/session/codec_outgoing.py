"""Our own PUBLISHes at QoS 1 that wait for the broker's PUBACK."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import mqtt5

from collector.session.port import SessionError

SUBSCRIBE_ID, UNSUBSCRIBE_ID = 1, 2
"""Packet ids of the one SUBSCRIBE and the one UNSUBSCRIBE of a connection; publishes start after them."""


class Outgoing:
    """Packet ids and waiting publishers of one connection. No more are under way at once than the broker takes."""

    def __init__(self, most: int) -> None:
        self._places = asyncio.Semaphore(most)
        self._waiting: dict[int, asyncio.Future[mqtt5.PubAckPacket]] = {}
        self._last_id = UNSUBSCRIBE_ID

    @asynccontextmanager
    async def place(self) -> AsyncIterator[tuple[int, asyncio.Future[mqtt5.PubAckPacket]]]:
        """Wait for a place; a packet id and the answer to wait for."""
        async with self._places:
            packet_id = self._free_id()
            answer: asyncio.Future[mqtt5.PubAckPacket] = asyncio.get_running_loop().create_future()
            self._waiting[packet_id] = answer
            try:
                yield packet_id, answer
            finally:
                del self._waiting[packet_id]

    def answer(self, packet: mqtt5.PubAckPacket) -> None:
        """Hand a PUBACK to the publisher that waits for it, if it still does."""
        waiting = self._waiting.get(packet.packet_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(packet)

    def fail(self, reason: SessionError) -> None:
        """End all waits: the connection is gone."""
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(reason)

    def _free_id(self) -> int:
        while True:
            self._last_id = self._last_id % 65_535 + 1
            if self._last_id not in self._waiting:
                return self._last_id

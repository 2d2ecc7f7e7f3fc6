"""The session that both adapters share: connects again, keeps the inbox, leaves out acknowledgements that come too late."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random

from collector.session.backoff import BackOff
from collector.session.inbox import Inbox, packet_ids
from collector.session.link import Connect, Link, LinkLostError, RefusedError
from collector.session.port import Message, Session, SessionError, SessionSettings, SessionStats

_log = logging.getLogger(__name__)


@asynccontextmanager
async def open_reconnecting(settings: SessionSettings, connect: Connect) -> AsyncIterator[Session]:
    """Connect, and keep connected until the context ends.

    A broker that is not there yet is waited for in the background.

    Raises:
        SessionError: the first connect was refused for good.

    """
    session = ReconnectingSession(settings, connect)
    await session.connect_first()
    keeper = asyncio.create_task(session.keep_connected(), name=f"mqtt session {settings.client_id}")
    try:
        yield session
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper
        await session.close()


class ReconnectingSession:
    """A session over one connection after the other."""

    def __init__(self, settings: SessionSettings, connect: Connect) -> None:
        self._settings = settings
        self._connect = connect
        self._inbox = Inbox()
        self._back_off = BackOff(*settings.back_off_s, Random())  # noqa: S311 - spreads reconnects, hides nothing
        self._link: Link | None = None
        self._number = 0
        self._early: list[int] = []  # to be acknowledged once the connection that is being made stands
        self._up = asyncio.Event()
        self._closed = False
        self._stats = SessionStats()

    @property
    def stats(self) -> SessionStats:
        """Counts so far; `extra` tells how many messages and bytes wait for the consumer."""
        self._stats.extra["waiting_messages"] = len(self._inbox)
        self._stats.extra["waiting_bytes"] = self._inbox.payload_bytes
        return self._stats

    async def batches(self) -> AsyncIterator[Sequence[Message]]:
        """Messages as they come, until the session is closed."""
        while messages := await self._inbox.take():
            self._stats.received += len(messages)
            self._stats.unacknowledged += len(packet_ids(messages, self._number))
            yield messages

    async def acknowledge(self, messages: Sequence[Message]) -> None:
        """Send PUBACKs for messages of the present connection."""
        ids = packet_ids(messages, self._number)
        if self._link is None:
            self._early += ids  # a broker that kept the session sends messages before our hands are shaken
        elif ids:
            self._acknowledge(self._link, ids)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish; what was under way when a connection was lost is sent again over the next.

        Raises:
            SessionError: the broker refused the message, or the session was closed.
            ValueError: the topic is not one to publish on; a broker would hang up on it.

        """
        if not topic or any(character in topic for character in "+#\0"):
            message = f"{topic!r} is not a topic to publish on: it is empty or holds +, # or NUL"
            raise ValueError(message)
        while True:
            await self._up.wait()
            if self._closed or self._link is None:
                raise SessionError("the session is closed")
            link = self._link
            try:
                await link.publish(topic, payload, qos, retain)
            except (LinkLostError, RefusedError):
                if self._link is link:
                    self._up.clear()
            else:
                return

    async def connect_first(self) -> None:
        """Try once; what may pass by itself is left to `keep_connected`."""
        try:
            await self._try_to_connect()
        except RefusedError as error:
            if error.for_good:
                raise
            self._note(error)

    async def keep_connected(self) -> None:
        """Connect again whenever the connection is lost, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            if self._link is None:
                wait_s = self._back_off.after_failure()
            else:
                since, link = loop.time(), self._link
                reason = await link.lost()
                self._down()
                await link.close()
                self._note(reason)
                wait_s = self._wait_after(reason, loop.time() - since)
            while self._link is None:
                await asyncio.sleep(wait_s)
                try:
                    await self._try_to_connect()
                except RefusedError as error:
                    self._note(error)
                    wait_s = self._back_off.after_refusal() if error.for_good else self._back_off.after_failure()

    async def close(self) -> None:
        """Say goodbye to the broker; consumers and publishers end."""
        self._closed = True
        self._inbox.close()
        if self._link is not None:
            await self._link.close()
        self._down()
        self._up.set()

    def _acknowledge(self, link: Link, ids: list[int]) -> None:
        link.acknowledge(ids)
        self._stats.acknowledged += len(ids)
        self._stats.unacknowledged -= len(ids)

    async def _try_to_connect(self) -> None:
        self._number += 1
        self._early.clear()
        try:
            link = await self._connect(self._settings, self._number, self._inbox)
        except LinkLostError as error:
            raise RefusedError(f"{self._settings.host}:{self._settings.port}: {error}", for_good=False) from error
        if link.session_present:
            self._inbox.drop_before(self._number)
        self._link = link
        if self._early:
            self._acknowledge(link, self._early)
        self._stats.connected, self._stats.connects, self._stats.last_error = True, self._stats.connects + 1, ""
        self._stats.connected_ms = link.connected_ms
        self._up.set()

    def _wait_after(self, reason: SessionError, lived_s: float) -> float:
        if isinstance(reason, RefusedError) and reason.for_good:
            return self._back_off.after_refusal()
        return self._back_off.after_loss(lived_s)

    def _down(self) -> None:
        self._link = None
        self._up.clear()
        self._stats.connected = False
        self._stats.unacknowledged = 0

    def _note(self, error: SessionError) -> None:
        if str(error) != self._stats.last_error:
            _log.warning("MQTT session %s: %s", self._settings.client_id, error)
        self._stats.last_error = str(error)

"""Session adapter for MQTT 3.1.1 on aiomqtt, for brokers that do not speak MQTT 5.

aiomqtt 2.5 has paho acknowledge a message when it arrives, before the application sees it. To hold acknowledgements back
this adapter reaches through aiomqtt's private `Client._client` to paho's client, and there uses:

- `manual_ack_set(True)` and `ack(mid, qos)`: public in paho, but aiomqtt does not pass them on;
- `on_message`: aiomqtt's own fails on topics that are not UTF-8 and fills a queue whose reading cannot be stopped. With
  ours that queue stays empty, and `Client.messages` serves only to be told that the connection is lost;
- `on_connect`: wrapped, to learn whether the broker kept the session;
- `loop_read`: under a reader of our own in place of aiomqtt's, so that reading stops while the consumer is busy;
- `_ping_t` (private in paho, too): cleared while reading is stopped, or paho would take the unread PINGRESP for a dead link.

For this reason the version of aiomqtt is pinned. The contract suite (tests/collector/session) shows whether another works.
"""

import asyncio
import contextlib
import math
import ssl
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiomqtt
from paho.mqtt.client import Client as Paho
from paho.mqtt.client import ConnectFlags, MQTTMessage
from paho.mqtt.reasoncodes import ReasonCode

from collector.session import refusal
from collector.session.certificates import tls_context
from collector.session.inbox import Inbox, make_token
from collector.session.link import LinkLostError
from collector.session.port import NOT_UTF8, Message, Session, SessionError, SessionSettings
from collector.session.reconnecting import open_reconnecting

_MOST_PACKETS = 1_000
"""Packets read in one turn of the event loop."""
_CLOSE_TIMEOUT_S = 2.0
_NO_FILTER = "mainsight/none"
"""A filter that nobody subscribes to."""


def open_session(settings: SessionSettings, *, clock: Callable[[], int]) -> AbstractAsyncContextManager[Session]:
    """Open a session. The clock gives UTC milliseconds, for arrival times. See `collector.session.port.OpenSession`."""

    async def connect(settings: SessionSettings, number: int, inbox: Inbox) -> AiomqttLink:
        context = await asyncio.to_thread(tls_context, settings.tls) if settings.tls else None
        link = AiomqttLink(settings, number, inbox, clock, context)
        try:
            await link.open()
        except BaseException:
            await link.close()
            raise
        return link

    return open_reconnecting(settings, connect)


class AiomqttLink:
    """One connection: a `Link` to the session."""

    def __init__(
        self, settings: SessionSettings, number: int, inbox: Inbox, clock: Callable[[], int], context: ssl.SSLContext | None
    ) -> None:
        self._settings = settings
        self._number = number
        self._inbox = inbox
        self._clock = clock
        self.connected_ms = clock()
        self._client = _client(settings, context, self.connected_ms)
        self._paho: Paho = self._client._client  # noqa: SLF001 - see the module's docstring
        self._paho.manual_ack_set(on=True)
        self._paho.connect_timeout = settings.connect_timeout_s
        self._paho.on_message = self._on_message
        self._on_connect = self._paho.on_connect
        self._paho.on_connect = self._note_session
        self._arrived: list[Message] = []
        self._settled = asyncio.Event()
        self._ended = asyncio.Event()
        self._reason: SessionError | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._entered = False
        self._stopped_fd: int | None = None  # the socket, while reading is stopped
        self._hush: asyncio.TimerHandle | None = None
        self.session_present = False

    async def open(self) -> None:
        """Connect and subscribe.

        As in the codec's link, a full inbox ends the wait for the answer to SUBSCRIBE, which comes behind the messages.
        """
        try:
            await self._client.__aenter__()
        except aiomqtt.MqttError as error:
            if isinstance(error, aiomqtt.MqttCodeError) and isinstance(error.rc, ReasonCode):
                raise refusal.refused_connect(self._settings, error.rc.value, error.rc.getName()) from error
            cause = error.__context__
            raise refusal.unreachable(self._settings, cause if isinstance(cause, OSError) else None) from error
        self._entered = True
        self._inbox.tell_room(self._resume)
        if (socket := self._paho.socket()) is not None:
            asyncio.get_running_loop().add_reader(socket.fileno(), self._read)
        self._tasks.append(asyncio.create_task(self._watch(), name="mqtt link"))
        if self._settings.filters:
            self._tasks.append(asyncio.create_task(self._subscribe(), name="mqtt subscribe"))
            try:
                await asyncio.wait_for(self._settled.wait(), self._settings.connect_timeout_s)
            except TimeoutError:
                raise refusal.unreachable(self._settings, None) from None
            self._raise_if_lost()

    async def lost(self) -> SessionError:
        """Wait until the connection is gone; why."""
        await self._ended.wait()
        return self._reason or LinkLostError("connection lost")

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """Send PUBACKs, one by one: paho knows no other way."""
        if not self._ended.is_set():
            for packet_id in packet_ids:
                self._paho.ack(packet_id, 1)

    async def publish(self, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        """Publish; at QoS 1 returns with the broker's PUBACK. 3.1.1 has no way to refuse a message."""
        self._raise_if_lost()
        publishing = asyncio.create_task(self._client.publish(topic, payload, qos, retain, timeout=math.inf), name="mqtt publish")
        ended = asyncio.create_task(self._ended.wait(), name="mqtt publish, link")
        try:
            await asyncio.wait({publishing, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not publishing.done():
                self._raise_if_lost()
            await publishing
        except aiomqtt.MqttError as error:
            raise LinkLostError(f"connection lost ({error})") from error
        finally:
            publishing.cancel()
            ended.cancel()

    async def close(self) -> None:
        """Say goodbye, so that the broker drops the will, and close."""
        for task in self._tasks:
            task.cancel()
        if self._hush:
            self._hush.cancel()
        if not self._entered:
            self._paho.disconnect()
            return
        self._resume()
        with contextlib.suppress(aiomqtt.MqttError):
            # paho hangs up right after its goodbye. One question more, and the broker has taken our acknowledgements when it
            # answers; otherwise a quick reconnect with the same client id makes it forget those it has not read yet.
            await self._client.unsubscribe(_NO_FILTER, timeout=_CLOSE_TIMEOUT_S)
        with contextlib.suppress(aiomqtt.MqttError):
            await self._client.__aexit__(None, None, None)
        self._end(LinkLostError("closed"))

    async def _watch(self) -> None:
        """Wait for the end of the connection; no message comes this way."""
        try:
            async for _ in self._client.messages:
                pass
        except aiomqtt.MqttError as error:
            self._end(LinkLostError(f"connection lost ({error.__cause__ or error})"))

    async def _subscribe(self) -> None:
        """Subscribe, always: a broker that lost our session would otherwise stay silent."""
        filters = self._settings.filters
        try:
            codes = await self._client.subscribe([(pattern, 1) for pattern in filters], timeout=math.inf)
            if self._settings.former_filters:
                await self._client.unsubscribe(list(self._settings.former_filters), timeout=math.inf)
        except aiomqtt.MqttError as error:
            self._end(LinkLostError(f"connection lost ({error})"))
            return
        for pattern, code in zip(filters, codes, strict=True):
            if isinstance(code, ReasonCode) and code.value >= 128:
                self._end(refusal.refused_filter(self._settings, pattern, code.value, code.getName()))
        self._settled.set()

    def _note_session(self, client: Paho, userdata: Any, flags: ConnectFlags, code: ReasonCode, properties: Any) -> None:
        self.session_present = flags.session_present
        if self._on_connect is not None:
            self._on_connect(client, userdata, flags, code, properties)  # type: ignore[arg-type, call-arg] # aiomqtt's, of this shape

    def _on_message(self, _client: Paho, _userdata: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError as error:
            topic = NOT_UTF8 + error.object.decode(errors="backslashreplace")
        qos, token = (1, make_token(self._number, message.mid)) if message.qos else (0, 0)
        self._arrived.append(Message(topic, bytes(message.payload), message.retain, qos, self._clock(), token, bool(message.dup)))

    def _read(self) -> None:
        """Read what the socket has, some packets at a time."""
        try:
            before = -1
            while before < len(self._arrived) < _MOST_PACKETS:
                before = len(self._arrived)
                self._paho.loop_read()
        except Exception as error:  # noqa: BLE001 - whatever paho's parser meets, the connection is of no more use
            self._end(LinkLostError(f"the broker sent what paho cannot read: {error!r}"))
        if self._arrived:
            arrived, self._arrived = self._arrived, []
            self._inbox.put(arrived)
            self._pause_when_full()

    def _pause_when_full(self) -> None:
        socket = self._paho.socket()
        if self._inbox.full and self._stopped_fd is None and socket is not None:
            self._stopped_fd = socket.fileno()
            asyncio.get_running_loop().remove_reader(self._stopped_fd)
            self._hush_keep_alive()
            self._settled.set()

    def _hush_keep_alive(self) -> None:
        self._paho._ping_t = 0.0  # noqa: SLF001 - see the module's docstring
        wait_s = self._settings.keep_alive_s / 2 or 1.0
        self._hush = asyncio.get_running_loop().call_later(wait_s, self._hush_keep_alive)

    def _resume(self) -> None:
        if self._stopped_fd is None:
            return
        if self._hush:
            self._hush.cancel()
        if self._paho.socket() is not None:
            asyncio.get_running_loop().add_reader(self._stopped_fd, self._read)
        self._stopped_fd = None

    def _end(self, reason: SessionError) -> None:
        self._reason = self._reason or reason
        if self._hush:
            self._hush.cancel()
        self._settled.set()
        self._ended.set()

    def _raise_if_lost(self) -> None:
        if self._reason is not None:
            raise self._reason


def _client(settings: SessionSettings, context: ssl.SSLContext | None, at_ms: int) -> aiomqtt.Client:
    will = settings.will(at_ms) if settings.will else None
    client = aiomqtt.Client(
        settings.host,
        settings.port,
        username=settings.username,
        password=settings.password,
        identifier=settings.client_id,
        protocol=aiomqtt.ProtocolVersion.V311,
        will=aiomqtt.Will(will.topic, will.payload, qos=1, retain=will.retain) if will else None,
        clean_session=settings.session_expiry_s == 0,
        timeout=settings.connect_timeout_s,
        keepalive=settings.keep_alive_s,
        tls_context=context,
    )
    client.pending_calls_threshold = 65_535  # publishing many at once is not worth a warning each
    return client

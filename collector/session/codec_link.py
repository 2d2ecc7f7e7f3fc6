"""One MQTT 5 connection, from bytes to messages and back."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from typing import Any, cast

import mqtt5

from collector.session import framing, refusal
from collector.session.codec_outgoing import SUBSCRIBE_ID, UNSUBSCRIBE_ID, Outgoing
from collector.session.inbox import Inbox, make_token
from collector.session.link import LinkLostError
from collector.session.port import Message, SessionError, SessionSettings

_MOST_PACKET_BYTES = 16 * 2**20
"""Packets the broker may send us: large enough for any message worth a quarantine, small enough to keep memory bounded."""
_CLOSE_TIMEOUT_S = 2.0


class CodecLink(asyncio.Protocol):
    """One connection: a `Link` to the session, a protocol to asyncio's transport."""

    def __init__(self, settings: SessionSettings, number: int, inbox: Inbox, clock: Callable[[], int]) -> None:
        self._settings = settings
        self._number = number
        self._inbox = inbox
        self._clock = clock
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._reading = True
        self._writable = asyncio.Event()
        self._writable.set()
        self._connack: asyncio.Future[mqtt5.ConnAckPacket] = asyncio.get_running_loop().create_future()
        self._settled = asyncio.Event()
        self._ended = asyncio.Event()
        self._reason: SessionError | None = None
        self._outgoing = Outgoing(1)
        self._most_bytes: int | None = None
        self._pulse: asyncio.TimerHandle | None = None
        self._heard = True
        self._closing = False
        self.session_present = False
        self.connected_ms = clock()

    async def shake_hands(self) -> None:
        """Send CONNECT and SUBSCRIBE and wait for their answers.

        A broker that kept the session floods us with messages before it answers SUBSCRIBE. When they fill the inbox the
        hands count as shaken, since nobody takes from the inbox until then; a refusal that comes later ends the link.
        """
        self._write(_connect_packet(self._settings, self.connected_ms).write())
        connack = await self._connack
        if (code := int(connack.reason_code)) >= 128:
            raise refusal.refused_connect(self._settings, code, connack.reason_code.name)
        self.session_present = connack.session_present
        self._outgoing = Outgoing(connack.receive_max)
        self._most_bytes = connack.max_packet_size
        if self._settings.filters:
            self._write(_subscribe_packet(self._settings).write())
            if self._settings.former_filters:
                self._write(mqtt5.UnsubscribePacket(UNSUBSCRIBE_ID, list(self._settings.former_filters)).write())
            await self._settled.wait()
            self._raise_if_lost()
        keep_alive_s = connack.server_keep_alive if connack.server_keep_alive is not None else self._settings.keep_alive_s
        if keep_alive_s:
            self._pulse = asyncio.get_running_loop().call_later(keep_alive_s / 2, self._beat, keep_alive_s / 2)

    async def lost(self) -> SessionError:
        """Wait until the connection is gone; why."""
        await self._ended.wait()
        return self._reason or LinkLostError("connection lost")

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """Send PUBACKs in one write."""
        self._write(b"".join([mqtt5.PubAckPacket(packet_id).write() for packet_id in packet_ids]))

    async def publish(self, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        """Publish; at QoS 1 returns with the broker's PUBACK."""
        if not qos:
            await self._writable.wait()
            self._send(mqtt5.PublishPacket(topic, payload, retain=retain))
            return
        async with self._outgoing.place() as (packet_id, answer):
            await self._writable.wait()
            self._send(mqtt5.PublishPacket(topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, retain=retain, packet_id=packet_id))
            puback = await answer
        if (code := int(puback.reason_code)) >= 128:
            raise refusal.refused_publish(topic, code, puback.reason_code.name)

    async def close(self) -> None:
        """Say goodbye, so that the broker drops the will, and wait for the broker to hang up.

        Were we to hang up with something of the broker's unread, the kernel would reset the connection, and the
        acknowledgements that are still on their way would be lost.
        """
        self._closing = True
        self._resume()
        self._write(mqtt5.DisconnectPacket().write())
        if self._transport is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                    await self._ended.wait()
        self.abort(LinkLostError("closed"))

    def abort(self, reason: SessionError) -> None:
        """Drop the connection at once; the first reason given is kept."""
        self._reason = self._reason or reason
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._inbox.tell_room(self._resume)

    def data_received(self, data: bytes) -> None:
        """Take apart what one read of the socket brought."""
        self._heard = True
        if self._closing:
            return
        if self._rest:
            data = self._rest + data
        if not self._connack.done() and (refused := refusal.odd_greeting(self._settings, data)):
            self.abort(refused)
            return
        try:
            packets, size = framing.split(data)
        except framing.OutOfStepError as error:
            self.abort(LinkLostError(f"the broker at {self._settings.host}:{self._settings.port} sent what is not MQTT 5: {error}"))
            return
        self._rest = data[size:]
        if len(self._rest) > _MOST_PACKET_BYTES:
            self.abort(LinkLostError(f"the broker sent a packet of more than {_MOST_PACKET_BYTES} bytes, which we had ruled out"))
            return
        self._take(packets)

    def pause_writing(self) -> None:
        """The socket does not take more: publishers wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The socket takes more."""
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everyone who waits."""
        if self._pulse:
            self._pulse.cancel()
        if self._reason is None:
            lost = LinkLostError(f"connection lost ({exc or 'closed by the broker'})")
            self._reason = refusal.unreachable(self._settings, exc) if isinstance(exc, ssl.SSLError) else lost
        if not self._connack.done():
            self._connack.set_exception(self._reason)
        self._outgoing.fail(self._reason)
        self._settled.set()
        self._writable.set()
        self._ended.set()

    def _take(self, packets: Sequence[Any]) -> None:
        arrival_ms, number = self._clock(), self._number
        messages: list[Message] = []
        for packet in packets:
            if isinstance(packet, (mqtt5.PublishPacket, framing.Salvaged)):
                packet_id = packet.packet_id
                qos, token = (1, make_token(number, packet_id)) if packet_id else (0, 0)
                messages.append(Message(packet.topic, packet.payload, packet.retain, qos, arrival_ms, token, packet.duplicate))
            elif packet is not None:
                self._take_control(packet)
        if messages:
            self._inbox.put(messages)
            self._pause_when_full()

    def _take_control(self, packet: Any) -> None:
        match packet:
            case mqtt5.PubAckPacket():
                self._outgoing.answer(packet)
            case mqtt5.ConnAckPacket() if not self._connack.done():
                self._connack.set_result(packet)
            case mqtt5.SubAckPacket():
                self._check_suback(packet)
            case mqtt5.DisconnectPacket():
                self.abort(refusal.disconnected(self._settings, int(packet.reason_code), packet.reason_code.name))
            case _:  # PINGRESP: that something was heard is all it says
                pass

    def _check_suback(self, suback: mqtt5.SubAckPacket) -> None:
        for pattern, code in zip(self._settings.filters, suback.reason_codes, strict=False):
            if int(code) >= 128:  # int: the codec's enums are not ordered, whatever its stubs say
                self.abort(refusal.refused_filter(self._settings, pattern, int(code), code.name))
        self._settled.set()

    def _beat(self, interval_s: float) -> None:
        """Twice in the keep-alive: the link is half open when nothing came since the last ping."""
        if not self._heard and self._reading:
            self.abort(LinkLostError(f"the broker did not answer a ping for {interval_s:g} s"))
            return
        self._heard = False
        self._write(mqtt5.PingReqPacket().write())
        self._pulse = asyncio.get_running_loop().call_later(interval_s, self._beat, interval_s)

    def _pause_when_full(self) -> None:
        if self._inbox.full and self._reading and self._transport is not None:
            self._reading = False
            self._transport.pause_reading()
            self._settled.set()

    def _resume(self) -> None:
        if not self._reading and self._transport is not None and not self._transport.is_closing():
            self._reading = True
            self._heard = True  # what the broker said meanwhile was not read: ask again before calling it silent
            self._transport.resume_reading()

    def _send(self, packet: mqtt5.PublishPacket) -> None:
        self._raise_if_lost()
        data = packet.write()
        if self._most_bytes is not None and len(data) > self._most_bytes:
            message = f"a message of {len(data)} bytes on {packet.topic!r} is more than the broker takes ({self._most_bytes})"
            raise SessionError(message)
        self._write(data)

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _raise_if_lost(self) -> None:
        if self._reason is not None:
            raise self._reason


def _connect_packet(settings: SessionSettings, at_ms: int) -> mqtt5.ConnectPacket:
    will = settings.will(at_ms) if settings.will else None
    return mqtt5.ConnectPacket(
        settings.client_id,
        username=settings.username,
        password=settings.password.encode() if settings.password is not None else None,
        clean_start=False,
        will=mqtt5.Will(will.topic, payload=will.payload, qos=mqtt5.QoS.AT_LEAST_ONCE, retain=will.retain) if will else None,
        keep_alive=settings.keep_alive_s,
        session_expiry_interval=settings.session_expiry_s,
        receive_max=settings.receive_maximum,
        max_packet_size=_MOST_PACKET_BYTES,
    )


def _subscribe_packet(settings: SessionSettings) -> mqtt5.SubscribePacket:
    """Sent on every connect: a broker that lost our session would otherwise stay silent."""
    filters = [
        mqtt5.TopicFilter(
            pattern,
            max_qos=mqtt5.QoS.AT_LEAST_ONCE,
            retain_as_published=False,  # so that the flag means "kept from before", as in 3.1.1
            retain_handling=mqtt5.RetainHandling.SEND_IF_SUBSCRIPTION_NOT_EXISTS,
        )
        for pattern in settings.filters
    ]
    return mqtt5.SubscribePacket(SUBSCRIBE_ID, filters)

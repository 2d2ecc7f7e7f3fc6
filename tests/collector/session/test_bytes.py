"""The codec's session against raw bytes that no decent broker sends: a poison packet must not block the rest for ever."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import mqtt5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.session import aiomqtt, codec
from collector.session.framing import OutOfStepError, Salvaged, split
from collector.session.port import NOT_UTF8, SessionError, SessionSettings
from tests.collector.session.conftest import Take, now_ms
from tests.conftest import Address

pytestmark = [
    pytest.mark.anyio,
    # before it panics, the codec leaves the UnicodeDecodeError to Python's hook for errors that nobody can catch
    pytest.mark.filterwarnings("ignore:Exception ignored in. None:pytest.PytestUnraisableExceptionWarning"),
]

CONNACK = mqtt5.ConnAckPacket(session_present=True).write()
SUBACK = mqtt5.SubAckPacket(1, [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]).write()


def publish(packet_id: int, topic: bytes = b"a", payload: bytes = b"x", properties: bytes = b"") -> bytes:
    """A PUBLISH at QoS 1 whose strings may be anything."""
    body = len(topic).to_bytes(2) + topic + packet_id.to_bytes(2) + bytes([len(properties)]) + properties + payload
    return bytes([0x32, len(body)]) + body


def good(packet_id: int) -> bytes:
    return mqtt5.PublishPacket("good", b"%d" % packet_id, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=packet_id).write()


class FakeBroker:
    """Answers each connection with the next of its scripts, and remembers what came."""

    def __init__(self, *scripts: bytes, farewell: bytes = b"") -> None:
        self._scripts = list(scripts)
        self._farewell = farewell  # follows the first PUBACK of the first connection
        self.connections = 0
        self.heard = bytearray()
        self.puback = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = self._scripts[min(self.connections, len(self._scripts) - 1)]
        self.connections += 1
        writer.write(script)
        try:
            while data := await reader.read(65_536):
                self.heard += data
                if b"\x40\x02" in data:
                    self.puback.set()
                    if self.connections == 1:
                        writer.write(self._farewell)
                if data.endswith(b"\xe0\x00"):  # DISCONNECT: it is for the broker to hang up
                    break
        finally:
            writer.transport.abort()


@asynccontextmanager
async def listening(serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]) -> AsyncIterator[Address]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield Address("127.0.0.1", server.sockets[0].getsockname()[1])


def settings_for(address: Address) -> SessionSettings:
    return SessionSettings(host=address.host, port=address.port, back_off_s=(0.02, 0.05), connect_timeout_s=5)


async def test_topic_that_is_not_utf8_is_handed_on_and_acknowledged(take: Take) -> None:
    broker = FakeBroker(CONNACK + SUBACK + good(1) + publish(2, b"m\xfftre", b"5 kW") + good(3))
    async with listening(broker.serve) as address, codec.open_session(settings_for(address), clock=now_ms) as session:
        first, poison, last = await take(session, 3)
        await asyncio.wait_for(broker.puback.wait(), 5)
    assert (first.payload, last.payload) == (b"1", b"3")
    assert (poison.topic, poison.payload, poison.qos) == (NOT_UTF8 + r"m\xfftre", b"5 kW", 1)
    assert broker.heard.find(b"\x40\x02\x00\x01\x40\x02\x00\x02\x40\x02\x00\x03") > 0
    assert broker.connections == 1


async def test_topic_that_is_not_utf8_by_mqtt_3(take: Take) -> None:
    puback = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"\x20\x02\x01\x00")
        subscribe = await reader.read(1000)
        body = b"\x00\x02m\xff\x00\x07" + b"5 kW"
        writer.write(b"\x90\x03" + subscribe[2:4] + b"\x01" + bytes([0x32, len(body)]) + body)
        while data := await reader.read(1000):
            if b"\x40\x02\x00\x07" in data:
                puback.set()
            if data[:1] == b"\xa2":  # UNSUBSCRIBE
                writer.write(b"\xb0\x02" + data[2:4])
        writer.close()

    async with listening(serve) as address, aiomqtt.open_session(settings_for(address), clock=now_ms) as session:
        [message] = await take(session, 1)
        await asyncio.wait_for(puback.wait(), 5)
    assert (message.topic, message.payload, message.qos) == (NOT_UTF8 + r"m\xff", b"5 kW", 1)


async def test_property_that_is_not_utf8_does_not_spoil_the_message(take: Take) -> None:
    user_property = b"\x26\x00\x01\xff\x00\x01b"
    broker = FakeBroker(CONNACK + SUBACK + publish(1, b"a/b", b"7", user_property))
    async with listening(broker.serve) as address, codec.open_session(settings_for(address), clock=now_ms) as session:
        [message] = await take(session, 1)
    assert (message.topic, message.payload) == ("a/b", b"7")


async def test_publish_that_cannot_be_salvaged_is_skipped(take: Take) -> None:
    broker = FakeBroker(CONNACK + SUBACK + b"\x32\x05\x00\x09a\x00\x07" + good(2))
    async with listening(broker.serve) as address, codec.open_session(settings_for(address), clock=now_ms) as session:
        [message] = await take(session, 1)
    assert message.payload == b"2"


async def test_garbage_in_the_stream_ends_the_connection_only(take: Take) -> None:
    broker = FakeBroker(CONNACK + SUBACK + good(1) + b"\xff\xff\xff\xff\xff", CONNACK + SUBACK + good(2))
    async with listening(broker.serve) as address, codec.open_session(settings_for(address), clock=now_ms) as session:
        assert [message.payload for message in await take(session, 1)] == [b"2"]
    assert broker.connections == 2


@pytest.mark.parametrize(
    ("greeting", "complaint"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no MQTT broker"),
        (b"\x20\x02\x00\x01", "does not speak MQTT 5; choose the adapter aiomqtt"),
        (mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.BANNED).write(), "banned"),
        (CONNACK + mqtt5.SubAckPacket(1, [mqtt5.SubAckReasonCode.NOT_AUTHORIZED]).write(), "refuses the subscription '#'"),
    ],
)
async def test_refusals_for_good(greeting: bytes, complaint: str) -> None:
    async with listening(FakeBroker(greeting).serve) as address:
        with pytest.raises(SessionError, match=complaint):
            async with codec.open_session(settings_for(address), clock=now_ms):
                pass


async def test_refusal_that_may_pass_is_waited_for(take: Take) -> None:
    busy = mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.SERVER_BUSY).write()
    broker = FakeBroker(busy, CONNACK + SUBACK + good(1))
    async with listening(broker.serve) as address, codec.open_session(settings_for(address), clock=now_ms) as session:
        assert "SERVER_BUSY" in session.stats.last_error
        await take(session, 1)
    assert broker.connections == 2


async def test_disconnect_by_the_broker_is_explained(take: Take, caplog: pytest.LogCaptureFixture) -> None:
    bye = mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.SESSION_TAKEN_OVER).write()
    broker = FakeBroker(CONNACK + SUBACK + good(1), CONNACK + SUBACK + good(2), farewell=bye)
    async with listening(broker.serve) as address, codec.open_session(settings_for(address), clock=now_ms) as session:
        await take(session, 1)
        assert [message.payload for message in await take(session, 1)] == [b"2"]
    assert "client_id of its own" in caplog.text


PACKETS = [CONNACK, SUBACK, good(1), publish(2, b"\xff"), publish(3, payload=bytes(100)), mqtt5.PingRespPacket().write()]


@given(st.lists(st.sampled_from(PACKETS), max_size=8), st.lists(st.integers(1, 40), min_size=1))
def test_packets_come_whole_however_the_bytes_arrive(packets: list[bytes], sizes: list[int]) -> None:
    stream, rest, seen = b"".join(packets), b"", []
    at, turn = 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        rest += stream[at : at + size]
        found, used = split(rest)
        seen += found
        rest = rest[used:]
        at, turn = at + size, turn + 1
    assert rest == b""
    assert [type(packet) for packet in seen] == [type(split(packet)[0][0]) for packet in packets]


@given(st.binary(max_size=200))
def test_any_bytes_are_packets_or_out_of_step(data: bytes) -> None:
    try:
        packets, used = split(data)
    except OutOfStepError:
        return
    assert 0 <= used <= len(data)
    assert all(packet is None or isinstance(packet, Salvaged) or type(packet).__module__ == "mqtt5.mqtt5" or packet for packet in packets)

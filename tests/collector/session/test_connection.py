"""The contract of a session: how it connects, notices silence, and what it says when it is refused."""

import asyncio
import socket
from pathlib import Path

import pytest

from collector.session.port import OpenSession, SessionError, Tls, Will
from mainsight.app.broker import BrokerTls
from tests.collector.session.conftest import BrokerFactory, Publisher, Send, Settings, Take
from tests.collector.session.proxy import Proxy
from tests.conftest import Address

pytestmark = pytest.mark.anyio


async def test_half_open_link_is_noticed(
    open_session: OpenSession, settings: Settings, proxy: Proxy, mosquitto: Address, send: Send, take: Take
) -> None:
    """The link dies without a word; only the unanswered ping tells."""
    async with open_session(settings(proxy, keep_alive_s=1)) as session:
        proxy.stall()
        await send(mosquitto, [b"missed"])
        [message] = await take(session, 1, timeout_s=10)
        assert message.payload == b"missed"
        await session.publish("elsewhere", b"")  # comes back once we are connected
        assert session.stats.connects == 2


async def test_quiet_link_is_left_alone(
    open_session: OpenSession, settings: Settings, proxy: Proxy, mosquitto: Address, send: Send, take: Take
) -> None:
    async with open_session(settings(proxy, keep_alive_s=1)) as session:
        await asyncio.sleep(2.2)  # two keep-alives pass without a message: that is the case, not a wait for something
        await send(mosquitto, [b"still there"])
        await take(session, 1)
        assert session.stats.connects == 1


async def test_busy_consumer_stops_the_flow(
    open_session: OpenSession, settings: Settings, broker_factory: BrokerFactory, send: Send, take: Take
) -> None:
    """Memory stays bounded while nobody takes, and the connection outlives several keep-alives meanwhile."""
    broker = broker_factory(persistence=False)
    async with open_session(settings(broker, keep_alive_s=1)) as session:
        await send(broker, [bytes(1_000_000)] * 60)
        await asyncio.sleep(2.2)  # the consumer is busy
        waiting = session.stats.extra["waiting_bytes"]
        assert 1_000_000 <= waiting < 40_000_000, "16 MiB and what one read of the socket brought"
        assert len(await take(session, 60)) == 60
        assert session.stats.connects == 1


async def test_will_is_published_when_we_vanish(
    open_session: OpenSession, settings: Settings, proxy: Proxy, mosquitto: Address, publisher: Publisher, take: Take, unique_topic: str
) -> None:
    def will(at_ms: int) -> Will:
        return Will(f"{unique_topic}/status", b"gone, came %d" % at_ms, retain=False)

    watcher = settings(mosquitto, client_id=f"{unique_topic}-watcher", filters=(f"{unique_topic}/status",))
    async with open_session(watcher) as watching:
        async with open_session(settings(proxy, will=will, filters=())) as session:
            came_ms = session.stats.connected_ms
            proxy.hang_up()
            assert [message.payload for message in await take(watching, 1)] == [b"gone, came %d" % came_ms]
            await session.publish(f"{unique_topic}/status", b"back")
        async with publisher(mosquitto) as marker:
            await marker.publish(f"{unique_topic}/status", b"later")
        assert [message.payload for message in await take(watching, 2)] == [b"back", b"later"]


async def test_waits_for_a_broker_that_is_not_there_yet(
    open_session: OpenSession, settings: Settings, broker_factory: BrokerFactory, send: Send, take: Take
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = Address("127.0.0.1", port)
    async with open_session(settings(address)) as session:
        assert not session.stats.connected
        assert "nothing listens" in session.stats.last_error
        broker = broker_factory(port=port)
        first = session.publish("elsewhere", b"")  # ends once we are connected and subscribed
        await asyncio.wait_for(first, 10)
        await send(broker, [b"hello"])
        assert [message.payload for message in await take(session, 1)] == [b"hello"]
        assert session.stats.last_error == ""


async def test_credentials(
    open_session: OpenSession, settings: Settings, broker_factory: BrokerFactory, publisher: Publisher, take: Take, unique_topic: str
) -> None:
    broker = broker_factory(users={"collector": "right", "meter": "other"})
    with pytest.raises(SessionError, match=r"'collector'.*check username"):
        async with open_session(settings(broker, username="collector", password="wrong")):
            pass
    async with (
        open_session(settings(broker, username="collector", password="right")) as session,
        publisher(broker, username="meter", password="other") as meter,
    ):
        await meter.publish(f"{unique_topic}/data", b"1")
        await take(session, 1)


# paho forgets to close the socket when it does not trust the certificate
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
async def test_tls_with_an_authority_of_our_own(
    open_session: OpenSession,
    settings: Settings,
    broker_factory: BrokerFactory,
    certificates: Path,
    publisher: Publisher,
    take: Take,
    unique_topic: str,
) -> None:
    broker = broker_factory(tls=BrokerTls(certificates / "ca.pem", certificates / "server.pem", certificates / "server.key"))
    trusting = Tls(ca=certificates / "ca.pem")
    async with open_session(settings(broker, tls=trusting)) as session, publisher(broker, tls=trusting) as meter:
        payloads = [bytes(50_000) + b"%d" % number for number in range(20)]
        await asyncio.gather(*[meter.publish(f"{unique_topic}/data", payload) for payload in payloads])
        assert [message.payload for message in await take(session, 20)] == payloads
    with pytest.raises(SessionError, match=r"not to be trusted.*tls\.ca"):
        async with open_session(settings(broker, tls=Tls())):
            pass
    async with open_session(settings(broker, tls=Tls(verify=False))) as session:
        assert session.stats.connected


async def test_client_certificate(open_session: OpenSession, settings: Settings, broker_factory: BrokerFactory, certificates: Path) -> None:
    server = BrokerTls(certificates / "ca.pem", certificates / "server.pem", certificates / "server.key", require_certificate=True)
    broker = broker_factory(tls=server)
    own = Tls(certificates / "ca.pem", certificates / "client.pem", certificates / "client.key")
    async with open_session(settings(broker, tls=own)) as session:
        assert session.stats.connected


@pytest.mark.parametrize(
    ("tls", "complaint"),
    [({"ca": "nowhere.pem"}, r"tls\.ca: .*nowhere\.pem"), ({"certificate": "ca.pem", "key": "client.key"}, r"tls\.certificate .*ca\.pem")],
)
async def test_unusable_certificate_files_are_named(
    open_session: OpenSession, settings: Settings, mosquitto: Address, certificates: Path, tls: dict[str, str], complaint: str
) -> None:
    files = {name: certificates / file for name, file in tls.items()}
    with pytest.raises(SessionError, match=complaint):
        async with open_session(settings(mosquitto, tls=Tls(**files))):
            pass


async def test_publish_survives_a_lost_connection(
    open_session: OpenSession, settings: Settings, proxy: Proxy, mosquitto: Address, take: Take, unique_topic: str
) -> None:
    watcher = settings(mosquitto, client_id=f"{unique_topic}-watcher")
    async with open_session(watcher) as watching, open_session(settings(proxy, filters=(), keep_alive_s=1)) as session:
        proxy.stall()
        await asyncio.wait_for(session.publish(f"{unique_topic}/data", b"through"), 10)
        assert b"through" in [message.payload for message in await take(watching, 1)]


async def test_publish_at_qos_0(open_session: OpenSession, settings: Settings, mosquitto: Address, take: Take, unique_topic: str) -> None:
    async with open_session(settings(mosquitto)) as session:
        await session.publish(f"{unique_topic}/data", b"0", qos=0)
        [message] = await take(session, 1)
        assert (message.qos, message.payload) == (0, b"0")


@pytest.mark.parametrize("topic", ["", "a/+/b", "a/#", "a\0b"])
async def test_publish_refuses_what_is_no_topic(open_session: OpenSession, settings: Settings, mosquitto: Address, topic: str) -> None:
    async with open_session(settings(mosquitto)) as session:
        with pytest.raises(ValueError, match="not a topic"):
            await session.publish(topic, b"")


async def test_closing_ends_consumers_and_publishers(open_session: OpenSession, settings: Settings, mosquitto: Address) -> None:
    async with open_session(settings(mosquitto)) as session:
        consumer = asyncio.create_task(anext(session.batches(), None))
        await session.publish("elsewhere", b"")
    assert await asyncio.wait_for(consumer, 5) is None
    with pytest.raises(SessionError, match="closed"):
        await session.publish("elsewhere", b"")

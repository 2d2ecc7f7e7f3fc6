"""The contract of a session: what is not acknowledged comes again, in order, whatever happens to either side."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from collector.session.port import OpenSession, SessionSettings
from tests.collector.session.conftest import BrokerFactory, Send, Settings, Take
from tests.collector.session.proxy import Proxy
from tests.conftest import Address

pytestmark = pytest.mark.anyio

PAYLOADS = [b"%d" % number for number in range(200)]


async def register(open_session: OpenSession, settings: SessionSettings) -> None:
    """Open and close once, so that the broker keeps a queue from here on."""
    async with open_session(settings):
        pass


async def test_messages_come_as_sent_and_in_order(
    open_session: OpenSession, settings: Settings, mosquitto: Address, send: Send, take: Take, unique_topic: str
) -> None:
    async with open_session(settings(mosquitto)) as session:
        await send(mosquitto, [*PAYLOADS, b"", b"\x00\xff"])
        messages = await take(session, 202)
    assert [message.payload for message in messages] == [*PAYLOADS, b"", b"\x00\xff"]
    assert {(message.topic, message.qos, message.retained) for message in messages} == {(f"{unique_topic}/data", 1, False)}
    assert session.stats.acknowledged == session.stats.received == 202
    assert session.stats.unacknowledged == 0


async def test_unacknowledged_comes_again_after_a_restart(
    open_session: OpenSession, settings: Settings, mosquitto: Address, send: Send, take: Take
) -> None:
    async with open_session(settings(mosquitto)) as session:
        await send(mosquitto, PAYLOADS)
        taken = await take(session, 200, acknowledge=False)
        assert session.stats.unacknowledged == 200
        assert not any(message.again for message in taken)
        await session.acknowledge(taken[:50])
    async with open_session(settings(mosquitto)) as session:
        again = await take(session, 150)
    assert [message.payload for message in again] == PAYLOADS[50:]
    assert all(message.again for message in again)
    assert [message.token & 0xFFFF for message in again] == [message.token & 0xFFFF for message in taken[50:]], "packet ids stay"
    async with open_session(settings(mosquitto)) as session:
        await send(mosquitto, [b"next"])
        assert [message.payload for message in await take(session, 1)] == [b"next"]


async def test_unacknowledged_comes_again_after_a_lost_connection(
    open_session: OpenSession, settings: Settings, proxy: Proxy, mosquitto: Address, send: Send, take: Take
) -> None:
    """And acknowledgements of the lost connection's messages are left out: their numbers mean others by now."""
    async with open_session(settings(proxy)) as session:
        await send(mosquitto, PAYLOADS)
        first = await take(session, 200, acknowledge=False)
        proxy.hang_up()
        again = await take(session, 200, acknowledge=False)
        assert [message.payload for message in again] == PAYLOADS
        await session.acknowledge(first)
        assert session.stats.acknowledged == 0
        await session.acknowledge(again)
        await session.publish("elsewhere", b"")  # comes back once we are connected
        assert session.stats.acknowledged == 200
        assert session.stats.connects == 2


CHILD = """
import asyncio, importlib, sys, time
from collector.session.port import SessionSettings
adapter, port, topic = sys.argv[1], int(sys.argv[2]), sys.argv[3]
opener = importlib.import_module("collector.session." + adapter).open_session
async def main():
    settings = SessionSettings(port=port, client_id=topic, filters=(topic + "/#",))
    async with opener(settings, clock=lambda: int(time.time() * 1000)) as session:
        taken = []
        async for batch in session.batches():
            taken += batch
            if len(taken) == 200:
                await session.acknowledge(taken[:80])
                print("taken", flush=True)
asyncio.run(main())
"""


async def test_filters_changed_while_we_were_away(
    open_session: OpenSession, settings: Settings, mosquitto: Address, send: Send, take: Take, unique_topic: str
) -> None:
    """What came under a filter that is dropped now is still delivered; from then on the new filters hold, and a kept one misses nothing."""
    kept, dropped, added = (f"{unique_topic}/{name}" for name in ("kept", "dropped", "added"))
    await register(open_session, settings(mosquitto, filters=(kept, dropped)))
    await send(mosquitto, [b"1"], topic="kept")
    await send(mosquitto, [b"2"], topic="dropped")
    await send(mosquitto, [b"3"], topic="added")
    async with open_session(settings(mosquitto, filters=(kept, added), former_filters=(dropped,))) as session:
        assert [message.payload for message in await take(session, 2)] == [b"1", b"2"]
        for name, payload in (("dropped", b"4"), ("added", b"5"), ("kept", b"6")):
            await send(mosquitto, [payload], topic=name)
        assert [message.payload for message in await take(session, 2)] == [b"5", b"6"]


async def test_killed_process_loses_nothing(
    adapter: str, open_session: OpenSession, settings: Settings, mosquitto: Address, send: Send, take: Take, unique_topic: str
) -> None:
    await register(open_session, settings(mosquitto))
    await send(mosquitto, PAYLOADS)
    root = Path(__file__).parents[3]
    child = subprocess.Popen(  # noqa: ASYNC220 - starting it takes no time worth a thread
        [sys.executable, "-c", CHILD, adapter, str(mosquitto.port), unique_topic], cwd=root, stdout=subprocess.PIPE, env=os.environ
    )
    with child:
        assert child.stdout is not None
        assert await asyncio.to_thread(child.stdout.readline) == b"taken\n"
        child.send_signal(signal.SIGKILL)
    async with open_session(settings(mosquitto)) as session:
        again = [message.payload for message in await take(session, 120)]
    assert again[-120:] == PAYLOADS[80:]


async def test_broker_restart_keeps_the_queue(
    open_session: OpenSession, settings: Settings, broker_factory: BrokerFactory, send: Send, take: Take
) -> None:
    broker = broker_factory()
    async with open_session(settings(broker)) as session:
        await send(broker, PAYLOADS[:30])
        await take(session, 30, acknowledge=False)
        broker.stop()
        broker.start()
        again = await take(session, 30)
        await send(broker, [b"after"])
        assert [message.payload for message in [*again, *await take(session, 1)]] == [*PAYLOADS[:30], b"after"]


async def test_subscribes_again_at_a_broker_that_forgot_us(
    open_session: OpenSession, settings: Settings, broker_factory: BrokerFactory, send: Send, take: Take
) -> None:
    broker = broker_factory(persistence=False)
    async with open_session(settings(broker)) as session:
        await send(broker, [b"before"])
        await take(session, 1)
        broker.kill()
        broker.start()
        for attempt in range(100):  # what is sent before we are back is lost with this broker
            await send(broker, [b"%d" % attempt])
            if session.stats.connects == 2:
                break
        await send(broker, [b"after"])
        while (await take(session, 1))[-1].payload != b"after":
            pass


async def test_broker_left_at_twenty_in_flight(
    open_session: OpenSession, settings: Settings, broker_factory: BrokerFactory, send: Send, take: Take
) -> None:
    """Mosquitto's own default: committing what has arrived keeps it flowing; a collector that lingered would hang."""
    broker = broker_factory(max_inflight=20, persistence=False)
    async with open_session(settings(broker)) as session:
        await send(broker, PAYLOADS)
        assert [message.payload for message in await take(session, 200)] == PAYLOADS


async def test_five_thousand_queued(open_session: OpenSession, settings: Settings, mosquitto: Address, send: Send, take: Take) -> None:
    await register(open_session, settings(mosquitto))
    payloads = [b"%d" % number for number in range(5_000)]
    await send(mosquitto, payloads)
    async with open_session(settings(mosquitto)) as session:
        assert [message.payload for message in await take(session, 5_000)] == payloads


async def test_share_splits_the_load(
    open_session: OpenSession, settings: Settings, mosquitto: Address, send: Send, take: Take, unique_topic: str
) -> None:
    shared = (f"$share/{unique_topic}/{unique_topic}/#",)
    first, second = (settings(mosquitto, client_id=f"{unique_topic}-{n}", filters=shared) for n in (1, 2))
    async with open_session(first) as one, open_session(second) as two:
        await send(mosquitto, PAYLOADS)
        share_one, share_two = await asyncio.gather(take(one, 100), take(two, 100))
    assert sorted([message.payload for message in [*share_one, *share_two]]) == sorted(PAYLOADS)


async def test_retained_is_told_from_live(
    open_session: OpenSession, settings: Settings, mosquitto: Address, send: Send, take: Take
) -> None:
    await send(mosquitto, [b"kept"], topic="state", retain=True)
    async with open_session(settings(mosquitto)) as session:
        [kept] = await take(session, 1)
        await send(mosquitto, [b"live"], topic="state", retain=True)
        [live] = await take(session, 1)
    await send(mosquitto, [b""], topic="state", retain=True)
    assert (kept.payload, kept.retained) == (b"kept", True)
    assert (live.payload, live.retained) == (b"live", False)

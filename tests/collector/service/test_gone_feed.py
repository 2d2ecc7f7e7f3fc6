"""Who is gone, from a device's last will over a real broker to another process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import mqtt5
import pytest

from collector.gone_feed import TOPIC, GoneEar, GoneFeed, decode, presence_of
from collector.live_feed import LiveMessageError
from collector.mapping import Mappings
from collector.pipeline import Pipeline
from collector.routes import EVERYTHING
from collector.service import Collector
from collector.session import codec
from collector.session.port import SessionSettings
from collector.settings import DecodeSettings
from mainsight.app.clock import now_ms
from mainsight.app.hearing import Hearing
from mainsight.core.network import Network
from mainsight.core.presence import Presence
from mainsight.core.topology import zone_of
from mainsight.registry.reading import load_network
from mainsight.store.memory import MemoryState, MemoryStore
from tests.collector.service.collect import REGISTRY
from tests.collector.sparkplug import metric, payload
from tests.conftest import Address

pytestmark = pytest.mark.anyio
REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "live-messages.md"
NETWORK = load_network(REGISTRY)
METER, OTHER = "qc-471-main", "qc-473-main"
ZONES = {meter: zone_of(NETWORK, meter) for meter in NETWORK.meters}


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is looked at sets no event
            await asyncio.sleep(0.01)


async def has_stored(collector: Collector, readings: int) -> None:
    await until(lambda: collector.stats.stored == readings)


def asks(broker: Address, name: str, *filters: str) -> SessionSettings:
    return SessionSettings(host=broker.host, port=broker.port, client_id=name, filters=filters, session_expiry_s=0)


@asynccontextmanager
async def running(*tasks: object) -> AsyncIterator[None]:
    made = [asyncio.ensure_future(task) for task in tasks]  # type: ignore[call-overload]  # coroutines, of unlike types
    yield
    for task in made:
        task.cancel()
    await asyncio.wait(made)


def decoding(network: Network, device: str) -> Pipeline:
    return Pipeline(network, {device: METER}, EVERYTHING, Mappings(), DecodeSettings())


def birth() -> bytes:
    return payload(metric(bd_seq=3), metric("power_kw", 5.5, alias=1), seq=0, at=now_ms())


@dataclass(frozen=True)
class Device:
    """What a device of a format says, what its last will says, and how the collector names it; `{}` is the test's own name."""

    topic: str
    says: Callable[[], bytes]
    will_topic: str
    will: bytes
    name: str


DEVICES = {
    "sparkplug node": Device("spBv1.0/{}/NBIRTH/E", birth, "spBv1.0/{}/NDEATH/E", payload(metric(bd_seq=3)), "{}/E"),
    "sparkplug device": Device("spBv1.0/{}/DBIRTH/E/D", birth, "spBv1.0/{}/DDEATH/E/D", payload(seq=1), "{}/E/D"),
    "tasmota": Device("tele/{}/SENSOR", lambda: b'{"ENERGY": {"Power": 5500}}', "tele/{}/LWT", b"Offline", "{}"),
    "zigbee2mqtt": Device(
        "zigbee2mqtt/{}", lambda: b'{"power": 5500, "linkquality": 9}', "zigbee2mqtt/{}/availability", b'{"state": "offline"}', "{}"
    ),
}


@pytest.mark.parametrize("device", DEVICES.values(), ids=DEVICES)
async def test_a_last_will_reaches_another_process_and_the_next_reading_ends_it(
    mosquitto: Address, unique_topic: str, device: Device
) -> None:
    """The device's connection breaks, and the broker says the rest."""
    topic, will_topic, name = (text.format(unique_topic) for text in (device.topic, device.will_topic, device.name))
    pipeline, presence = decoding(NETWORK, name), Presence()
    kept = MemoryState()
    async with (
        codec.open_session(asks(mosquitto, unique_topic, topic, will_topic), clock=now_ms) as session,
        codec.open_session(asks(mosquitto, f"{unique_topic}-ear", f"{TOPIC}/+"), clock=now_ms) as listening,
    ):
        collector = Collector(session, pipeline, MemoryStore(), kept, lambda _: None, now_ms)
        ears = Hearing(listening, gone=GoneEar(presence, ZONES).hear)
        feed = GoneFeed(session, pipeline.presence, ZONES, now_ms)
        async with running(collector.run(), feed.run(), ears.run(), pipeline.health.keep(kept)):
            for number in (1, 2):
                reader, writer = await asyncio.open_connection(mosquitto.host, mosquitto.port)
                will = mqtt5.Will(will_topic, payload=device.will, qos=mqtt5.QoS.AT_LEAST_ONCE)
                writer.write(mqtt5.ConnectPacket(f"{unique_topic}-device", will=will).write())
                await reader.read(4)
                writer.write(mqtt5.PublishPacket(topic, device.says()).write())
                await has_stored(collector, number)
                await until(lambda: not presence.gone)
                writer.transport.abort()
                await until(lambda: list(presence.gone) == [METER])
            [device_kept] = await kept.health()
            assert device_kept.gone_ms == presence.gone[METER], "and a restart knows it"
            assert presence_of([device_kept], {name: [NETWORK.meters[METER]]}).gone == presence.gone
            later = decoding(NETWORK, name)
            later.restore([device_kept])
            assert later.presence.gone == presence.gone


async def test_a_word_that_was_missed_is_made_good_by_the_next() -> None:
    presence = Presence()
    ear = GoneEar(presence, ZONES)
    zone = ZONES[METER]
    presence.leave(METER, 5)  # as the store had it, and has come back since
    ear.hear(f"{TOPIC}/{zone}", b'{"sent_ms": 9, "gone": {"%s": 7, "unknown": 8}}' % OTHER.encode())
    assert presence.gone == {OTHER: 7}
    ear.hear(f"{TOPIC}/another", b'{"sent_ms": 9, "gone": {}}')
    assert presence.gone == {OTHER: 7}
    ear.hear(f"{TOPIC}/{zone}", b'{"sent_ms": 9, "gone": {}}')
    assert presence.gone == {}


@pytest.mark.parametrize(("said", "complaint"), [(b"\xff", "malformed"), (b'{"sent_ms": 1, "gone": {}, "v": 2}', "version 2")])
async def test_what_is_no_such_message_is_told(said: bytes, complaint: str) -> None:
    with pytest.raises(LiveMessageError, match=complaint):
        decode(said)


def test_the_example_in_the_reference_is_such_a_message() -> None:
    example = REFERENCE.read_text(encoding="utf-8").split("<!-- gone -->\n```json\n", 1)[1].split("```", 1)[0]
    assert decode(example.encode()).gone == {"m-110-qv-t1": 1795143599870}

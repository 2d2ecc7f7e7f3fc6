"""Committed readings on their way to other processes."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.live_feed import Feed, LiveMessageError, Sequences, decode, encode
from mainsight.core.readings import Reading
from mainsight.store.live import Broadcast

pytestmark = pytest.mark.anyio
EXAMPLE = Path(__file__).parents[3] / "docs" / "reference" / "live-messages.md"
whole = st.integers(0, 2**53)
some_readings = st.lists(
    st.builds(
        Reading,
        st.sampled_from("abc"),
        st.sampled_from(("power", "flow")),
        whole,
        st.floats(allow_nan=False, allow_infinity=False),
        whole,
        st.integers(0, 7),
    ),
    max_size=20,
)


class Published:
    """A session of which only publishing is used; it can be held up."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, int]] = []
        self.free = asyncio.Event()
        self.free.set()

    async def publish(self, topic: str, payload: bytes, *, qos: int) -> None:
        await self.free.wait()
        self.sent.append((topic, payload, qos))


def batch(start: int, meters: Sequence[str] = ("m1",)) -> list[Reading]:
    return [Reading(meter, "power", start, 1.5, start + 9, 1) for meter in meters]


async def until(done: Callable[[], object]) -> None:
    while not done():  # noqa: ASYNC110 - a broadcast sets no event
        await asyncio.sleep(0)


@given(some_readings)
def test_readings_come_out_as_they_went_in(readings: list[Reading]) -> None:
    message = decode(encode("s", 3, 5, readings))
    assert (message.sender, message.seq, message.sent_ms) == ("s", 3, 5)
    assert message.readings() == readings


def test_the_example_in_the_reference_is_such_a_message() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    example = text.split("<!-- readings -->\n```json\n", 1)[1].split("```", 1)[0].encode()
    message = decode(example)
    assert len(message.readings()) == 3
    assert orjson.loads(encode(message.sender, message.seq, message.sent_ms, message.readings())) == orjson.loads(example)


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        (b"\xff", "malformed"),
        (b"{}", "missing required field"),
        (b'{"from":"s","seq":1,"sent_ms":1,"series":[],"of":[],"time_ms":[],"value":[],"arrival_ms":[],"flags":[],"v":2}', "version 2"),
        (b'{"from":"s","seq":1,"sent_ms":1,"series":[],"of":[0],"time_ms":[1],"value":[1],"arrival_ms":[1],"flags":[0]}', "not there"),
        (b'{"from":"s","seq":1,"sent_ms":1,"series":[["a","b"]],"of":[0],"time_ms":[],"value":[1],"arrival_ms":[1],"flags":[0]}', "unlike"),
    ],
)
def test_what_is_not_such_a_message_is_told(payload: bytes, complaint: str) -> None:
    with pytest.raises(LiveMessageError, match=complaint):
        decode(payload).readings()


async def test_a_message_a_batch_and_zone_numbered_from_one() -> None:
    session, broadcast = Published(), Broadcast()
    feed = Feed(session, broadcast, {"m1": "z1", "m2": "z1", "m3": "z2", "m4": None}, "s", lambda: 7)  # type: ignore[arg-type]  # publishing is all it needs
    task = asyncio.create_task(feed.run())
    await until(lambda: broadcast.listeners)
    broadcast.publish(batch(10, ("m1", "m2", "m3", "m4")))
    broadcast.publish(batch(20))
    await until(lambda: len(session.sent) == 4)
    task.cancel()
    told = [(topic, decode(payload).seq, len(decode(payload).of), qos) for topic, payload, qos in session.sent]
    base = "mainsight/v1/readings"
    assert told == [(f"{base}/z1", 1, 2, 0), (f"{base}/z2", 1, 1, 0), (f"{base}/-", 1, 1, 0), (f"{base}/z1", 2, 1, 0)]


async def test_what_is_lost_while_the_broker_is_away_shows_as_a_gap() -> None:
    session, broadcast = Published(), Broadcast()
    task = asyncio.create_task(Feed(session, broadcast, {"m1": "z1"}, "s", lambda: 7).run())  # type: ignore[arg-type]  # as above
    await until(lambda: broadcast.listeners)
    broadcast.publish(batch(0))
    await until(lambda: session.sent)
    session.free.clear()
    for n in range(1, 40):
        broadcast.publish(batch(n))
    session.free.set()
    await until(lambda: decode(session.sent[-1][1]).readings() == batch(39))
    task.cancel()
    messages = [decode(payload) for _, payload, _ in session.sent]
    assert len(messages) < 40
    heard = Sequences()
    times = [message.readings()[0].time_ms for message in messages]
    expected = [n == 0 or time != times[n - 1] + 1 for n, time in enumerate(times)]
    assert [heard.gap_before("z1", message) for message in messages] == expected
    assert expected.count(True) > 1


def test_a_gap_shows_by_numbers_and_by_new_senders() -> None:
    heard = Sequences()

    def gap(sender: str, topic: str, seq: int) -> bool:
        return heard.gap_before(topic, decode(encode(sender, seq, 0, [])))

    assert gap("a", "z1", 5)
    assert not gap("a", "z1", 6)
    assert not gap("a", "z2", 1)
    assert gap("a", "z1", 8)
    assert not gap("a", "z1", 9)
    assert gap("a", "z3", 2)
    assert gap("b", "z1", 1)
    assert not gap("b", "z1", 2)
    assert not gap("a", "z1", 10)

"""Settings that name other topics while the broker keeps a session of ours: what was queued is stored, then the new ones hold."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from collector.session.codec import open_session
from collector.session.port import Session, SessionSettings
from mainsight.app.clock import now_ms
from mainsight.app.parts import collecting
from mainsight.app.settings import Settings
from mainsight.store.settings import StoreSettings
from mainsight.store.sql import SqlState
from tests.conftest import Address

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def started(broker: Address, folder: Path, name: str, *topics: str) -> AsyncIterator[Session]:
    """The collector's session as a process has it that starts with these topics in its settings."""
    filters = [f"{name}/{topic}" for topic in topics]
    settings = Settings.model_validate({"broker": {"host": broker.host, "port": broker.port, "client_id": name, "filters": filters}})
    async with AsyncExitStack() as stack:
        state = await SqlState.open(StoreSettings(state=folder / "state.sqlite"))
        stack.push_async_callback(state.close)
        yield await collecting.session(settings, state, now_ms, stack)


async def heard(session: Session, count: int) -> list[str]:
    """Last levels of the topics of as many messages, acknowledged."""
    found: list[str] = []
    async with asyncio.timeout(10):
        async for messages in session.batches():
            await session.acknowledge(messages)
            found += [message.topic.rpartition("/")[2] for message in messages]
            if len(found) >= count:
                break
    return found


async def test_topics_that_settings_no_longer_name_are_given_up_and_miss_nothing(
    mosquitto: Address, tmp_path: Path, unique_topic: str
) -> None:
    own = SessionSettings(host=mosquitto.host, port=mosquitto.port, client_id=f"{unique_topic}-meters", filters=(), session_expiry_s=0)
    async with open_session(own, clock=now_ms) as meters:

        async def say(*topics: str) -> None:
            for topic in topics:
                await meters.publish(f"{unique_topic}/{topic}", b"1")

        async with started(mosquitto, tmp_path, unique_topic, "kept", "dropped"):
            pass
        await say("kept", "dropped", "added")
        async with started(mosquitto, tmp_path, unique_topic, "kept", "added") as session:
            assert await heard(session, 2) == ["kept", "dropped"], "what was queued"
            await say("dropped", "added", "kept")
            assert await heard(session, 2) == ["added", "kept"]
        await say("dropped", "added")
        async with started(mosquitto, tmp_path, unique_topic, "kept", "dropped", "added") as session:
            assert await heard(session, 1) == ["added"]
            await say("dropped")
            assert await heard(session, 1) == ["dropped"], "asked for again"

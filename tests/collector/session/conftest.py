"""Both adapters, a publisher, and what stands between them and a broker."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from collector.session import aiomqtt, codec
from collector.session.port import Message, OpenSession, Session, SessionSettings
from mainsight.app.broker import Broker
from tests.collector.session.proxy import Proxy
from tests.conftest import Address

Settings = Callable[..., SessionSettings]
Publisher = Callable[..., AbstractAsyncContextManager[Session]]
Send = Callable[..., Awaitable[None]]
Take = Callable[..., Awaitable[list[Message]]]
BrokerFactory = Callable[..., Broker]

_ADAPTERS = {"codec": codec.open_session, "aiomqtt": aiomqtt.open_session}


def now_ms() -> int:
    return int(time.time() * 1000)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=_ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> str:
    """Name of the adapter under test."""
    return str(request.param)


@pytest.fixture
def open_session(adapter: str) -> OpenSession:
    """Factory of sessions of the adapter under test."""
    return partial(_ADAPTERS[adapter], clock=now_ms)


@pytest.fixture
def settings(unique_topic: str) -> Settings:
    """Settings for a broker: a client id and a filter of the test's own, quick reconnects."""

    def make(address: Any, **changes: Any) -> SessionSettings:
        own = {"client_id": unique_topic, "filters": (f"{unique_topic}/#",), "back_off_s": (0.02, 0.2)}
        return SessionSettings(host=address.host, port=address.port, **(own | changes))

    return make


@pytest.fixture
def publisher() -> Publisher:
    """Open a session that only publishes, always the codec's: what is tested is the other side."""

    def open_publisher(address: Any, **changes: Any) -> AbstractAsyncContextManager[Session]:
        own = {"client_id": f"publisher-{time.monotonic_ns()}", "filters": (), "session_expiry_s": 0, "back_off_s": (0.02, 0.2)}
        return codec.open_session(SessionSettings(host=address.host, port=address.port, **(own | changes)), clock=now_ms)

    return open_publisher


@pytest.fixture
def send(publisher: Publisher, unique_topic: str) -> Send:
    """Publish payloads at QoS 1, in order, below the test's own topic."""

    async def publish(address: Any, payloads: Sequence[bytes], *, topic: str = "data", retain: bool = False) -> None:
        async with publisher(address) as session:
            await asyncio.gather(*[session.publish(f"{unique_topic}/{topic}", payload, retain=retain) for payload in payloads])

    return publish


@pytest.fixture
def take() -> Take:
    """Take a number of messages from a session, acknowledging each batch or not."""

    async def messages(session: Session, count: int, *, acknowledge: bool = True, timeout_s: float = 20) -> list[Message]:
        taken: list[Message] = []
        async with asyncio.timeout(timeout_s), aclosing(session.batches()) as batches:
            async for batch in batches:
                taken += batch
                if acknowledge:
                    await session.acknowledge(batch)
                if len(taken) >= count:
                    break
        return taken

    return messages


@pytest.fixture
async def proxy(mosquitto: Address) -> AsyncIterator[Proxy]:
    """A proxy before the shared broker."""
    async with Proxy(mosquitto.host, mosquitto.port) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority (ca.pem), a server's and a client's certificate and key, made with openssl."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-days", "2", "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ("server", "client"):
        openssl("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
        openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signing)
    return folder

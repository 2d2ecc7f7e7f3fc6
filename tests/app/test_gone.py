"""A Sparkplug node that dies: its meter is stale and silent at once wherever it is shown, in one process and in several.

And all that the system publishes meanwhile is what docs/reference/live-messages.md tells, its STATE, and requests for births.
"""

import asyncio
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import mqtt5
import pytest
import yaml

from collector.session.codec import open_session
from collector.session.port import Session, SessionSettings
from mainsight.app.broker import Broker, BrokerConfig
from mainsight.app.clock import now_ms
from mainsight.app.inbox import Inbox
from mainsight.store.settings import StoreSettings
from mainsight.store.sql import SqlState
from tests.collector.sparkplug import metric, payload

from .house import ROOT, house, wait_until

PUBLISHED = re.compile(r"mainsight/v1/(readings|gone|alarms|status)/[a-z0-9-]+|spBv1\.0/STATE/main|spBv1\.0/plant/NCMD/E1")
HOST = {"host_id": "main"}
METER, FEEDER, ZONE = "qc-471-main", "qc-471", "quang-chau"
ALARM = f"/alarms/silence/{METER}"
_TEXT = {"vi": "một câu", "en": "a sentence"}
RULE = {
    "id": "silence",
    "kind": "silence",
    "name": _TEXT,
    "watches": {"kind": "meter", "assets": [METER]},
    "priority": "high",
    "cause": _TEXT,
    "consequence": _TEXT,
    "response": _TEXT,
    "respond_within_min": 15,
    "runbook": "silence-many.md",
    "off_delay_s": 0,
}


@dataclass
class Node:
    """An edge node whose connection can be cut, upon which the broker publishes its will."""

    port: int
    sessions: int = 0
    link: socket.socket = field(init=False)

    def born(self) -> None:
        """Connect and tell a birth with a good value."""
        self.sessions += 1
        self.link = socket.create_connection(("127.0.0.1", self.port))
        will = mqtt5.Will(
            "spBv1.0/plant/NDEATH/E1", payload=payload(metric(bd_seq=self.sessions), at=now_ms()), qos=mqtt5.QoS.AT_LEAST_ONCE
        )
        birth = payload(metric(bd_seq=self.sessions), metric("power_kw", 1000.0 + self.sessions, alias=1), seq=0, at=now_ms())
        self.link.sendall(mqtt5.ConnectPacket("plant-E1", will=will).write())
        assert self.link.recv(4), "CONNACK"
        self.link.sendall(mqtt5.PublishPacket("spBv1.0/plant/NBIRTH/E1", birth).write())

    def vanish(self) -> None:
        """Cut the connection without a word."""
        self.link.close()


class Watcher:
    """Hears everything that anybody publishes, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self.topics: set[str] = set()
        self._port = port
        self._ended = threading.Event()
        self._subscribed = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._subscribed.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    async def _run(self) -> None:
        settings = SessionSettings(port=self._port, client_id="watcher", session_expiry_s=0)
        async with open_session(settings, clock=now_ms) as session:
            self._subscribed.set()
            hearing = asyncio.create_task(self._hear(session))
            await asyncio.to_thread(self._ended.wait)
            hearing.cancel()

    async def _hear(self, session: Session) -> None:
        async for messages in session.batches():
            self.topics |= {message.topic for message in messages}
            await session.acknowledge(messages)


@dataclass(frozen=True)
class Place:
    """A system that runs: where it listens, how the process that judges is ended and started, and whom it paged."""

    url: str
    port: int
    pages: list[str]
    restart: Callable[[], None]

    def get(self, path: str) -> Any:
        answer = httpx.get(f"{self.url}/api/v1{path}", timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def shown(self) -> tuple[bool, bool, str]:
        """Whether the meter is silent, whether the feeder's load is stale, and the alarm's state."""
        feeders = {feeder["id"]: feeder["load"] for feeder in self.get(f"/zones/{ZONE}")["feeders"]}
        return self.get(f"/meters/{METER}")["silent"], feeders[FEEDER]["stale"], self.get(ALARM)["state"]

    def until_streamed(self, stale: bool) -> None:
        """Wait until the live stream tells of the feeder so."""
        with httpx.stream("GET", f"{self.url}/api/v1/stream", timeout=20) as stream:
            for line in stream.iter_lines():
                loads = json.loads(line.removeprefix("data: ")).get("loads", {}) if line.startswith('data: {"now_ms') else {}
                if FEEDER in loads and loads[FEEDER][0]["stale"] is stale:
                    return
        raise AssertionError("the stream ended")


@contextmanager
def one_process(folder: Path) -> Iterator[Place]:
    shutil.copytree(ROOT / "registry", folder / "registry")
    (folder / "registry/rules.yaml").write_text(json.dumps({"rules": [RULE]}))
    pages: list[str] = []
    with Broker(BrokerConfig(folder / "broker", persistence=False)) as broker, Inbox(lambda title, _: pages.append(title)) as inbox:
        store = {"readings": str(folder / "readings.duckdb"), "state": str(folder / "state.sqlite")}
        settings = {
            "registry": str(folder / "registry"),
            "broker": {"port": broker.port},
            "store": store,
            "forecast": {"workers": 1},
            "sparkplug": HOST,
            "alarms": {"targets": [{"name": "inbox", "url": inbox.url, "language": "en"}]},
            "api": {"port": 0, "access": {"open_reading": True}},
        }
        (folder / "mainsight.yaml").write_text(yaml.safe_dump(settings))
        asyncio.run(adopt(StoreSettings(state=folder / "state.sqlite")))
        log = folder / "serve.log"
        command = [sys.executable, "-m", "mainsight.app", "serve", "--settings", str(folder / "mainsight.yaml")]
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
        try:
            wait_until(lambda: process.poll() is not None or "mainsight: http" in log.read_text(), "the system's address")
            url = next((line.split()[1] for line in log.read_text().splitlines() if line.startswith("mainsight: http")), None)
            assert url, log.read_text()
            yield Place(url.rstrip("/"), broker.port, pages, lambda: None)
        finally:
            process.kill()
            process.wait()


@contextmanager
def several_processes(folder: Path) -> Iterator[Place]:
    with house(folder, [RULE], sparkplug=HOST) as made:
        asyncio.run(adopt(made.store))
        made.start("api", "collect", "alarms")

        def restart() -> None:
            made.kill("alarms")
            made.start("alarms")

        yield Place(made.url, made.broker.port, made.pages, restart)


async def adopt(store: StoreSettings) -> None:
    state = await SqlState.open(store)
    await state.adopt("plant/E1", METER)
    await state.close()


@pytest.mark.parametrize("arrangement", [one_process, several_processes])
def test_a_node_that_dies_is_stale_and_silent_at_once_and_its_birth_brings_it_back(arrangement: Any, tmp_path: Path) -> None:
    """The meter reports every quarter of an hour: without the node's death it would be silent after three of them."""
    with arrangement(tmp_path) as place, Watcher(place.port) as watcher:
        node = Node(place.port)
        wait_until(lambda: place.get("/status")["collector"]["connected"], "the collector's subscription")
        node.born()
        wait_until(lambda: place.shown() == (False, False, "NORM"), "the birth's reading")
        node.vanish()
        place.until_streamed(stale=True)
        wait_until(lambda: place.shown() == (True, True, "UNACK"), "the death", 10)
        assert "its device is reported offline since" in place.get(ALARM)["text"]["en"]
        wait_until(lambda: place.pages, "a page")
        place.restart()
        node.born()
        place.until_streamed(stale=False)
        wait_until(lambda: place.shown() == (False, False, "RTNUN"), "the birth", 10)
        assert len(place.pages) == 1
        node.vanish()
        told = watcher.topics - {"spBv1.0/plant/NBIRTH/E1", "spBv1.0/plant/NDEATH/E1"}
        assert "spBv1.0/STATE/main" in told
        assert [topic for topic in told if not PUBLISHED.fullmatch(topic)] == []

"""The console in a real browser against the whole stack: broker, simulator, collector, store, forecasts, alarms, API.

The stack is `mainsight demo` with a folder of its own, started once. CONSOLE_URL and CONSOLE_KEY point at one that runs already.
"""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).parents[2]
TOOLS = Path(os.environ.get("MAINSIGHT_TOOLS", ROOT / ".tools" / "debian"))
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
_ADDRESS = re.compile(r"console: (?P<url>http://\S+?)/#key=(?P<key>\S+)")
_FLAGS = [
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Stack(NamedTuple):
    """A running system: where its console is, and a key that may act on alarms."""

    url: str
    key: str


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The system under test, its history in and its first alarm raised."""
    url = os.environ.get("CONSOLE_URL")
    if url is not None:
        yield Stack(url.rstrip("/"), os.environ.get("CONSOLE_KEY", ""))
        return
    with _demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@contextmanager
def _demo(folder: Path) -> Iterator[Stack]:
    command = [sys.executable, "-m", "mainsight.app", "demo", "--data", str(folder)]
    environment = os.environ | {"MAINSIGHT__API__PORT": str(_free_port()), "COLUMNS": "500", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            yield _started(process.stdout)
        finally:
            process.send_signal(signal.SIGINT)
            process.stdout.read()
            process.wait(timeout=30)


def _started(lines: Iterator[str]) -> Stack:
    """Read what the demo prints until its history is in."""
    stack: Stack | None = None
    seen: list[str] = []
    for line in lines:
        seen.append(line)
        if found := _ADDRESS.search(line):
            stack = Stack(found["url"], found["key"])
        if stack is not None and "history is in" in line:
            return stack
    pytest.fail("the demo ended before it was ready:\n" + "".join(seen))


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="session")
def console_url(stack: Stack) -> str:
    return stack.url


@pytest.fixture(scope="session")
def console_key(stack: Stack) -> str:
    return stack.key


@pytest.fixture
def api(stack: Stack) -> Iterator[httpx.Client]:
    """The API beside the console, with the same key."""
    with httpx.Client(base_url=f"{stack.url}/api/v1", headers={"X-API-Key": stack.key}, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; for one module, since playwright's loop must not outlive it into asynchronous tests."""
    binary, environment = _chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=binary, args=_FLAGS, env=environment)
        yield running
        running.close()


def _chromium() -> tuple[str, dict[str, str | float | bool]]:
    unpacked = TOOLS / "usr" / "lib" / "chromium" / "chromium"
    if unpacked.is_file():
        libraries = TOOLS / "usr" / "lib" / "x86_64-linux-gnu"
        return str(unpacked), {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
    installed = shutil.which("chromium")
    if installed is None:
        pytest.fail("there is no chromium: run scripts/get-debian chromium")
    return installed, {**os.environ}


@dataclass(slots=True)
class Complaints:
    """What a page did that no page may do."""

    errors: list[str]
    strangers: list[str]


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, stack: Stack) -> Iterator[OpenPage]:
    """Open pages of the console; afterwards none may have printed an error or asked another machine for anything.

    `refused=True` is for a page that the server is to refuse something: Chromium prints that as an error.
    """
    complaints = Complaints([], [])
    contexts = []

    def open_(path: str = "/", *, key: bool = False, refused: bool = False, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", "color_scheme": "light"} | options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.errors.append(str(error)))
        page.on("console", lambda message: complaints.errors.append(message.text) if _is_wrong(message, refused=refused) else None)
        page.on("request", lambda request: complaints.strangers.append(request.url) if _strange(request.url, stack.url) else None)
        page.goto(f"{stack.url}{path}" + (f"#key={stack.key}" if key else ""))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints.errors == []
    assert complaints.strangers == []


def _is_wrong(message: ConsoleMessage, *, refused: bool) -> bool:
    return message.type == "error" and not (refused and "the server responded with a status of 4" in message.text)


def _strange(url: str, home: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != urlsplit(home).netloc


class Cable:
    """A line to the system that can be cut and mended: a relay on a port of its own, in a thread of its own."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cable", daemon=True)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def mend(self) -> None:
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    def cut(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._pump(reader, far_writer), name="cable-out")
            both.create_task(self._pump(far_reader, writer), name="cable-in")

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass  # the other half has been cut
        finally:
            self._writers.discard(writer)
            writer.close()


@pytest.fixture
def cable(stack: Stack) -> Iterator[Cable]:
    with Cable(stack.url) as line:
        yield line

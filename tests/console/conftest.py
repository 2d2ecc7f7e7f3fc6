"""The console in a real browser against the whole stack: broker, simulator, collector, store, forecasts, alarms, API.

The stack is `mainsight demo` with a folder of its own, started once. CONSOLE_URL, CONSOLE_CODE, CONSOLE_BROKER and CONSOLE_PEOPLE (what the
demo prints after "sign in:") point at one that runs already.
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
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from mainsight.core.forecasts import Forecast
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.settings import StoreSettings
from tests.console.cable import Cable

ROOT = Path(__file__).parents[2]
TOOLS = Path(os.environ.get("MAINSIGHT_TOOLS", ROOT / ".tools" / "debian"))
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
_ADDRESS = re.compile(r"console: (?P<url>http://\S+?)/#code=(?P<code>\S+)")
_PEOPLE = re.compile(r"sign in: (?P<people>.+)")
_BUSY_WITHIN_S = 240
_SEEN_WITHIN_MS = 20_000
_STARTS_WITHIN_S = 600
_FLAGS = [
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# What is waited for comes in well under a second; on a machine that does other things besides it may take longer than the usual 5 s.
expect.set_options(timeout=_SEEN_WITHIN_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whichever test comes first waits for the demo's six weeks of history."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(_STARTS_WITHIN_S))


class Stack(NamedTuple):
    """A running system: where its console is, the code that its address brings, passwords by name, and its broker's port."""

    url: str
    code: str
    people: dict[str, str]
    broker: int


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The system under test, its history in and its first alarm raised."""
    url = os.environ.get("CONSOLE_URL")
    if url is not None:
        yield Stack(
            url.rstrip("/"),
            os.environ.get("CONSOLE_CODE", ""),
            _people(os.environ.get("CONSOLE_PEOPLE", "")),
            int(os.environ.get("CONSOLE_BROKER", "0")),
        )
        return
    folder = tmp_path_factory.mktemp("demo")
    asyncio.run(_say_a_day_ago(folder))
    with _demo(folder) as running:
        yield running


async def _say_a_day_ago(folder: Path) -> None:
    """Put forecasts of yesterday into the demo's store: one to compare with what happened, eight to judge how honest they are."""
    newest_ms = int(time.time() // 900) * 900_000 - 24 * 3_600_000
    steps = 168 * 4
    said = [
        Forecast(
            target="quang-chau",
            quantity="power",
            issue_ms=issue_ms,
            step_s=900,
            time_ms=issue_ms + np.arange(steps) * 900_000,
            quantiles=np.tile(np.array([60, 70, 85, 100, 115, 130, 140]) * 1000.0, (steps, 1)),
            model="said-by-the-test",
        )
        for issue_ms in range(newest_ms - 7 * 900_000, newest_ms + 1, 900_000)
    ]
    store = await DuckDbStore.open(StoreSettings(readings=folder / "readings.duckdb"), {}.get)
    try:
        await store.write_forecast(said)
    finally:
        await store.close()


@contextmanager
def _demo(folder: Path) -> Iterator[Stack]:
    command = [sys.executable, "-m", "mainsight.app", "demo", "--data", str(folder)]
    environment = os.environ | {"MAINSIGHT__API__PORT": str(_free_port()), "COLUMNS": "500", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            running = _started(process.stdout)._replace(broker=_broker_port(folder))
            # Nobody reads on while the tests run, and a full pipe would stop the demo.
            reader = threading.Thread(target=process.stdout.read, name="demo-output", daemon=True)
            reader.start()
            _wait_until_busy(running)
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def _started(lines: Iterator[str]) -> Stack:
    """Read what the demo prints until its history is in."""
    stack: Stack | None = None
    seen: list[str] = []
    for line in lines:
        seen.append(line)
        if found := _ADDRESS.search(line):
            stack = Stack(found["url"], found["code"], {}, 0)
        if stack is not None and (found := _PEOPLE.search(line)):
            stack = stack._replace(people=_people(found["people"]))
        if stack is not None and "history is in" in line:
            return stack
    pytest.fail("the demo ended before it was ready:\n" + "".join(seen))


def _broker_port(folder: Path) -> int:
    found = re.search(r"^listener (\d+)", (folder / "broker" / "mosquitto.conf").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def _people(text: str) -> dict[str, str]:
    """Names and passwords as the demo prints them: `admin one-password, planner another`."""
    return dict(part.split() for part in text.split(",") if part.strip())  # type: ignore[misc]  # two words each


def _wait_until_busy(stack: Stack) -> None:
    """Until there are forecasts, and alarms of both kinds that the demo promises."""
    deadline = time.monotonic() + _BUSY_WITHIN_S
    with httpx.Client(base_url=f"{stack.url}/api/v1", timeout=10) as client:
        while True:
            loads = [load for zone in client.get("/overview").json()["zones"] for load in zone["loads"]]
            kinds = {alarm["kind"] for alarm in client.get("/alarms").json()["items"]}
            if all(load["peak"] for load in loads) and {"forecast", "silence"} <= kinds:
                return
            if time.monotonic() > deadline:
                pytest.fail(f"no forecasts or alarms within {_BUSY_WITHIN_S} s of the history; alarms: {kinds}")
            time.sleep(1)  # the API sets no event


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="session")
def api(stack: Stack) -> Iterator[httpx.Client]:
    """The API beside the console, by a session of the administrator's: the one that pages of `open_page(admin=True)` have."""
    with httpx.Client(base_url=f"{stack.url}/api/v1", timeout=10) as client:
        me = client.post("/session", json={"name": "admin", "password": stack.people["admin"]}).raise_for_status().json()
        client.headers["X-CSRF-Token"] = me["csrf"]
        yield client


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; started after the stack, which needs no other loop to run, and asynchronous tests come before (../conftest.py)."""
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
def open_page(browser: Browser, stack: Stack, api: httpx.Client) -> Iterator[OpenPage]:
    """Open pages of the console; afterwards none may have printed an error or asked another machine for anything.

    `admin=True` opens them as the administrator. `refused=True` is for a page that the server is to refuse something: Chromium
    prints that as an error.
    """
    complaints = Complaints([], [])
    contexts = []

    def open_(path: str = "/", *, admin: bool = False, refused: bool = False, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", "color_scheme": "light"} | options)
        context.set_default_timeout(_SEEN_WITHIN_MS)
        contexts.append(context)
        if admin:
            context.add_cookies([{"name": name, "value": value, "url": stack.url} for name, value in api.cookies.items()])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.errors.append(str(error)))
        page.on("console", lambda message: complaints.errors.append(message.text) if _is_wrong(message, refused=refused) else None)
        page.on("request", lambda request: complaints.strangers.append(request.url) if _strange(request.url, stack.url) else None)
        page.goto(f"{stack.url}{path}")
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


@pytest.fixture
def cable(stack: Stack) -> Iterator[Cable]:
    with Cable(stack.url) as line:
        yield line

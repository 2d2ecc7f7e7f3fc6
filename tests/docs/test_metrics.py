"""Every metric of /metrics is explained to operators, and none that is not there."""

import re
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from api.access.callers import EVERYWHERE, Caller, Role
from api.auth import caller
from api.measure import Measures
from api.routes.status import measures, probes
from api.schemas import status as shown
from api.services import services
from mainsight.alarms.retrospect import Retrospect
from mainsight.store.duckdb.store import DuckDbStore
from mainsight.store.memory.series import MemoryStore
from mainsight.store.memory.state import MemoryState
from mainsight.store.settings import StoreSettings
from tests.docs.pages import page

pytestmark = pytest.mark.anyio
_ROW = re.compile(r"^\| (`mainsight_[^|]+) \|", re.MULTILINE)
_NAME = re.compile(r"`(mainsight_\w+)`")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def everything(store: shown.StoreStatus) -> shown.Status:
    """A status in which nothing is absent."""
    return shown.Status(
        version="0",
        started_ms=0,
        store=store,
        collector=shown.CollectorStatus(
            connected=True,
            received=1,
            committed=1,
            readings=1,
            stored=1,
            duplicates=0,
            replaced=0,
            quarantined=0,
            left_out=0,
            rejected=0,
            sparkplug_nodes=0,
            births_asked=0,
            waiting=0,
            lag_s=0.1,
        ),
        metering=shown.MeteringStatus(rules={"E2": 3}, turn_ms=1),
        forecasts=shown.ForecastStatus(issued=1, fallbacks=0, last_ms=1),
        alarms=shown.AlarmStatus(raised=1, announced=1, delivered=1, given_up=0, last_delivered_ms=1),
        live=shown.LiveStatus(listeners=1),
        roles=[],
    )


async def scraped(folder: Path) -> set[str]:
    store = await DuckDbStore.open(StoreSettings(readings=folder / "readings.duckdb", state=folder / "state.sqlite"), lambda _: "zone")
    try:
        health = await store.health()
    finally:
        await store.close()

    async def status() -> shown.Status:
        return everything(shown.StoreStatus(ready=health.ready, detail=health.detail, numbers=dict(health.numbers)))

    state = MemoryState()
    network = SimpleNamespace(meters={}, zones={})
    past = Retrospect(state, lambda: 0)
    parts = SimpleNamespace(
        status=status, store=MemoryStore(), state=state, network=network, clock=lambda: 0, folders=(folder,), retrospect=past
    )
    app = FastAPI()
    app.include_router(probes)
    app.dependency_overrides[services] = lambda: parts
    app.dependency_overrides[measures] = Measures
    app.dependency_overrides[caller] = lambda: Caller("prometheus", {EVERYWHERE: Role.VIEWER}, "key", "k", "here")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        text = (await client.get("/metrics")).text
    return {name for name in re.findall(r"^# TYPE (\w+)", text, re.MULTILINE) if not name.endswith("_created")}


async def test_each_is_documented_and_nothing_else(tmp_path: Path) -> None:
    documented = {name for row in _ROW.findall(page("docs/guides/operator.md").text) for name in _NAME.findall(row)}
    assert await scraped(tmp_path) == documented

"""`mainsight influx init` on a real 1.6.7, and its requests to 2.x against a small server that keeps what it is told."""

import asyncio
import itertools
import uuid
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from mainsight.app import cli
from mainsight.app.influxd import Influxd
from mainsight.core.readings import Reading
from mainsight.store.influx import InfluxStore
from mainsight.store.influx.admin import set_up_2
from mainsight.store.port import StoreError, StoreUnavailableError
from mainsight.store.settings import InfluxSettings, StoreSettings
from tests.store.conftest import administer

pytestmark = pytest.mark.anyio
T0 = 1_780_272_000_000
OPERATOR = "operator"


@pytest.fixture
def database(influxd: Influxd, monkeypatch: pytest.MonkeyPatch) -> str:
    """A name that is free on the server, and an environment in which the verb finds both."""
    name = f"init_{uuid.uuid4().hex[:8]}"
    monkeypatch.setenv("MAINSIGHT__STORE__INFLUX__URL", influxd.url)
    monkeypatch.setenv("MAINSIGHT__STORE__INFLUX__DATABASE", name)
    monkeypatch.setenv("INFLUX_ADMIN_USER", influxd.user)
    monkeypatch.setenv("INFLUX_ADMIN_PASSWORD", influxd.password)
    return name


def init(*words: str) -> int:
    return cli.main(["influx", "init", *words])


def test_a_1_x_server_is_set_up_and_set_up_again(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, again, rotated = tmp_path / "first.env", tmp_path / "again.env", tmp_path / "rotated.env"
    assert init("--retention-days", "30", "--env", str(first)) == 0
    assert init("--retention-days", "60", "--env", str(again)) == 0
    assert "keeps its password" in capsys.readouterr().err
    assert not again.exists()
    assert init("--retention-days", "60", "--rotate", "--env", str(rotated)) == 0
    assert first.stat().st_mode & 0o777 == 0o600
    old, new = (dict(line.split("=", 1) for line in file.read_text().splitlines()) for file in (first, rotated))
    assert old.keys() == new.keys()
    assert set(old.values()) & set(new.values()) == {database, f"{database}-grafana"}


async def test_accounts_may_do_what_they_must_and_no_more(influxd: Influxd, database: str, tmp_path: Path) -> None:
    file = tmp_path / "env"
    assert await asyncio.to_thread(init, "--rotate", "--env", str(file)) == 0
    made = dict(line.split("=", 1) for line in file.read_text().splitlines())
    system = aiohttp.encode_basic_auth(database, made["MAINSIGHT__STORE__INFLUX__PASSWORD"])
    grafana = aiohttp.encode_basic_auth(made["GRAFANA_INFLUX_USER"], made["GRAFANA_INFLUX_PASSWORD"])
    influx = InfluxSettings(url=influxd.url, database=database, user=database, password=made["MAINSIGHT__STORE__INFLUX__PASSWORD"])
    store = await InfluxStore.open(StoreSettings(state=tmp_path / "s", influx=influx), lambda: T0)
    assert (await store.write([Reading("m-1", "power", T0, 1.0, T0)])).stored == 1
    await store.close()
    assert "1780272000000" in str(await administer(influxd.url, grafana, "SELECT v FROM reading", db=database, epoch="ms"))
    await refused(influxd, system, "query", {"q": "CREATE DATABASE other"})
    await refused(influxd, system, "query", {"q": "SELECT v FROM reading", "db": "contract"})
    await refused(influxd, grafana, f"write?db={database}", "reading v=1")


async def refused(server: Influxd, auth: str, path: str, data: Any) -> None:
    async with (
        aiohttp.ClientSession(headers={"Authorization": auth}) as session,
        session.post(f"{server.url}/{path}", data=data) as response,
    ):
        assert response.status == 403, await response.text()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"INFLUX_ADMIN_PASSWORD": "wrong"}, "authorization failed"),
        ({"MAINSIGHT__STORE__INFLUX__URL": "http://127.0.0.1:9"}, "is not reached"),
        ({"INFLUX_ADMIN_USER": None}, "INFLUX_ADMIN_TOKEN"),
    ],
)
def test_what_is_wrong_is_said(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], changed: dict[str, str | None], told: str
) -> None:
    for name, value in changed.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    assert init() == 1
    assert told in capsys.readouterr().err


class Kept:
    """The part of 2.x's API that sets a server up, keeping what it is told. Not an InfluxDB: it shows requests alone."""

    def __init__(self) -> None:
        self.things: dict[str, list[dict[str, Any]]] = {"orgs": [], "buckets": [], "authorizations": [], "dbrps": []}
        self.ids = itertools.count(0x1000000000000000)
        self.url = ""

    async def start(self) -> None:
        app = web.Application()
        app.add_routes(
            [web.get("/api/v2/{kind}", self.find), web.post("/api/v2/{kind}", self.make), web.patch("/api/v2/{kind}/{id}", self.change)]
        )
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    async def find(self, request: web.Request) -> web.Response:
        if request.headers["Authorization"] != f"Token {OPERATOR}":
            return web.json_response({"code": "unauthorized", "message": "unauthorized access"}, status=401)
        kind, name = request.match_info["kind"], request.query.get("name")
        found = [thing for thing in self.things[kind] if name is None or thing["name"] == name]
        return web.json_response({"content" if kind == "dbrps" else kind: found})

    async def make(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        thing = await request.json() | {"id": f"{next(self.ids):x}"}
        if kind == "authorizations":
            thing["token"] = f"token-{thing['id']}"
        self.things[kind].append(thing)
        return web.json_response(thing, status=201)

    async def change(self, request: web.Request) -> web.Response:
        thing = next(one for one in self.things[request.match_info["kind"]] if one["id"] == request.match_info["id"])
        thing |= await request.json()
        return web.json_response(thing)


@pytest.fixture
async def kept() -> Any:
    server = Kept()
    await server.start()
    yield server
    await server.runner.cleanup()


async def set_up(server: Kept, token: str = OPERATOR, days: int = 30, *, rotate: bool = False) -> Any:
    settings = InfluxSettings(url=server.url, database="grid", org="utility")
    return await asyncio.to_thread(set_up_2, settings, token, days, rotate=rotate)


async def test_a_2_x_server_is_asked_for_bucket_mapping_and_narrow_tokens(kept: Kept) -> None:
    outcome = await set_up(kept)
    [org], [bucket], [mapping] = kept.things["orgs"], kept.things["buckets"], kept.things["dbrps"]
    assert (org["name"], bucket["name"], bucket["orgID"]) == ("utility", "grid", org["id"])
    assert bucket["retentionRules"] == [{"type": "expire", "everySeconds": 30 * 86_400}]
    assert mapping.items() >= {"database": "grid", "bucketID": bucket["id"], "default": True}.items()
    rights = {
        one["description"]: {(p["action"], p["resource"]["type"], p["resource"]["id"]) for p in one["permissions"]}
        for one in kept.things["authorizations"]
    }
    both = {("read", "buckets", bucket["id"]), ("write", "buckets", bucket["id"])}
    assert rights == {"grid": both, "grid-grafana": {("read", "buckets", bucket["id"])}}
    assert outcome.tokens == {one["description"]: one["token"] for one in kept.things["authorizations"]}


async def test_set_up_again_a_2_x_server_keeps_what_it_has(kept: Kept) -> None:
    await set_up(kept)
    again = await set_up(kept, days=60)
    assert again.tokens == {}
    assert {kind: len(things) for kind, things in kept.things.items()} == {"orgs": 1, "buckets": 1, "authorizations": 2, "dbrps": 1}
    assert kept.things["buckets"][0]["retentionRules"][0]["everySeconds"] == 60 * 86_400
    assert len((await set_up(kept, rotate=True)).tokens) == 2


async def test_a_2_x_server_that_refuses_or_is_away_is_told_of(kept: Kept) -> None:
    with pytest.raises(StoreError, match="unauthorized access"):
        await set_up(kept, token="no")
    await kept.runner.cleanup()
    with pytest.raises(StoreUnavailableError, match="is not reached"):
        await set_up(kept)

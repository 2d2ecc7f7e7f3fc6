"""The adapter and real servers: InfluxDB 1.6.7, and VictoriaMetrics for what it must refuse and for line protocol's form."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings

from mainsight.app.influxd import Influxd, InfluxdError, configuration, find_influxd
from mainsight.app.settings import PROJECT
from mainsight.app.stores import open_store as open_store_of
from mainsight.core.forecasts import Forecast
from mainsight.core.readings import Reading, Series
from mainsight.registry.reading import load_network
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.influx import InfluxStore
from mainsight.store.influx.connection import Connection
from mainsight.store.influx.query import Statement, Value, bound, name
from mainsight.store.influx.writing import ClientSender, write_lines
from mainsight.store.memory import MemoryStore
from mainsight.store.port import StoreFormatError, StoreUnavailableError, TimeSeriesStore
from mainsight.store.settings import InfluxSettings, StoreSettings
from mainsight.store.sql.changes import LEASE_MS
from tests.store.conftest import NOW_MS, TIMEZONE, admin, administer
from tests.store.test_series_properties import DAY, TO_AND_FRO, ZONES, batches, check_roll_ups, content, removals, writes

pytestmark = pytest.mark.anyio
T0 = 1_780_272_000_000
HOUR = 3_600_000
POWER = Series("m-1", "power")
TOOLS = Path(os.environ.get("MAINSIGHT_TOOLS", Path(__file__).parents[2] / ".tools/debian"))


def reading(at_ms: int, value: float, meter: str = "m-1") -> Reading:
    return Reading(meter, "power", at_ms, value, at_ms + 1000)


def settings(server: Influxd, folder: Path, **influx: object) -> StoreSettings:
    given_ = {"url": server.url, "database": "server", "user": server.user, "password": server.password} | influx
    return StoreSettings(state=folder / "state.sqlite", timezone=TIMEZONE, engine="influxdb", influx=InfluxSettings.model_validate(given_))


@pytest.fixture
async def open_store(influxd: Influxd, tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[InfluxStore]]]:
    """Open stores on one empty database and one state file."""
    await administer(influxd.url, admin(influxd), "DROP DATABASE server; CREATE DATABASE server")
    opened: list[InfluxStore] = []

    async def open_(clock: Callable[[], int] = lambda: NOW_MS, **influx: object) -> InfluxStore:
        opened.append(await InfluxStore.open(settings(influxd, tmp_path, **influx), clock))
        return opened[-1]

    yield open_
    for store in opened:
        await store.close()


Open = Callable[..., Awaitable[InfluxStore]]


@pytest.mark.parametrize(
    ("influx", "told"),
    [
        ({"password": "wrong"}, r"refuses our credentials .*user and password"),
        ({"database": "nowhere"}, "mainsight influx init"),
        ({"user": None}, "refuses our credentials"),
    ],
)
async def test_a_server_that_does_not_let_us_in_is_refused(open_store: Open, influx: dict[str, object], told: str) -> None:
    with pytest.raises(StoreFormatError, match=told):
        await open_store(**influx)


async def test_a_database_built_otherwise_is_refused(open_store: Open, influxd: Influxd, tmp_path: Path) -> None:
    store = await open_store()
    await store.write([reading(T0, 1.0)])
    elsewhere = settings(influxd, tmp_path).model_copy(update={"timezone": "Europe/Paris"})
    with pytest.raises(StoreFormatError, match=r"keeps days of Asia/Ho_Chi_Minh, not of Europe/Paris: set store\.timezone"):
        await InfluxStore.open(elsewhere, lambda: NOW_MS)
    async with aiohttp.ClientSession(headers={"Authorization": admin(influxd)}) as session:
        await session.post(f"{influxd.url}/write?db=server", data='mainsight_schema version=9i,timezone="Asia/Ho_Chi_Minh"')
    with pytest.raises(StoreFormatError, match="a later mainsight"):
        await open_store()


async def test_what_is_not_influxdb_is_refused(victoria: str, tmp_path: Path) -> None:
    with pytest.raises(StoreFormatError, match="does not say that it is InfluxDB"):
        await InfluxStore.open(StoreSettings(state=tmp_path / "s", influx=InfluxSettings(url=victoria)), lambda: NOW_MS)


async def test_the_clients_write_path_sends_line_protocol_that_others_read(victoria: str) -> None:
    """VictoriaMetrics takes /api/v2/write: this shows path, precision, compression and form. It is no InfluxDB 2."""
    connection = Connection(InfluxSettings(url=victoria, token="any"))
    sender = ClientSender(connection)
    lines = [f"reading,meter=m-1,quantity=power v={n}.5,lag_s=1i,flags=0i {NOW_MS + n * 1000}" for n in range(3)]
    assert await write_lines(sender, lines) == {}
    async with aiohttp.ClientSession() as session:
        await session.get(f"{victoria}/internal/force_flush")
        async with session.get(f"{victoria}/api/v1/export", params={"match[]": 'reading_v{meter="m-1"}'}) as answer:
            told = await answer.json(content_type=None)
    assert told["values"] == [0.5, 1.5, 2.5]
    assert told["timestamps"] == [NOW_MS, NOW_MS + 1000, NOW_MS + 2000]
    assert told["metric"] == {"__name__": "reading_v", "meter": "m-1", "quantity": "power"}
    await sender.close()
    await connection.close()


async def test_readings_beyond_retention_are_poison_and_found_in_few_steps(open_store: Open, influxd: Influxd) -> None:
    await administer(influxd.url, admin(influxd), "ALTER RETENTION POLICY autogen ON server DURATION 1000w")
    store = await open_store()
    old, new = [reading(1_000_000 * n, 1.0) for n in range(500)], [reading(T0 + n, 2.0) for n in range(500)]
    result = await store.write([*new, *old])
    assert (result.stored, result.duplicates, result.replaced, len(result.poison)) == (500, 0, 0, 500)
    assert "retention policy" in result.poison[0].reason
    assert {one.reading for one in result.poison} == set(old)
    assert len((await store.raw(POWER, 0, 2 * T0)).time_ms) == 500


async def test_long_answers_come_in_chunks_whole_and_in_order(open_store: Open) -> None:
    store = await open_store()
    rows = [reading(T0 + 1000 * n, float(n), meter) for n in range(12_000) for meter in ("m-1", "m-2")]
    assert (await store.write(rows)).stored == 24_000
    found = await store.raw_many([POWER, Series("m-2", "power")], T0, T0 + 4 * HOUR)
    for raw in found.values():
        np.testing.assert_array_equal(raw.time_ms, T0 + 1000 * np.arange(12_000))
        np.testing.assert_array_equal(raw.value, np.arange(12_000.0))


async def test_after_a_restart_nothing_is_stored_twice(open_store: Open) -> None:
    first = await open_store()
    rows = [reading(T0 + n * 60_000, float(n)) for n in range(100)]
    await first.write(rows)
    await first.write_final([], await first.dirty(10))
    second = await open_store()
    again = await second.write([*rows, reading(T0, 7.0)])
    assert (again.stored, again.duplicates, again.replaced) == (0, 100, 1)
    assert [(d.start_ms, d.end_ms) for d in await first.dirty(10)] == [(T0, T0 + 900_000)]
    assert [r.value for r in await first.revisions(POWER, T0, T0 + 1)] == [0.0]


async def test_processes_share_what_changed(open_store: Open) -> None:
    collector, metering = await open_store(), await open_store()
    await collector.write([reading(T0, 1.0)])
    told = await metering.dirty(10)
    await collector.write([reading(T0 + 1, 2.0)])
    await metering.write_final([], told)
    assert [(d.start_ms, d.end_ms) for d in await collector.dirty(10)] == [(T0, T0 + 900_000)]
    await collector.write_final([], await metering.dirty(10))
    assert await metering.dirty(10) == []


async def test_what_cannot_be_read_yet_is_not_told_and_a_dead_writer_does_not_hide_it(open_store: Open) -> None:
    """A batch under way is told of once it is there; one whose writer died, when its lease is over."""
    now = NOW_MS
    writer, reader = await open_store(lambda: now), await open_store(lambda: now)
    released, sending = asyncio.Event(), asyncio.Event()
    send = writer._sender.send

    async def slowly(body: bytes) -> None:
        sending.set()
        await released.wait()
        await send(body)

    await writer.write([reading(T0 - HOUR, 1.0)])
    await reader.write_final([], await reader.dirty(10))
    writer._sender.send = slowly  # type: ignore[method-assign]
    under_way = asyncio.create_task(writer.write([reading(T0, 1.0)]))
    await sending.wait()
    assert await reader.dirty(10) == []
    now += LEASE_MS
    told = await reader.dirty(10)
    assert [d.start_ms for d in told] == [T0]
    await reader.write_final([], told)
    released.set()
    await under_way
    assert [d.start_ms for d in await reader.dirty(10)] == [T0]


HOSTILE = [
    "it's",
    'say "x"',
    "a b,c=d",
    "Đông Hà",
    "x' OR 1=1 --",
    "$p0",
    "émile;DROP SERIES",
    "%2e",
    "a\tb",
    "",
    "back\\slash",
    "two\nlines",
]


async def test_names_from_outside_stay_names(series_store: TimeSeriesStore) -> None:
    """Whatever a meter is called, it is kept under that name or refused; it never changes a statement."""
    rows = [Reading(meter, "power", T0, float(n), T0) for n, meter in enumerate(HOSTILE)]
    result = await series_store.write([*rows, reading(T0, 99.0)])
    refused = {one.reading.meter for one in result.poison}
    assert refused <= {"a\tb", "", "back\\slash", "two\nlines"}
    found = await series_store.raw_many([Series(meter, "power") for meter in HOSTILE], T0, T0 + 1)
    assert {s.meter: raw.value.tolist() for s, raw in found.items()} == {r.meter: [r.value] for r in rows if r.meter not in refused}
    assert len(await series_store.last()) == len(HOSTILE) - len(refused) + 1


def test_statements_are_made_of_our_own_names() -> None:
    with pytest.raises(ValueError, match="not a measurement"):
        name('reading"; DROP SERIES FROM /.*/')
    statement = Statement(("a = ", Value("it's \\ 'x'"), " AND b = ", Value(5), " AND c = ", Value("it's \\ 'x'")))
    assert statement.rendered() == r"a = 'it\'s \\ \'x\'' AND b = 5 AND c = 'it\'s \\ \'x\''"
    assert bound([statement, statement])[0] == "a = $p0 AND b = $p1 AND c = $p0;a = $p0 AND b = $p1 AND c = $p0"


def forecast(issue_ms: int, level: float, steps: int) -> Forecast:
    times = issue_ms + HOUR * np.arange(steps, dtype=np.int64)
    return Forecast("zone-1", "power", issue_ms, 3600, times, np.full((steps, 7), level), "naive")


async def test_forecast_latest_keeps_the_newest_issue_of_each_instant(open_store: Open, influxd: Influxd) -> None:
    store = await open_store()
    await store.write_forecast([forecast(T0 + HOUR, 2.0, 3)])
    await store.write_forecast([forecast(T0, 1.0, 6), forecast(T0 + 2 * HOUR, 3.0, 1)])
    told = await administer(influxd.url, admin(influxd), "SELECT p50 FROM forecast_latest", db="server", epoch="ms")
    rows = told["results"][0]["series"][0]["values"]
    assert {(at - T0) // HOUR: value for at, value in rows} == {0: 1.0, 1: 2.0, 2: 3.0, 3: 2.0, 4: 1.0, 5: 1.0}


async def test_rows_left_over_from_a_longer_forecast_are_not_given(open_store: Open) -> None:
    store = await open_store()
    await store.write_forecast([forecast(T0, 1.0, 6)])
    await store.write_forecast([forecast(T0, 9.0, 2)])
    assert await store.forecasts_at_lead("zone-1", "power", 5, T0, T0 + 24 * HOUR) is None
    second = await store.forecasts_at_lead("zone-1", "power", 2, T0, T0 + 24 * HOUR)
    assert second is not None
    assert second.quantiles[:, 0].tolist() == [9.0]


def on_influx(server: Influxd, use: Callable[[TimeSeriesStore], Awaitable[None]], timezone: str = TIMEZONE) -> None:
    """Run something on a fresh store."""

    async def run(folder: str) -> None:
        await administer(server.url, admin(server), "DROP DATABASE server; CREATE DATABASE server")
        store = await InfluxStore.open(settings(server, Path(folder)).model_copy(update={"timezone": timezone}), lambda: NOW_MS)
        try:
            await use(store)
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(folder))


@hypothesis_settings(max_examples=12, deadline=None)
@given(written=batches)
@example(written=TO_AND_FRO)
def test_influxdb_holds_what_memory_holds_after_any_batches(influxd: Influxd, written: list[list[Reading]]) -> None:
    async def compare(store: TimeSeriesStore) -> None:
        memory = MemoryStore()
        for batch in written:
            assert await store.write(batch) == await memory.write(batch)
        assert await content(store) == await content(memory)

    on_influx(influxd, compare)


@pytest.mark.parametrize(("timezone", "origin"), ZONES)
@hypothesis_settings(max_examples=3, deadline=None)
@given(written=writes, removed=removals)
def test_roll_ups_are_those_of_brute_force(
    influxd: Influxd, timezone: str, origin: int, written: list[dict[int, float]], removed: tuple[int, int]
) -> None:
    on_influx(influxd, lambda store: check_roll_ups(store, timezone, origin // DAY * DAY, written, removed), timezone)


def test_the_child_keeps_to_itself_and_its_data(tmp_path: Path) -> None:
    """Loopback alone, nothing reported, what is held outlives a kill."""
    text = configuration(tmp_path, 1, 2)
    assert "reporting-disabled = true" in text
    assert text.count("bind-address") == text.count('bind-address = "127.0.0.1:') == 2
    with Influxd(tmp_path / "influxd") as server:
        url, password = server.url, server.password
        server.kill()
        server.start()
        assert (server.url, server.password) == (url, password)
        program = find_influxd(server.environ)
    shown = subprocess.run(
        [program, "config", "-config", tmp_path / "influxd/influxd.conf"], capture_output=True, text=True, check=True
    ).stdout
    assert "reporting-enabled = false" in shown or "reporting-disabled = true" in shown
    assert "store-enabled = false" in shown


def test_a_missing_influxd_is_named_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(InfluxdError, match="scripts/get-debian influxdb"):
        find_influxd({"PATH": str(tmp_path), "MAINSIGHT_TOOLS": str(tmp_path)})


@pytest.fixture(scope="module")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's VictoriaMetrics on a free port. A missing one fails; scripts/get-debian victoria-metrics brings it."""
    unpacked = TOOLS / "usr/bin/victoria-metrics"
    program = unpacked if unpacked.exists() else shutil.which("victoria-metrics")
    assert program, "victoria-metrics is not on this machine: run scripts/get-debian victoria-metrics (no root needed)"
    folder = tmp_path_factory.mktemp("victoria")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={folder}", "-retentionPeriod=100y"]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        asyncio.run(answering(f"http://127.0.0.1:{port}/health", process))
        yield f"http://127.0.0.1:{port}"
        process.terminate()


async def answering(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        while process.poll() is None:
            try:
                async with session.get(url):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.02)
    raise AssertionError("victoria-metrics ended at once")


async def test_no_committed_reading_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    """A kill -9 in the middle of writing; the batch under way is written again, as the collector does."""
    server = Influxd(tmp_path / "influxd")
    await asyncio.to_thread(server.start)
    await administer(server.url, admin(server), "CREATE DATABASE server")
    store = await InfluxStore.open(settings(server, tmp_path), lambda: NOW_MS)
    batches_ = [[reading(T0 + n * 100 + k, float(k)) for k in range(100)] for n in range(60)]
    killer: asyncio.Task[None] | None = None
    failures = 0
    for n, batch in enumerate(batches_):
        if n == 20:
            killer = asyncio.create_task(asyncio.to_thread(server.kill))
        while True:
            try:
                await store.write(batch)
                break
            except StoreUnavailableError:
                failures += 1
                assert killer is not None
                await killer
                await asyncio.to_thread(server.start)
    assert failures
    raw = await store.raw(POWER, 0, 2 * T0)
    assert raw.time_ms.tolist() == list(range(T0, T0 + 6000))
    assert await store.revisions(POWER, 0, 2 * T0) == []
    assert [(d.start_ms, d.end_ms) for d in await store.dirty(10)] == [(T0, T0 + 900_000)]
    await store.close()
    await asyncio.to_thread(server.stop)


@pytest.mark.parametrize(("engine", "kind"), [("influxdb", InfluxStore), ("duckdb", DuckDbStore)])
async def test_settings_say_which_store(open_store: Open, influxd: Influxd, tmp_path: Path, engine: str, kind: type) -> None:
    chosen = settings(influxd, tmp_path).model_copy(update={"engine": engine, "readings": tmp_path / "r.duckdb"})
    store = await open_store_of(chosen, load_network(PROJECT / "registry"), lambda: NOW_MS)
    assert isinstance(store, kind)
    await store.close()

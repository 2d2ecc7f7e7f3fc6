"""What goes wrong between the adapter and a server, and what comes of it.

The trouble is made by a server of our own in front of the real one; what it passes on, a real InfluxDB 1.6.7 keeps.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web
from pydantic import ValidationError

from mainsight.app.influxd import Influxd
from mainsight.core.readings import Reading, Series
from mainsight.store.influx import InfluxStore
from mainsight.store.influx.failures import pause_s
from mainsight.store.port import Dirty, Final, StoreError, StoreFormatError, StoreUnavailableError
from mainsight.store.settings import InfluxSettings, StoreSettings
from tests.store.conftest import NOW_MS, TIMEZONE, admin, administer
from tests.store.facade import TOKEN, Facade

pytestmark = pytest.mark.anyio
T0 = 1_780_272_000_000
QUARTER = 900_000
POWER = Series("m-1", "power")
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def rows(n: int, meter: str = "m-1", start: int = T0) -> list[Reading]:
    return [Reading(meter, "power", start + 1000 * k, float(k), start + 1000 * k) for k in range(n)]


class Trouble(Facade):
    """A facade that answers with trouble first, and counts what reaches it."""

    def __init__(self, behind: str, auth: str, version: str) -> None:
        super().__init__(behind, auth, version)
        self.on_write: list[Answer] = []
        self.on_query: list[Answer] = []
        self.poison = ""
        self.writes = self.queries = 0
        self.fail_after = -2

    def failing(self) -> web.Response | None:
        """Fail one request after so many good ones."""
        self.fail_after -= 1
        return web.json_response({"error": "ill"}, status=500) if self.fail_after == -1 else None

    async def write(self, request: web.Request) -> web.StreamResponse:
        self.writes += 1
        if failing := self.failing():
            return failing
        if self.on_write:
            return await self.on_write.pop(0)(request)
        lines = (await request.read()).decode().splitlines()
        bad = [n for n, line in enumerate(lines, 1) if self.poison and self.poison in line]
        if bad and not self.strict:  # 2.x parses a body before it stores any of it
            return web.json_response({"code": "invalid", "message": f"unable to parse {lines[bad[0] - 1]!r}"}, status=400)
        if bad:  # 3 stores the rest and says which lines it left out
            kept = "\n".join(line for n, line in enumerate(lines, 1) if n not in bad)
            await self.forward(request, kept.encode())
            data = [{"line_number": n, "original_line": lines[n - 1], "error_message": "no good"} for n in bad]
            return web.json_response({"error": "partial write of line protocol occurred", "data": data}, status=400)
        return await super().write(request)

    async def query(self, request: web.Request) -> web.StreamResponse:
        self.queries += 1
        if failing := self.failing():
            return failing
        return await self.on_query.pop(0)(request) if self.on_query else await super().query(request)


def status(code: int, told: str, **headers: str) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": told}, status=code, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


def told(text: str) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, content_type="application/json")

    return answer


async def cut(request: web.Request) -> web.StreamResponse:
    """Half an answer, then the line goes dead."""
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b'{"results":[{"statement_id":0,"series":[{"name":"reading","tags":{"meter":"m-1","quan')
    assert request.transport is not None
    request.transport.close()
    return response


@pytest.fixture(params=["2.7.12", "3.8.0"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def trouble(influxd: Influxd, version: str) -> AsyncIterator[Trouble]:
    await administer(influxd.url, admin(influxd), "DROP DATABASE trouble; CREATE DATABASE trouble")
    server = Trouble(influxd.url, admin(influxd), version)
    await server.start()
    yield server
    await server.stop()


def settings(folder: Path, url: str, **influx: object) -> StoreSettings:
    given = {"url": url, "database": "trouble", "token": TOKEN, "timeout_s": 5.0} | influx
    return StoreSettings(state=folder / "state.sqlite", timezone=TIMEZONE, engine="influxdb", influx=InfluxSettings.model_validate(given))


@pytest.fixture
async def store(trouble: Trouble, tmp_path: Path) -> AsyncIterator[InfluxStore]:
    store = await InfluxStore.open(settings(tmp_path, trouble.url), lambda: NOW_MS)
    await store.write(rows(1))
    yield store
    await store.close()


async def stored(store: InfluxStore, meter: str = "m-1") -> int:
    return len((await store.raw(Series(meter, "power"), 0, 2 * T0)).time_ms)


async def test_a_server_that_is_ill_gets_the_batch_again(store: InfluxStore, trouble: Trouble) -> None:
    for code in (500, 503, 504):
        trouble.on_write.append(status(code, "ill"))
        with pytest.raises(StoreUnavailableError, match=f"HTTP {code}, ill"):
            await store.write(rows(3))
    assert (await store.write(rows(3))).stored == 2
    assert await stored(store) == 3


async def test_a_pause_that_is_asked_for_is_kept(store: InfluxStore, trouble: Trouble) -> None:
    trouble.on_write.append(status(429, "slow down", Retry_After="1"))
    with pytest.raises(StoreUnavailableError, match="slow down"):
        await store.write(rows(3))
    before = trouble.writes, trouble.queries
    with pytest.raises(StoreUnavailableError, match="left alone for 1 s"):
        await store.write(rows(3))
    with pytest.raises(StoreUnavailableError, match="left alone"):
        await stored(store)
    assert not (await store.health()).ready
    assert (trouble.writes, trouble.queries) == before
    await asyncio.sleep(1.05)  # the pause itself
    assert (await store.write(rows(3))).stored == 2


def test_both_forms_of_retry_after() -> None:
    date = "Tue, 24 Nov 2026 08:00:00 GMT"
    assert pause_s({}) == 0
    assert pause_s({"Retry-After": "7"}) == 7
    assert pause_s({"Retry-After": "Tue, 24 Nov 2026 08:00:09 GMT", "Date": date}) == 9
    assert pause_s({"Retry-After": "Tue, 24 Nov 2026 07:00:00 GMT", "Date": date}) == 0
    assert pause_s({"Retry-After": "999999"}) == 600
    assert pause_s({"Retry-After": "soon"}) == 0


async def test_one_line_that_is_refused_is_found_among_many(store: InfluxStore, trouble: Trouble) -> None:
    trouble.poison = "meter=m-bad"
    bad = rows(1, "m-bad")
    trouble.writes = 0
    result = await store.write([*rows(700)[1:], *bad, *rows(300, "m-2")])
    assert (result.stored, result.duplicates, result.replaced) == (999, 0, 0)
    assert [one.reading for one in result.poison] == bad
    assert ("no good" if trouble.strict else "unable to parse") in result.poison[0].reason
    assert (await stored(store), await stored(store, "m-2"), await stored(store, "m-bad")) == (700, 300, 0)
    assert trouble.writes <= (1 if trouble.strict else 1 + 2 * 10)  # halves, down to one line of a thousand


async def test_refused_readings_are_counted_once_each(store: InfluxStore, trouble: Trouble) -> None:
    trouble.poison = "meter=m-bad"
    bad = [*rows(2, "m-bad"), *rows(2, "m-bad")]
    result = await store.write([*rows(2), *bad, Reading("m-1", "power", T0, 5.0, T0 + 9000)])
    assert (result.stored, result.duplicates, result.replaced, len(result.poison)) == (1, 1, 1, 4)


async def test_a_body_too_large_goes_in_parts(store: InfluxStore, trouble: Trouble) -> None:
    trouble.on_write.append(status(413, "too large"))
    assert (await store.write(rows(100)[1:])).stored == 99
    assert await stored(store) == 100


async def test_a_server_that_is_gone_and_comes_back(store: InfluxStore, trouble: Trouble, tmp_path: Path) -> None:
    await trouble.runner.cleanup()
    with pytest.raises(StoreUnavailableError, match="is not reached"):
        await store.write(rows(3))
    with pytest.raises(StoreUnavailableError, match="is not reached"):
        await stored(store)
    assert "is not reached" in (await store.health()).detail
    with pytest.raises(StoreUnavailableError, match="is not reached"):
        await InfluxStore.open(settings(tmp_path, trouble.url), lambda: NOW_MS)
    await trouble.session.close()
    await trouble.start(int(trouble.url.rpartition(":")[2]))
    assert (await store.write(rows(3))).stored == 2
    told_of = await store.dirty(10)
    assert [(d.series, d.start_ms) for d in told_of] == [(POWER, T0)]


async def test_a_server_that_does_not_answer_in_time(trouble: Trouble, tmp_path: Path) -> None:
    never = asyncio.Event()

    async def silent(request: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    store = await InfluxStore.open(settings(tmp_path, trouble.url, timeout_s=0.3), lambda: NOW_MS)
    trouble.on_query.append(silent)
    with pytest.raises(StoreUnavailableError, match="is not reached"):
        await stored(store)
    never.set()
    await store.close()


@pytest.mark.parametrize(
    "answer",
    [
        cut,
        told('{"results":[{"statement_id":0,"series":[{"name":"reading","tags":{"meter":"m-1","quan'),
        told(
            '{"results":[{"statement_id":0,"series":[{"name":"r","tags":{"meter":"m-1","quantity":"power"},"columns":["time","v","lag_s","flags"],"values":[[1,2,3,0]]}],"partial":true}]}\n'
        ),
    ],
    ids=["dead line", "half a chunk", "last chunk missing"],
)
async def test_half_an_answer_is_no_answer(store: InfluxStore, trouble: Trouble, answer: Answer) -> None:
    trouble.on_query.append(answer)
    with pytest.raises(StoreUnavailableError, match=r"middle|is not reached"):
        await stored(store)
    assert await stored(store) == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("query-timeout limit exceeded", StoreUnavailableError),
        ("database not found: trouble", StoreUnavailableError),
        ("undefined function foo()", StoreError),
    ],
)
async def test_errors_that_come_with_a_good_status_are_seen(
    store: InfluxStore, trouble: Trouble, error: str, kind: type[StoreError]
) -> None:
    trouble.on_query.append(told(f'{{"results":[{{"statement_id":0,"error":"{error}"}}]}}\n'))
    with pytest.raises(kind, match=re.escape(error)) as caught:
        await stored(store)
    assert isinstance(caught.value, StoreUnavailableError) == (kind is StoreUnavailableError)


async def test_credentials_that_are_withdrawn_keep_the_data_waiting(store: InfluxStore, trouble: Trouble) -> None:
    trouble.on_write.append(status(401, "unauthorized access"))
    with pytest.raises(StoreUnavailableError, match=r"check store\.influx\.token"):
        await store.write(rows(3))
    assert (await store.write(rows(3))).stored == 2


async def test_fields_of_another_type_are_not_taken_for_poison(store: InfluxStore, trouble: Trouble) -> None:
    trouble.on_write.append(status(400, 'partial write: field type conflict: input field "v" on measurement "reading" dropped=2'))
    with pytest.raises(StoreFormatError, match="name one of its own"):
        await store.write(rows(3))


async def test_final_values_that_were_left_half_done_are_done_again(store: InfluxStore, trouble: Trouble) -> None:
    """Whatever request fails, the same stretch done again leaves no value and no roll-up that stands on nothing."""
    times = np.array([T0 + QUARTER * n for n in range(8)], np.int64)
    whole = Final(POWER, times, np.ones(8), np.full(8, 3, np.uint8), ("",) * 8, 1, 900)
    part = Final(POWER, times[:1], np.array([5.0]), np.full(1, 3, np.uint8), ("",), 1, 900)
    failures = 0
    for good in range(8):
        await store.write_final([whole], [])
        trouble.fail_after = good
        try:
            await store.write_final([part], [Dirty(POWER, T0, T0 + 8 * QUARTER)])
        except StoreUnavailableError:
            failures += 1
            await store.write_final([part], [Dirty(POWER, T0, T0 + 8 * QUARTER)])
        trouble.fail_after = -2
        for step, expected in ((900, [5.0] + [np.nan] * 7), (3600, [5.0, np.nan]), (86_400, [5.0])):
            found = (await store.intervals([POWER], T0, T0 + 8 * QUARTER, step))[POWER]
            np.testing.assert_array_equal(found.value, expected)
    assert 3 <= failures < 8


def test_credentials_do_not_belong_in_the_address() -> None:
    with pytest.raises(ValidationError, match="url"):
        InfluxSettings(url="http://someone:secret@127.0.0.1:8086")

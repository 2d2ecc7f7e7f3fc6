"""Weather that comes while the service runs: from a station, a file, an address, a message; known from its issue on only."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web

from forecast.calendar import Calendar
from forecast.errors import DataError
from forecast.known import Known
from forecast.weather import read_rows
from forecast.weather_desk import Source, WeatherDesk
from forecast.weather_sources import CsvWeather, HttpWeather
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS
from mainsight.store.forecast_port import WeatherIssue
from mainsight.store.memory import MemoryState, MemoryStore
from mainsight.store.port import Final, StoreUnavailableError

pytestmark = pytest.mark.anyio

NOON_MS = 1_795_500_000_000 // HOUR_MS * HOUR_MS
STATION = Series("station", "temperature")
ROWS = b'[{"issue":"2026-11-24T06:00:00Z","time":"2026-11-24T12:00:00+05:00","temperature":21},'
ROWS += b'{"issue":"2026-11-24T06:00:00Z","time":"2026-11-24T08:00:00Z","temperature":-1.5}]'


@dataclass
class Bench:
    """A desk with two days of history before noon."""

    store: MemoryStore = field(default_factory=lambda: MemoryStore("UTC"))
    state: MemoryState = field(default_factory=MemoryState)
    now_ms: int = NOON_MS

    def desk(self, station: Series | None = None, *, mqtt: bool = True, **sources: Source) -> WeatherDesk:
        return WeatherDesk(self.store, self.state, station, sources, mqtt, lambda: self.now_ms)

    def known(self, issue_ms: int = NOON_MS) -> Known:
        times = np.arange(issue_ms - 48 * HOUR_MS, issue_ms, HOUR_MS)
        return Known(times, np.ones(48), 3600, issue_ms, Calendar())


@pytest.fixture
def bench() -> Bench:
    return Bench()


def payload(issued_ms: int, hours: range, degc: float) -> bytes:
    rows = ",".join(
        f'{{"issue":"{_iso(issued_ms)}","time":"{_iso(NOON_MS + hour * HOUR_MS)}","temperature":{degc + hour}}}' for hour in hours
    )
    return f"[{rows}]".encode()


def _iso(at_ms: int) -> str:
    return str(np.datetime64(at_ms, "ms")) + "Z"


async def test_rows_are_read_with_their_offsets() -> None:
    found = read_rows(ROWS)
    assert found.time_ms.tolist() == [1_795_503_600_000, 1_795_507_200_000]
    assert set(found.issued_ms.tolist()) == {1_795_500_000_000}
    assert found.temperature.tolist() == [21.0, -1.5]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (b"<html>", "not a list"),
        (b"[]", "0 rows"),
        (b'[{"issue":"2026-11-24T06:00:00","time":"2026-11-24T07:00:00Z","temperature":1}]', "without an offset"),
        (b'[{"issue":"2026-11-24T06:00:00Z","time":"2026-11-24T07:00:00Z","temperature":290}]', "no temperature"),
        (b'[{"issue":"2026-11-24T06:00:00Z","time":"2026-11-24T07:00:00Z"}]', "temperature"),
        (b'[{"issue":"2026-11-24T06:00:00Z","time":"2026-11-24T07:00:00Z","temperature":null}]', "temperature"),
        (b"\xff\xfe", "not a list"),
    ],
)
async def test_what_cannot_be_used_says_why(wrong: bytes, why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_rows(wrong)


async def test_without_weather_nothing_is_said_and_nothing_changes(bench: Bench) -> None:
    known = bench.known()
    told, remark = await bench.desk(mqtt=False).tell(known, 24)
    assert told is known
    assert remark == ""


async def test_a_forecast_knows_only_weather_issued_before_it(bench: Bench) -> None:
    desk = bench.desk()
    for issued_ms, degc in ((NOON_MS - 6 * HOUR_MS, 10.0), (NOON_MS + HOUR_MS, 90.0 - 48)):
        desk.hear(payload(issued_ms, range(-10, 10), degc))
    bench.now_ms += 2 * HOUR_MS
    await desk.refresh()
    told, remark = await desk.tell(bench.known(), 24)
    assert told.temperature_ahead is not None
    assert told.temperature_ahead[:10].tolist() == [10.0 + hour for hour in range(10)]
    assert np.isnan(told.temperature_ahead[10:]).all(), "the forecast of the weather does not reach further"
    assert remark == f"weather as mqtt forecast it {_iso(NOON_MS - 6 * HOUR_MS).replace('.000', '')}"
    later, _ = await desk.tell(bench.known(NOON_MS + HOUR_MS), 24)
    assert later.temperature_ahead is not None
    assert later.temperature_ahead[0] == 43.0
    again, _ = await bench.desk().tell(bench.known(), 24)
    assert again.temperature_ahead is not None, "kept over a restart"
    assert told.data_digest() == again.data_digest() != bench.known().data_digest()


async def test_a_station_tells_the_past_and_forecasts_fill_its_holes(bench: Bench) -> None:
    times = np.arange(NOON_MS - 48 * HOUR_MS, NOON_MS - 3 * HOUR_MS, HOUR_MS)
    quality = np.full(len(times), Quality.MEASURED, np.uint8)
    await bench.store.write_final([Final(STATION, times, np.full(len(times), 25.0), quality, ("",) * len(times), 1, 3600)], [])
    desk = bench.desk(STATION)
    told, remark = await desk.tell(bench.known(), 24)
    assert told.temperature is not None
    assert told.temperature[:45].tolist() == [25.0] * 45
    assert np.isnan(told.temperature[45:]).all()
    assert (told.temperature_ahead, remark) == (None, "weather measured, not forecast: no forecast reaches ahead")
    desk.hear(payload(NOON_MS - 6 * HOUR_MS, range(-5, 30), 0.0))
    await desk.refresh()
    told, _ = await desk.tell(bench.known(), 24)
    assert told.temperature is not None
    assert told.temperature[44:].tolist() == [25.0, -3.0, -2.0, -1.0]


async def test_a_forecast_is_told_how_the_weather_was_forecast_day_by_day_before(bench: Bench) -> None:
    desk = bench.desk()
    issues = [NOON_MS - hours * HOUR_MS for hours in (49, 47, 25, 2)]
    for number, issued_ms in enumerate([*issues, NOON_MS + HOUR_MS]):
        desk.hear(payload(issued_ms, range(-60, 30), float(number)))
    await desk.refresh()
    told, _ = await desk.tell(bench.known(), 24)
    assert told.weather is not None
    used = [NOON_MS - hours * HOUR_MS for hours in (49, 25, 2)]
    assert np.unique(told.weather.issued_ms).tolist() == used, "the latest by noon of each day; of one day before the first none"


async def test_a_file_is_read_again_when_it_changes(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "weather.csv"
    desk = bench.desk(csv=CsvWeather(path, "UTC"))
    await desk.refresh()
    assert (await desk.tell(bench.known(), 24))[1] == f"no weather: csv: {path}: No such file or directory"
    path.write_text(
        f"issued,time,temperature\n{_iso(NOON_MS - HOUR_MS)},{_iso(NOON_MS)},7\n{_iso(NOON_MS - HOUR_MS)},{_iso(NOON_MS - HOUR_MS)},5\n"
    )
    await desk.refresh()
    told, remark = await desk.tell(bench.known(), 24)
    assert told.temperature_ahead is not None
    assert told.temperature_ahead[0] == 7.0
    assert remark.startswith("weather as csv forecast it")
    assert await CsvWeather(path, "UTC")() is not None
    assert await desk.sources["csv"]() is None, "unchanged"


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Callable[[web.Request], Awaitable[web.StreamResponse]]], Awaitable[str]]]:
    """Start a server on loopback that answers as it is told; its address."""
    runners = []

    async def start(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> str:
        app = web.Application()
        app.router.add_get("/weather", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/weather"

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_an_address_is_asked_and_its_failures_are_soft(bench: Bench, serve: Callable[..., Awaitable[str]]) -> None:
    answers = [
        web.Response(body=payload(NOON_MS - 2 * HOUR_MS, range(-2, 24), 10.0)),
        web.Response(status=503),
        web.Response(text="<html>busy</html>"),
    ]

    async def answer(_: web.Request) -> web.StreamResponse:
        return answers.pop(0)

    url = await serve(answer)
    desk = bench.desk(http=HttpWeather(url, 5.0))
    remarks = []
    for _ in range(3):
        await desk.refresh()
        told, remark = await desk.tell(bench.known(), 24)
        assert told.temperature_ahead is not None, "the last that was heard still counts"
        remarks.append(remark.partition(" (")[2])
    assert remarks[0] == ""
    assert remarks[1] == "http: answered with status 503)"
    assert remarks[2].startswith("http: not a list of")


async def test_nobody_at_the_address(bench: Bench) -> None:
    desk = bench.desk(http=HttpWeather("http://127.0.0.1:1/weather", 2.0))
    await desk.refresh()
    known = bench.known()
    told, remark = await desk.tell(known, 24)
    assert told is known
    assert remark.startswith("no weather: http: no answer: ")


async def test_a_message_that_is_none_is_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="not a list"):
        bench.desk().hear(b"hot")


async def test_an_issue_stays_as_it_was_first_heard(bench: Bench) -> None:
    desk = bench.desk()
    for degc in (10.0, 20.0):
        desk.hear(payload(NOON_MS - HOUR_MS, range(24), degc))
        await desk.refresh()
        told, _ = await desk.tell(bench.known(NOON_MS + 2 * HOUR_MS), 24)
        assert told.temperature_ahead is not None
        assert told.temperature_ahead[0] == 12.0


class _Away(MemoryState):
    """A store that cannot keep weather the first time."""

    away = True

    async def save_weather(self, issues: Sequence[WeatherIssue]) -> None:
        if self.away:
            self.away = False
            message = "away"
            raise StoreUnavailableError(message)
        await super().save_weather(issues)


async def test_what_could_not_be_kept_is_kept_the_next_time(bench: Bench, tmp_path: Path) -> None:
    bench.state = _Away()
    path = tmp_path / "weather.csv"
    path.write_text(f"issued,time,temperature\n{_iso(NOON_MS - 2 * HOUR_MS)},{_iso(NOON_MS)},7\n")
    desk = bench.desk(csv=CsvWeather(path, "UTC"))
    desk.hear(payload(NOON_MS - HOUR_MS, range(-5, 24), 10.0))
    with pytest.raises(StoreUnavailableError):
        await desk.refresh()
    desk.hear(payload(NOON_MS - HOUR_MS, range(-5, 24), 20.0))
    await desk.refresh()
    assert [len(await bench.state.weather_issues(source)) for source in ("csv", "mqtt")] == [1, 1]
    for one in (desk, bench.desk()):
        told, _ = await one.tell(bench.known(NOON_MS), 24)
        assert told.temperature_ahead is not None
        assert told.temperature_ahead[0] == 10.0, "as it was first heard, in memory as in the store"

"""Stores: rows a second and CPU a row, written and read; DuckDB, InfluxDB 1.6 and plain SQLite in the same run.

Prints the machine and, for each measure, the median and the range over its repeats. CPU is that of this process, all
threads: of InfluxDB's server it is told separately.
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np

from benchmarks.store.report import cpu_s
from benchmarks.store.sqlite import Plain
from mainsight.app.influxd import Influxd
from mainsight.core.readings import Reading, Series
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.influx import InfluxStore
from mainsight.store.influx.admin import set_up_1
from mainsight.store.influx.connection import Connection
from mainsight.store.port import Final, TimeSeriesStore
from mainsight.store.settings import InfluxSettings, StoreSettings

T0 = 1_780_272_000_000
QUARTER = 900_000
DAY = 86_400_000
METERS_A_ZONE = 100


def say(what: str, walls: list[float], cpus: list[float], rows: int) -> None:
    """Print median and range of repeats that each handled a number of rows."""
    wall, cpu = statistics.median(walls), statistics.median(cpus)
    print(
        f"{what:<44} {wall * 1e3:9.1f} ms ({min(walls) * 1e3:.1f} to {max(walls) * 1e3:.1f})"
        f"  {rows / wall:12,.0f} rows/s  {cpu / rows * 1e6:7.2f} us CPU a row"
    )


async def timed(what: str, rows: int, repeats: int, run: Callable[[int], Awaitable[object]]) -> None:
    """Run something a number of times and print what it took."""
    walls, cpus = [], []
    for n in range(repeats):
        wall, cpu = time.perf_counter(), cpu_s()
        await run(n)
        walls.append(time.perf_counter() - wall)
        cpus.append(cpu_s() - cpu)
    say(what, walls, cpus, rows)


def sweep(names: list[Series], at_ms: int, steps: int, step_ms: int, seed: int) -> list[Reading]:
    """Readings of all series at a number of instants, series by series as meters send them."""
    values = np.random.default_rng(seed).normal(500, 100, (len(names), steps)).round(1)
    return [
        Reading(*series, at_ms + k * step_ms, float(values[n, k]), at_ms + steps * step_ms)
        for n, series in enumerate(names)
        for k in range(steps)
    ]


async def run_sqlite(folder: Path, names: list[Series], days: int) -> None:
    """Write and read the same in a plain table, which has neither final values nor roll-ups."""
    plain = Plain(folder / "plain.sqlite")
    await measure_history("SQLite", plain.write, names, days)
    end = T0 + days * DAY
    live = [sweep(names[:1000], end + n * 5_000, 1, 5_000, n) for n in range(50)]
    await timed("SQLite: live, 1,000 rows a batch", len(live[0]), len(live), lambda n: plain.write(live[n]))
    again = sweep(names, T0 + 86_400_000, 96, QUARTER, 1)[:20_000]
    await timed("SQLite: 20,000 rows again (overwritten)", len(again), 5, lambda _: plain.write(again))
    late = late_rows(names, days)
    await timed("SQLite: 1,000 late rows over all days", 1000, len(late), lambda n: plain.write(late[n]))
    await timed("SQLite: last of all series", len(names), 5, lambda _: plain.last(names))
    zone = zone_of(names)
    week = end - 7 * DAY
    await timed("SQLite: zone week by hour", len(zone) * 168, 10, lambda _: plain.hours(zone, week, end))
    await timed("SQLite: all meters by day, all days, total", days, 3, lambda _: plain.days())
    await timed("SQLite: raw week of one series", 672, 10, lambda _: plain.raw(zone[0], week, end))
    plain.close()
    print(f"SQLite: file {(folder / 'plain.sqlite').stat().st_size / 1e6:.0f} MB, readings alone")


async def run_duckdb(folder: Path, names: list[Series], days: int) -> None:
    """Write and read the embedded store."""
    settings = StoreSettings(readings=folder / "readings.duckdb")
    store = await DuckDbStore.open(settings, lambda meter: f"zone-{int(meter[2:]) // METERS_A_ZONE}")
    rows = await measure("DuckDB", store, names, days)
    wall = time.perf_counter()
    await store.close()
    size = settings.readings.stat().st_size
    print(f"closed in {time.perf_counter() - wall:.2f} s; file {size / 1e6:.0f} MB, {size / rows:.1f} B a reading with finals and roll-ups")
    wall = time.perf_counter()
    await (await DuckDbStore.open(settings, {}.get)).close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"opened again and closed in {time.perf_counter() - wall:.2f} s; peak memory {peak:.0f} MB")


async def run_influx(folder: Path, names: list[Series], days: int) -> None:
    """Write and read an InfluxDB 1.x that is our child."""
    with Influxd(folder / "influxd") as server:
        influx = InfluxSettings(url=server.url, user=server.user, password=server.password)
        connection = await Connection.open(influx)
        await set_up_1(connection, 0, rotate=False)
        await connection.close()
        store = await InfluxStore.open(StoreSettings(state=folder / "state.sqlite", influx=influx), lambda: time.time_ns() // 1_000_000)
        await measure("InfluxDB", store, names, days)
        await store.close()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())  # noqa: ASYNC240 - nothing else runs
    print(
        f"InfluxDB's server: {children.ru_utime + children.ru_stime:.1f} CPU s for all of it, peak {children.ru_maxrss / 1e3:.0f} MB; "
        f"{size / 1e6:.0f} MB on disk, before its compaction, which comes later"
    )


async def measure_history(label: str, write: Callable[[list[Reading]], Awaitable[object]], names: list[Series], days: int) -> int:
    """Write a history day by day; gives its readings."""
    start_s, start_cpu, rows = time.perf_counter(), cpu_s(), 0
    walls, cpus = [], []
    for day in range(days):
        made = sweep(names, T0 + day * DAY, 96, QUARTER, day)
        for first in range(0, len(made), 20_000):
            batch = made[first : first + 20_000]
            wall, cpu = time.perf_counter(), cpu_s()
            await write(batch)
            walls.append(time.perf_counter() - wall)
            cpus.append(cpu_s() - cpu)
            rows += len(batch)
    with_making = f"{time.perf_counter() - start_s:.1f} s, {cpu_s() - start_cpu:.1f} CPU s with making them"
    print(f"{label} history: {rows:,} readings written in {sum(walls):.1f} s ({with_making})")
    say(f"{label}: history, 20,000 rows a batch", walls, cpus, 20_000)
    return rows


def late_rows(names: list[Series], days: int) -> list[list[Reading]]:
    """Five batches of 1,000 readings that nobody has, scattered over all days."""
    end = T0 + days * DAY
    some = [names[k % len(names)] for k in range(1000)]
    return [[Reading(*s, T0 + (k * 37 % days) * DAY + 1 + n + 7 * k, 1.0, end) for k, s in enumerate(some)] for n in range(5)]


def zone_of(names: list[Series]) -> list[Series]:
    """The powers of a zone's meters."""
    return [one for one in names if one.quantity == "power"][:METERS_A_ZONE]


async def measure(label: str, store: TimeSeriesStore, names: list[Series], days: int) -> int:
    """Write and read a store that is empty; gives the readings of its history."""
    rows = await measure_history(label, store.write, names, days)
    end = T0 + days * DAY
    live = [sweep(names[:1000], end + n * 5_000, 1, 5_000, n) for n in range(50)]
    await timed(f"{label}: live, 1,000 rows a batch", len(live[0]), len(live), lambda n: store.write(live[n]))
    few = [sweep(names[:4], end + 3_600_000 + n * 5_000, 1, 5_000, n) for n in range(50)]
    await timed(f"{label}: live, 4 rows a batch", 4, len(few), lambda n: store.write(few[n]))
    again = sweep(names, T0 + 86_400_000, 96, QUARTER, 1)[:20_000]
    await timed(f"{label}: 20,000 rows again (all duplicates)", len(again), 5, lambda _: store.write(again))
    late = late_rows(names, days)
    await timed(f"{label}: 1,000 late rows over all days", 1000, len(late), lambda n: store.write(late[n]))
    await timed(f"{label}: last of all series", len(names), 5, lambda _: store.last())
    await measure_finals(label, store, names, days)
    return rows


async def measure_finals(label: str, store: TimeSeriesStore, names: list[Series], days: int) -> None:
    """Write final values, and read what charts and forecasts read."""
    end = T0 + days * DAY
    times = np.arange(T0, end, QUARTER)
    quality, value = np.full(len(times), 3, np.uint8), np.random.default_rng(1).normal(500, 100, len(times)).round(1)
    finals = [Final(s, times, value, quality, ("",) * len(times), 1, 900) for s in names]
    chunks = [finals[n : n + 100] for n in range(0, len(finals), 100)]
    dirty = {one.series: one for one in await store.dirty(10**6)}
    await timed(
        f"{label}: final values and roll-ups, 100 series",
        100 * len(times),
        len(chunks),
        lambda n: store.write_final(chunks[n], [dirty[f.series] for f in chunks[n] if f.series in dirty]),
    )
    quarter = [Final(s, times[-1:], value[-1:], quality[-1:], ("",), 1, 900) for s in names[:1000]]
    await timed(f"{label}: final values of one quarter hour", 1000, 5, lambda _: store.write_final(quarter, []))
    zone = zone_of(names)
    week = end - 7 * DAY
    await timed(f"{label}: zone week by hour", len(zone) * 168, 10, lambda _: store.intervals(zone, week, end, 3600))
    await timed(f"{label}: zone week by hour, total", 168, 10, lambda _: store.total(dict.fromkeys(zone, 1.0), week, end, 3600))
    await timed(f"{label}: zone week by 15 min, total", 672, 10, lambda _: store.total(dict.fromkeys(zone, 1.0), week, end, 900))
    await timed(f"{label}: all meters by day, all days, total", days, 5, lambda _: store.total(dict.fromkeys(names, 1.0), T0, end, 86_400))
    await timed(f"{label}: raw week of one series", 672, 10, lambda _: store.raw(zone[0], week, end))


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--series", type=int, default=1000, help="number of series, four a meter")
    parser.add_argument("--days", type=int, default=42, help="days of history by 15 minutes")
    parser.add_argument("--stores", nargs="+", choices=("duckdb", "influxdb"), default=["duckdb", "influxdb"])


async def run(args: argparse.Namespace) -> None:
    """Measure SQLite and the stores asked for."""
    quantities = ("power", "reactive_power", "voltage", "energy_import")
    names = [Series(f"m-{n}", quantity) for n in range(args.series // len(quantities)) for quantity in quantities]
    with tempfile.TemporaryDirectory() as folder:
        await run_sqlite(Path(folder), names, args.days)
        if "duckdb" in args.stores:
            await run_duckdb(Path(folder), names, args.days)
    with tempfile.TemporaryDirectory() as folder:
        if "influxdb" in args.stores:
            await run_influx(Path(folder), names, args.days)

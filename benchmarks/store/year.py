# ruff: noqa: S608 - statements of our own tables and numbers
"""A year of a province in the embedded store, and what people and devices then ask of it.

History is laid down week by week with SQL, in the tables and the order in which the system itself writes it; everything
measured after that goes through the store's own port, on the file that results.
"""

import asyncio
import os
import resource
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.store.report import Report, cpu_s
from mainsight.core.readings import Reading, Series
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.duckdb.schema import migrate
from mainsight.store.port import Dirty, Final, Level
from mainsight.store.settings import StoreSettings

T0 = 1_748_710_800_000
"""1 June 2025 in Viet Nam, UTC milliseconds."""
QUARTER, HOUR, DAY = 900_000, 3_600_000, 86_400_000
A_ZONE = 100
READERS = 20
_MONTH_DAYS = 30


def meter(n: int) -> Series:
    """The series of a meter."""
    return Series(f"m-{n:05}", "power")


def zone_of(name: str) -> str:
    """Zone of a meter by its id: 100 meters a zone."""
    return f"z-{int(name[2:]) // A_ZONE:03}"


def generate(settings: StoreSettings, meters: int, days: int) -> None:
    """Lay down a history: raw readings in order of time, final values, roll-ups and last values."""
    connection = duckdb.connect(settings.readings, config={"threads": settings.threads, "memory_limit": f"{settings.memory_mb}MB"})
    migrate(connection, settings.readings, settings.timezone)
    ids = [(n, zone_of(meter(n).meter), *meter(n), "gauge") for n in range(meters)]
    connection.begin()
    connection.executemany("INSERT INTO series VALUES (?, ?, ?, ?, ?)", ids)
    connection.commit()
    for first in range(0, days * 96, 7 * 96):
        connection.begin()
        connection.execute(_MADE, [first, min(first + 7 * 96, days * 96)])
        for statement in _STORED:
            connection.execute(statement)
        connection.commit()
    connection.execute("INSERT INTO last SELECT * FROM reading WHERE ts = (SELECT max(ts) FROM reading)")
    connection.close()


_MADE = """
    CREATE OR REPLACE TEMP TABLE week AS
    SELECT id AS series, q, zone, quantity,
        round(500 + 300 * sin(q / 96.0 * 2 * pi() + id) + (hash(id::BIGINT * 1000003 + q) % 1000) / 20.0, 1) AS v,
        (2 + hash(id + q * 7) % 5)::INTEGER AS lag_s
    FROM range(?, ?) t(q), series ORDER BY q, id
"""
_STORED = (
    f"INSERT INTO reading SELECT series, make_timestamp_ms({T0} + q * {QUARTER}), v, lag_s, 0 FROM week",
    f"INSERT INTO final SELECT series, make_timestamp_ms({T0} + q * {QUARTER}), v, 3, 0, 1 FROM week",
    f"""
    INSERT INTO rollup_1h
    SELECT series, make_timestamp_ms({T0} + q // 4 * {HOUR}), count(*), round(avg(v), 9), min(v), max(v), 3
    FROM week GROUP BY series, q // 4 ORDER BY q // 4, series
    """,
    f"""
    INSERT INTO rollup_1d
    SELECT series, make_timestamp_ms({T0} + q // 96 * {DAY}), count(*), round(avg(v), 9), min(v), max(v), 3
    FROM week GROUP BY series, q // 96 ORDER BY q // 96, series
    """,
    f"""
    INSERT INTO zone_1h
    SELECT zone, quantity, ts, sum(count), sum(v), sum(min), sum(max), 3
    FROM rollup_1h JOIN series ON series = id
    WHERE ts >= (SELECT make_timestamp_ms({T0} + min(q) * {QUARTER}) FROM week) GROUP BY ALL ORDER BY ts
    """,
)


def sizes(settings: StoreSettings, readings: int, report: Report) -> None:
    """Bytes of the file and of its larger tables, for each raw reading."""
    total = settings.readings.stat().st_size
    with duckdb.connect(settings.readings, read_only=True) as connection:
        for name in ("reading", "final", "rollup_1h", "rollup_1d", "zone_1h", "last"):
            [(blocks,)] = connection.execute(
                f"SELECT count(DISTINCT block_id) FROM pragma_storage_info('{name}') WHERE block_id >= 0"
            ).fetchall()
            report.fact(f"bytes of `{name}` a reading", f"{blocks * 262_144 / readings:.2f}")
    report.fact("bytes in all a reading", f"{total / readings:.2f} ({total / 1e9:.2f} GB, {readings / 1e6:.1f} M readings)")


async def ask(settings: StoreSettings, meters: int, days: int, report: Report) -> None:
    """What screens ask, then what devices send, then both at once."""
    end = T0 + days * DAY
    zone = [meter(n) for n in range(A_ZONE, 2 * A_ZONE)] if meters > A_ZONE else [meter(n) for n in range(meters)]
    everyone = dict.fromkeys([meter(n) for n in range(meters)], 1.0)
    half = dict.fromkeys([meter(n) for n in range(meters) if n % A_ZONE], 1.0)
    week = end - 7 * DAY
    queries: list[tuple[str, Callable[[DuckDbStore], Awaitable[object]]]] = [
        ("zone of 100 meters, 7 days by hour", lambda s: s.intervals(zone, week, end, 3600)),
        (f"last value of {meters:,} meters", lambda s: s.last()),
        ("one meter, all days by day", lambda s: s.intervals([zone[7]], T0, end, 86_400)),
        ("province by hour, all days, whole zones", lambda s: s.total(everyone, T0, end, 3600)),
        ("province by hour, all days, zones in part", lambda s: s.total(half, T0, end, 3600)),
        ("one meter, 7 days raw", lambda s: s.raw(zone[7], week, end)),
    ]
    for what, query in queries:
        await _drop_caches()
        store = await DuckDbStore.open(settings, zone_of)
        started = time.perf_counter()
        await query(store)
        cold = time.perf_counter() - started
        await report.timed(what, lambda _, query=query, store=store: query(store), 7, note=f"first after opening {cold * 1e3:.0f} ms")  # type: ignore[misc]
        await store.close()
    store = await DuckDbStore.open(settings, zone_of)
    await _write(store, meters, end, report)
    await _late(store, meters, end, report)
    await _together(store, zone, end, report)
    await _expire(store, meters, end, report)
    await store.close()
    report.fact("peak memory of this process", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


async def _drop_caches() -> None:
    """Have the system forget the file's pages, where we may; the first query then reads from the disk."""
    await asyncio.to_thread(os.sync)
    if os.geteuid() == 0 and os.access("/proc/sys/vm/drop_caches", os.W_OK):
        await asyncio.to_thread(Path("/proc/sys/vm/drop_caches").write_text, "1")


def _sweep(meters: int, at_ms: int) -> list[Reading]:
    values = np.random.default_rng(at_ms).normal(500, 100, meters).round(1).tolist()
    return [Reading(*meter(n), at_ms, value, at_ms + 3_000) for n, value in enumerate(values)]


async def _write(store: DuckDbStore, meters: int, end: int, report: Report) -> None:
    sweeps = [_sweep(meters, end + n * QUARTER) for n in range(8)]
    await report.timed(f"one quarter hour of {meters:,} meters written", lambda n: store.write(sweeps[n]), len(sweeps), rows=meters)


async def _late(store: DuckDbStore, meters: int, end: int, report: Report) -> None:
    """1,000 rows scattered over the last month: stored, then final values and all that stands on them written again."""
    places = np.random.default_rng(7)
    batches = [
        [
            Reading(*meter(int(n)), end - int(q) * QUARTER + 1_000, 1.0, end)
            for n, q in zip(places.integers(0, meters, 1000), places.integers(96, _MONTH_DAYS * 96, 1000), strict=True)
        ]
        for _ in range(5)
    ]
    await report.timed("1,000 late rows over a month stored", lambda n: store.write(batches[n]), 5)

    async def again(n: int) -> None:
        slots = {(one.series, one.time_ms // QUARTER * QUARTER) for one in batches[n]}
        quality = np.full(1, 3, np.uint8)
        finals = [Final(series, np.array([at]), np.array([1.0]), quality, ("",), 1, 900) for series, at in slots]
        await store.write_final(finals, [Dirty(series, at, at + QUARTER) for series, at in slots])

    await report.timed("their quarter hours, hours, days and zone hours again", again, 5)


async def _together(store: DuckDbStore, zone: list[Series], end: int, report: Report) -> None:
    """Writing 1,000 rows a batch while 20 readers ask for a zone's week."""
    waits: list[float] = []
    writes: list[float] = []
    done = asyncio.Event()

    async def reader() -> None:
        while not done.is_set():
            started = time.perf_counter()
            await store.intervals(zone, end - 7 * DAY, end, 3600)
            waits.append(time.perf_counter() - started)
            await asyncio.sleep(1.0)  # a screen that looks again every second

    readers = [asyncio.create_task(reader()) for _ in range(READERS)]
    for n in range(20):
        rows = [Reading(*one, end + DAY + n * 5_000, 1.0, end + DAY) for one in zone]
        started = time.perf_counter()
        await store.write(rows)
        writes.append(time.perf_counter() - started)
        await asyncio.sleep(0.5)
    done.set()
    await asyncio.gather(*readers)
    report.spread(f"a zone's week, {READERS} readers while writing", waits)
    report.spread(f"100 rows written, {READERS} readers", writes)


async def _expire(store: DuckDbStore, meters: int, end: int, report: Report) -> None:
    """Take away the first two months of raw readings, if there are so many, while a batch is written every now and then."""
    await store.write_final([], await store.dirty(10**9))
    before, gone, done = T0 + 2 * _MONTH_DAYS * DAY, 0, asyncio.Event()
    waits: list[float] = []

    async def writer() -> None:
        while not done.is_set():
            at = end + 2 * DAY + len(waits) * 5_000
            started = time.perf_counter()
            await store.write([Reading(*meter(n), at, 1.0, at) for n in range(min(meters, 1000))])
            waits.append(time.perf_counter() - started)
            await asyncio.sleep(0.2)

    writing, started, used = asyncio.create_task(writer()), time.perf_counter(), cpu_s()
    while rows := await store.expire(Level.RAW, before):
        gone += rows
        await asyncio.sleep(0.05)
    took, used = time.perf_counter() - started, cpu_s() - used
    done.set()
    await writing
    report.fact(f"retention takes {gone:,} raw readings away", f"{took:.0f} s, {used:.1f} CPU s with what is written meanwhile")
    report.spread("1,000 rows written, while retention works", waits)

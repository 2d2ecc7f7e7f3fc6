"""Metering: validation, estimation and writing of a day of many meters; with history to compare with, and a live quarter hour.

Usage: python benchmarks/metering.py [--meters 10000] [--quantities power] [--weeks 4] [--late 1000]
"""

import argparse
import asyncio
import os
import platform
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np

from mainsight.core.network import Feeder, Meter, Network, Role, Substation, Text, Transformer, Utility, Zone
from mainsight.core.quality import Quality
from mainsight.core.readings import Reading, Series
from mainsight.metering.parameters import load_parameters
from mainsight.metering.rules import VERSION
from mainsight.metering.service import Metering
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.port import Final
from mainsight.store.settings import StoreSettings
from mainsight.store.sql import SqlState

DAY = 86_400_000
T0 = 1_780_272_000_000 // DAY * DAY
QUARTER = 900_000
BATCH = 20_000
NONE = Text("", "")
MONTH = 30
LOST = 0.05
"""Share of the month's readings that come late or never."""


def cpu_s() -> float:
    """CPU seconds of this process so far, all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def network(meters: int, quantities: tuple[str, ...]) -> Network:
    """Feeders with 50 customers each, in one zone."""
    zone = Zone("zone", NONE, "Asia/Ho_Chi_Minh", "VN", (106.0, 21.0))
    substation = Substation("sub", NONE, (106.0, 21.0), "zone")
    transformer = Transformer("tr", NONE, "sub", 40.0, 110.0, 22.0)
    feeders = {f"f-{n}": Feeder(f"f-{n}", NONE, "tr", "zone", 22.0, 20.0) for n in range(-(-meters // 50))}
    found = {f"m-{n:05d}": Meter(f"m-{n:05d}", NONE, f"d-{n}", f"f-{n // 50}", Role.SUB, Utility.POWER, quantities) for n in range(meters)}
    return Network(
        "bench", NONE, date(2026, 6, 1), {"zone": zone}, {"sub": substation}, {"tr": transformer}, feeders, {}, {}, {}, {}, meters=found
    )


def shape(random: np.random.Generator, meters: int) -> np.ndarray:
    """A day's load of each meter by the quarter hour, kW."""
    hours = np.arange(96) / 4
    base = 300 + 200 * np.exp(-(((hours - 14) / 4) ** 2))
    return base[None, :] * random.uniform(0.5, 2.0, (meters, 1))


def readings(names: list[Series], load: np.ndarray, random: np.random.Generator) -> list[Reading]:
    """A day of 15-minute records; a register rises, gauges hover, one record in 200 is lost, one in 10,000 is a spike."""
    values = (load * random.normal(1, 0.02, load.shape)).round(2)
    rising = np.cumsum(values, axis=1) / 4 + 1000
    lost = random.random(values.shape) < 0.005
    values = np.where(random.random(values.shape) < 1e-4, values * 8, values)
    return [
        Reading(*name, T0 + k * QUARTER, float((rising if name.quantity == "energy_import" else values)[n, k]), T0 + k * QUARTER + 2_000)
        for name in names
        for n in [int(name.meter[2:])]
        for k in range(96)
        if not lost[n, k]
    ]


def past(names: list[Series], load: np.ndarray, weeks: int, random: np.random.Generator) -> list[Final]:
    """Final values of the same weekday of past weeks, and of the day before."""
    finals = []
    for day in [*(-7 * week for week in range(1, weeks + 1)), -1]:
        time_ms = T0 + day * DAY + np.arange(96) * QUARTER
        for name in names:
            value = load[int(name.meter[2:])] * random.normal(1, 0.02, 96) / (4 if name.quantity == "energy_import" else 1)
            finals.append(Final(name, time_ms, value, np.full(96, Quality.MEASURED, np.uint8), ("",) * 96, VERSION, 900))
    return finals


async def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--meters", type=int, default=10_000)
    parser.add_argument("--quantities", default="power", help="of each meter, with commas between")
    parser.add_argument("--weeks", type=int, default=4, help="of history to compare with")
    parser.add_argument("--late", type=int, metavar="ROWS", help="instead: so many late readings, scattered over a month")
    arguments = parser.parse_args()
    quantities = tuple(arguments.quantities.split(","))
    of = network(arguments.meters, quantities)
    names = [Series(meter, quantity) for meter in of.meters for quantity in quantities]
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    random = np.random.default_rng(1)
    load = shape(random, arguments.meters)
    with tempfile.TemporaryDirectory() as folder:
        settings = StoreSettings(readings=Path(folder) / "r.duckdb", state=Path(folder) / "s.sqlite")
        store, state = await DuckDbStore.open(settings, {}.get), await SqlState.open(settings)
        clock = Clock(T0 + DAY + 60_000)
        metering = Metering(store, state, of, clock, parameters=load_parameters(Path(__file__).parents[1] / "registry/metering.yaml"))
        if arguments.late is None:
            await day_and_quarter_hour(metering, store, names, load, clock, arguments.weeks, random)
        else:
            await late_rows(metering, store, names, load, clock, arguments.late, random)
        await store.close()
        await state.close()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


class Clock:
    """A clock that stands where it is put."""

    def __init__(self, now_ms: int) -> None:
        """Take an instant, UTC milliseconds."""
        self.now_ms = now_ms

    def __call__(self) -> int:
        """Give it."""
        return self.now_ms


async def write(store: DuckDbStore, made: list[Reading]) -> None:
    """Store readings in batches."""
    for first in range(0, len(made), BATCH):
        await store.write(made[first : first + BATCH])


async def day_and_quarter_hour(
    metering: Metering, store: DuckDbStore, names: list[Series], load: np.ndarray, clock: Clock, weeks: int, random: np.random.Generator
) -> None:
    """A day of records, and then a quarter hour of live readings."""
    history = past(names, load, weeks, random)
    for first in range(0, len(history), 5_000):
        await store.write_final(history[first : first + 5_000], [])
    made = [
        Reading(*name, T0 - k * QUARTER, 1000.0 if name.quantity == "energy_import" else float(load[int(name.meter[2:]), -k]), T0)
        for name in names
        for k in range(1, 13)
    ]
    await write(store, made)
    while await metering.turn():
        pass
    made = readings(names, load, random)
    await write(store, made)
    await drain(metering, f"a day of {len(load):,} meters, {len(made):,} readings")
    live = [
        Reading(*name, T0 + DAY + n * 60_000, float(load[int(name.meter[2:]), 0]), T0 + DAY + n * 60_000)
        for n in range(15)
        for name in names
        if name.quantity != "energy_import"
    ]
    await write(store, live)
    clock.now_ms += QUARTER
    await drain(metering, f"a quarter hour of {len(live):,} readings")


async def late_rows(
    metering: Metering, store: DuckDbStore, names: list[Series], load: np.ndarray, clock: Clock, rows: int, random: np.random.Generator
) -> None:
    """A month of records computed day by day, then readings that had been lost, from anywhere in it."""
    lost: list[Reading] = []
    for day in range(MONTH):
        moved = [
            one._replace(time_ms=one.time_ms + day * DAY, arrival_ms=one.arrival_ms + day * DAY) for one in readings(names, load, random)
        ]
        kept = random.random(len(moved)) > LOST
        await write(store, [one for one, there in zip(moved, kept, strict=True) if there])
        lost += [one for one, there in zip(moved, kept, strict=True) if not there]
        clock.now_ms = T0 + (day + 1) * DAY + 60_000
        while await metering.turn():
            pass
    clock.now_ms += DAY
    late = [lost[n]._replace(arrival_ms=clock.now_ms) for n in random.permutation(len(lost))[:rows].tolist()]
    start = time.perf_counter()
    await write(store, late)
    print(f"{len(late):,} late readings stored in {time.perf_counter() - start:.2f} s")
    await drain(metering, f"{len(late):,} late readings scattered over {MONTH} days of {len(load):,} meters")


async def drain(metering: Metering, what: str) -> None:
    """Work until nothing is left and print what it took."""
    wall, cpu, before = time.perf_counter(), cpu_s(), metering.stats.values
    while await metering.turn():
        pass
    values, stats = metering.stats.values - before, metering.stats
    took = f"{time.perf_counter() - wall:.1f} s, {cpu_s() - cpu:.1f} CPU s"
    print(f"{what}: {values:,} final values in {took}; so far estimated {stats.estimated:,}, suspect {stats.suspect:,} {dict(stats.told)}")


if __name__ == "__main__":
    asyncio.run(main())

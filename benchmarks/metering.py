"""Metering: six weeks of history of a province to final values, and one live quarter hour.

Usage: python benchmarks/metering.py [--series 1000] [--days 42]
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

from mainsight.core.network import Network, Text
from mainsight.core.readings import Reading, Series
from mainsight.metering.service import Metering
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.settings import StoreSettings

T0 = 1_780_272_000_000
QUARTER = 900_000
DAY = 86_400_000
QUANTITIES = ("power", "reactive_power", "voltage", "energy_import")


def cpu_s() -> float:
    """CPU seconds of this process so far, all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def history(names: list[Series], day: int) -> list[Reading]:
    """A day of 15-minute records of all series; a register rises, gauges hover, and one record in 200 is lost."""
    random = np.random.default_rng(day)
    values = random.normal(500, 50, (len(names), 96)).round(1)
    rising = (np.cumsum(np.abs(values), axis=1) / 4 + day * 20_000).round(2)
    lost = random.random(values.shape) < 0.005
    start = T0 + day * DAY
    return [
        Reading(*name, start + k * QUARTER, float((rising if name.quantity == "energy_import" else values)[n, k]), start + DAY)
        for n, name in enumerate(names)
        for k in range(96)
        if not lost[n, k]
    ]


async def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--series", type=int, default=1000, help="number of series, four a meter")
    parser.add_argument("--days", type=int, default=42, help="days of history by 15 minutes")
    arguments = parser.parse_args()
    names = [Series(f"m-{n}", quantity) for n in range(arguments.series // len(QUANTITIES)) for quantity in QUANTITIES]
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    nothing: dict[str, object] = {}
    network = Network("bench", Text("", ""), date(2026, 6, 1), *(nothing,) * 9)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        store = await DuckDbStore.open(StoreSettings(readings=Path(folder) / "r.duckdb"), nothing.get)  # type: ignore[arg-type]
        now = T0
        metering = Metering(store, network, lambda: now)
        written = 0
        for day in range(arguments.days):
            made = history(names, day)
            written += len(made)
            for first in range(0, len(made), 20_000):
                await store.write(made[first : first + 20_000])
        now = T0 + arguments.days * DAY + QUARTER
        await drain(metering, f"history of {written:,} readings")
        for n in range(60):
            await store.write([Reading(*name, now + n * 15_000, 500.0 + n, now + n * 15_000) for name in names])
        now += QUARTER + 60_000
        await drain(metering, f"live quarter hour of {60 * len(names):,} readings")
        await store.close()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


async def drain(metering: Metering, what: str) -> None:
    """Work until nothing is left and print what it took."""
    wall, cpu, before = time.perf_counter(), cpu_s(), metering.stats.values
    while await metering.turn():
        pass
    values = metering.stats.values - before
    print(f"{what}: {values:,} final values in {time.perf_counter() - wall:.1f} s, {cpu_s() - cpu:.1f} CPU s")


if __name__ == "__main__":
    asyncio.run(main())

"""Speed of alarms: judging live readings, announcing what they bring, replaying a year.

Usage: nice python benchmarks/alarms [--part judge|announce|replay] [--seconds 30]

judge: 10,000 limit rules, one on each of 10,000 meters that send once a second; the share of one core that judging takes.
announce: 5,000 readings a second, written to DuckDB and judged, alarms kept in SQLite, five a second; time from the reading's
arrival to the notifier that is given the announcement (p50, p99). replay: 1,000 limit rules over a year of quarter hours.
Each part says what came out, so that a figure of work not done would be seen.
"""

import argparse
import asyncio
import platform
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from plant import DAY_MS, START_MS, Notes, network_of, rules_of, year_of

from mainsight.alarms.engine import Engine
from mainsight.alarms.replay import replay
from mainsight.alarms.service import AlarmService
from mainsight.alarms.settings import AlarmSettings, TargetSettings
from mainsight.core.readings import Reading
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.live import Broadcast
from mainsight.store.settings import StoreSettings
from mainsight.store.sql.state import SqlState

_METERS, _RATE = 10_000, 5_000
_ALARMS_PER_S = 5
_LIMIT_KW = 100.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--part", choices=["judge", "announce", "replay"], help="only this part")
    parser.add_argument("--seconds", type=int, default=30, help="of readings for judge and announce (default: 30)")
    args = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}")
    if args.part in {None, "judge"}:
        judge(args.seconds)
    if args.part in {None, "announce"}:
        asyncio.run(announce(args.seconds))
    if args.part in {None, "replay"}:
        replay_year()


def second(meters: list[str], number: int, random: np.random.Generator, arrival_ms: int | None = None) -> list[Reading]:
    """One reading of each meter; about one in a thousand is above its limit."""
    at_ms = START_MS + number * 1000
    values = random.normal(60.0, 13.0, len(meters)).tolist()
    return [Reading(meter, "power", at_ms, value, arrival_ms or at_ms) for meter, value in zip(meters, values, strict=True)]


def judge(seconds: int) -> None:
    """Share of one core for 10,000 rules at 10,000 readings a second."""
    network = network_of(_METERS)
    begun = time.perf_counter()
    engine = Engine(network, rules_of(network, _LIMIT_KW), AlarmSettings(), START_MS)
    built = time.perf_counter() - begun
    random, meters = np.random.default_rng(1), list(network.meters)
    feed = [second(meters, n, random) for n in range(seconds)]
    transitions, worst, spent = 0, 0.0, time.process_time()
    for number, batch in enumerate(feed):
        now_ms, begun = START_MS + number * 1000, time.perf_counter()
        transitions += len(engine.observe(batch, now_ms).transitions) + len(engine.tick(now_ms).transitions)
        worst = max(worst, time.perf_counter() - begun)
    share = (time.process_time() - spent) / seconds
    print(
        f"judge: {_METERS:,} rules over {_METERS:,} meters at 1/s: {share:.0%} of a core, worst second {worst:.2f} s, "
        f"{transitions:,} transitions, built in {built:.1f} s"
    )


async def announce(seconds: int) -> None:
    """Arrival to announcement at 5,000 readings a second, the stores included."""
    network = network_of(_RATE)
    with tempfile.TemporaryDirectory() as folder:
        settings = StoreSettings(readings=Path(folder) / "series.duckdb", state=Path(folder) / "state.sqlite")
        store, state = await DuckDbStore.open(settings, lambda _: "z1"), await SqlState.open(settings)
        notes = Notes(_clock)
        service = AlarmService(
            network=network,
            rules=rules_of(network, _LIMIT_KW),
            store=store,
            state=state,
            broadcast=(broadcast := Broadcast()),
            notifier=notes,
            settings=AlarmSettings(targets=(TargetSettings(name="notes", url="json://127.0.0.1"),)),
            clock=_clock,
        )
        running = asyncio.create_task(service.run())
        await service.started.wait()
        for batch in _feed(list(network.meters), seconds):
            await _pace(batch[0].arrival_ms)
            arrived = [reading._replace(arrival_ms=_clock()) for reading in batch]
            notes.expect(arrived, _LIMIT_KW)
            await store.write(arrived)
            broadcast.publish(arrived)
        await asyncio.sleep(3)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await store.close()
        await state.close()
    waited = np.array(notes.waited_ms)
    print(
        f"announce: {_RATE:,} readings/s for {seconds} s: {len(waited):,} announcements, from arrival to the notifier "
        f"p50 {np.percentile(waited, 50):.0f} ms, p99 {np.percentile(waited, 99):.0f} ms, most {waited.max():.0f} ms; "
        f"{notes.missing:,} not announced"
    )


def _feed(meters: list[str], seconds: int) -> Iterator[list[Reading]]:
    """Ten batches a second, each of a tenth of the meters; some meters rise above their limit, five a second."""
    random, start_ms = np.random.default_rng(2), _clock() + 500
    rises = np.full(len(meters), seconds)
    rises[random.permutation(len(meters))[: _ALARMS_PER_S * (seconds - 1)]] = np.repeat(np.arange(1, seconds), _ALARMS_PER_S)
    for number in range(seconds * 10):
        at_ms, part = start_ms + number * 100, number % 10
        yield [Reading(meters[n], "power", at_ms, 150.0 if number // 10 >= rises[n] else 60.0, at_ms) for n in range(part, len(meters), 10)]


async def _pace(at_ms: int) -> None:
    await asyncio.sleep(max(0.0, (at_ms - _clock()) / 1000))


def _clock() -> int:
    return time.time_ns() // 1_000_000


def replay_year() -> None:
    """A year of quarter hours for 1,000 rules."""
    network = network_of(1_000)
    past = year_of(network, 365)
    begun = time.perf_counter()
    found = replay(network, rules_of(network, _LIMIT_KW), AlarmSettings(), past)
    spent = time.perf_counter() - begun
    print(
        f"replay: 1,000 rules over {len(past):,} readings ({(found.end_ms - found.start_ms) / DAY_MS:.0f} days): {spent:.1f} s, "
        f"{len(found.transitions):,} transitions"
    )


if __name__ == "__main__":
    main()

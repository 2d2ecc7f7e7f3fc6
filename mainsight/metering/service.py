"""Metering at work: takes what changed in the store, computes final values, writes them back."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mainsight.core.network import Network
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind
from mainsight.core.readings import Series
from mainsight.core.topology import zone_of
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.metering.changes import Basis
from mainsight.metering.parameters import Checks
from mainsight.metering.rules import RULE_IDS, VERSION
from mainsight.metering.series import Treatment, final_values
from mainsight.metering.settings import MeteringSettings
from mainsight.metering.values import SLOT_MS, edges
from mainsight.metering.windows import Window, far_ms, near_ms, register_window, window
from mainsight.store.port import Dirty, Final, Raw, StoreUnavailableError, TimeSeriesStore

logger = logging.getLogger(__name__)
_FIRST_CHUNK = 32
_MOST_SERIES = 256
_DAY_MS = DAY_S * SECOND_MS
_NOTHING = Raw(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(slots=True)
class MeteringStats:
    """Counts since the start, for metrics."""

    stretches: int = 0
    """Changed stretches worked through."""
    values: int = 0
    """Final values written."""
    estimated: int = 0
    suspect: int = 0
    failures: int = 0
    """Turns the store refused."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A changed stretch with what is known of its series."""

    dirty: Dirty
    treatment: Treatment


class Metering:
    """Keeps final values up to date with the readings behind them."""

    def __init__(
        self, store: TimeSeriesStore, network: Network, clock: Callable[[], int], settings: MeteringSettings | None = None
    ) -> None:
        """Read from and write to a store; `clock` gives UTC milliseconds."""
        self._store = store
        self._network = network
        self._clock = clock
        self._settings = settings or MeteringSettings()
        self._treatments: dict[Series, Treatment] = {}
        self.stats = MeteringStats()

    async def run(self) -> None:
        """Work for ever; while the store is unavailable, wait and try again."""
        told = ""
        while True:
            try:
                worked = await self.turn()
                told = ""
            except StoreUnavailableError as error:
                self.stats.failures += 1
                if str(error) != told:
                    logger.warning("final values wait for the store: %s", error)
                told, worked = str(error), 0
            if not worked:
                await asyncio.sleep(self._settings.every_s)

    async def turn(self) -> int:
        """Work through some of what changed in intervals that are over; gives the number of stretches done.

        Raises:
            StoreUnavailableError: the rest of the turn is still marked as changed.

        """
        closed_ms = (self._clock() - self._settings.grace_s * SECOND_MS) // SLOT_MS * SLOT_MS
        dirty = await self._store.dirty(self._settings.stretches, closed_ms)
        for group in self._groups(dirty):
            await self._work_through(group, closed_ms)
        return len(dirty)

    def _groups(self, dirty: Sequence[Dirty]) -> list[list[_Job]]:
        """Stretches that lie alike, so that one read serves many."""
        groups: dict[tuple[int, bool, int, int], list[_Job]] = defaultdict(list)
        for one in dirty:
            treatment = self._treatment(one.series)
            is_register = treatment.kind is Kind.REGISTER
            key = treatment.interval_ms, is_register, one.start_ms // _DAY_MS, one.end_ms // _DAY_MS
            groups[key].append(_Job(one, treatment))
        return [sorted(jobs, key=lambda job: job.dirty.series) for jobs in groups.values()]

    def _treatment(self, series: Series) -> Treatment:
        if series not in self._treatments:
            meter = self._network.meters.get(series.meter)
            zone = None if meter is None else zone_of(self._network, meter.id)
            timezone = self._network.zones[zone].timezone if zone else next((z.timezone for z in self._network.zones.values()), "UTC")
            known = (
                Treatment(series.quantity)
                if meter is None
                else Treatment.of(meter, series.quantity, Basis.of(meter, (), timezone), Checks(), timezone)
            )
            self._treatments[series] = known
        return self._treatments[series]

    async def _work_through(self, jobs: list[_Job], closed_ms: int) -> None:
        """Jobs by chunks whose readings fit in memory, sized by how many readings the chunk before had."""
        size, at = _FIRST_CHUNK, 0
        while at < len(jobs):
            chunk = jobs[at : at + size]
            at += size
            read = await self._compute(chunk, closed_ms)
            fitting = self._settings.chunk_readings * len(chunk) // max(read, 1)
            size = max(1, min(fitting, 4 * size, _MOST_SERIES))

    async def _compute(self, jobs: Sequence[_Job], closed_ms: int) -> int:
        windows = [window(job.treatment, job.dirty.start_ms, job.dirty.end_ms, closed_ms) for job in jobs]
        start_ms, end_ms = min(w.read[0] for w in windows), max(w.read[1] for w in windows)
        raw = await self._store.raw_many([job.dirty.series for job in jobs], start_ms, end_ms)
        raw, windows = await self._with_neighbours(jobs, raw, windows, closed_ms)
        finals, done = await asyncio.to_thread(_finals, jobs, raw, windows)
        await self._store.write_final(finals, done)
        self._count(finals, len(jobs))
        return sum(len(one.time_ms) for one in raw.values())

    async def _with_neighbours(
        self, jobs: Sequence[_Job], raw: dict[Series, Raw], windows: Sequence[Window], closed_ms: int
    ) -> tuple[dict[Series, Raw], list[Window]]:
        """Look further for the neighbours of registers that have none nearby, and place the registers' windows by them."""
        lonely = [job for job in jobs if job.treatment.kind is Kind.REGISTER and not _placed(job, raw, closed_ms)[1]]
        if lonely:
            reach = max(far_ms(job.treatment) for job in lonely)
            start_ms, end_ms = min(job.dirty.start_ms for job in lonely), max(job.dirty.end_ms for job in lonely)
            series = list({job.dirty.series for job in lonely})
            raw = raw | await self._store.raw_many(series, start_ms - reach, end_ms + reach)
        placed = [
            Window(*(_placed(job, raw, closed_ms)[0],) * 2, found.read) if job.treatment.kind is Kind.REGISTER else found
            for job, found in zip(jobs, windows, strict=True)
        ]
        return raw, placed

    def _count(self, finals: Sequence[Final], stretches: int) -> None:
        self.stats.stretches += stretches
        for final in finals:
            self.stats.values += len(final.value)
            self.stats.estimated += int(np.count_nonzero(final.quality == Quality.ESTIMATED))
            self.stats.suspect += int(np.count_nonzero(final.quality == Quality.SUSPECT))


def _placed(job: _Job, raw: Mapping[Series, Raw], closed_ms: int) -> tuple[tuple[int, int], bool]:
    readings = raw.get(job.dirty.series, _NOTHING)
    found, whole = register_window(readings.time_ms, job.dirty.start_ms, job.dirty.end_ms, closed_ms)
    # Nothing can follow what reaches to the present, so that only the past is looked for there.
    if not whole and job.dirty.end_ms + near_ms(job.treatment) > closed_ms:
        whole = int(np.searchsorted(readings.time_ms, job.dirty.start_ms)) > 0
    return found, whole


def _finals(jobs: Sequence[_Job], raw: Mapping[Series, Raw], windows: Sequence[Window]) -> tuple[list[Final], list[Dirty]]:
    finals, done = [], []
    for job, found in zip(jobs, windows, strict=True):
        final = _final(job, raw.get(job.dirty.series, _NOTHING), found)
        if len(final.time_ms):
            finals.append(final)
        # The changed stretch itself is always part of what is done, even where nothing came of it.
        start_ms, end_ms = min(found.write[0], job.dirty.start_ms), max(found.write[1], job.dirty.end_ms)
        done.append(Dirty(job.dirty.series, start_ms, end_ms, job.dirty.mark))
    return finals, done


def _final(job: _Job, raw: Raw, found: Window) -> Final:
    borders = edges(*found.context)
    values = final_values(raw, borders, job.treatment)
    starts = borders[:-1]
    there = (values.quality != Quality.MISSING) & (starts >= found.write[0]) & (starts < found.write[1])
    rules = tuple(map(RULE_IDS.__getitem__, values.rule[there].tolist()))
    return Final(job.dirty.series, starts[there], values.value[there], values.quality[there], rules, VERSION, SLOT_MS // SECOND_MS)

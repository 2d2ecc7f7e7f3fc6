"""Metering at work: takes what changed in the store, computes final values, writes them back."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mainsight.core.network import Network
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS, SECOND_MS
from mainsight.metering.bases import Bases
from mainsight.metering.before import base_values
from mainsight.metering.context import with_gaps, work
from mainsight.metering.days import DAY_MS, FARTHEST_DAYS
from mainsight.metering.kin import Kin
from mainsight.metering.minutes import minutes
from mainsight.metering.outcome import Outcome
from mainsight.metering.parameters import Parameters
from mainsight.metering.row import Row
from mainsight.metering.rules import Rule
from mainsight.metering.settings import MeteringSettings
from mainsight.metering.surroundings import MeteringNeeds, Reader
from mainsight.metering.values import SLOT_MS
from mainsight.store.port import Dirty, FinalValues, Level, StoreUnavailableError, TimeSeriesStore

logger = logging.getLogger(__name__)
_FIRST_CHUNK = 32
_LOOKED_AT = 8
_ABOUT_MS = 6 * HOUR_MS
"""Readings are read so far about what changed, roughly."""
_PIECE_MS = 7 * DAY_MS
"""Longer stretches are computed piece by piece, so that memory stays bounded whatever is marked, and each can be compared with the
week before."""
_STAND_ON_OTHER_DAYS = frozenset({Rule.E3.id, Rule.E5.id, Rule.V19.id})


@dataclass(slots=True)
class MeteringStats:
    """Counts since the start, for metrics."""

    stretches: int = 0
    """Changed stretches worked through."""
    values: int = 0
    """Final values written."""
    replaced: int = 0
    """Of these, others than what was there before: computed again because of late readings, edits, ratios, or what they stand on."""
    estimated: int = 0
    suspect: int = 0
    failures: int = 0
    """Turns the store refused."""
    trouble: str = ""
    """Why the store refuses now; empty while it does not."""
    turn_ms: int | None = None
    """When the last turn got through."""
    told: Counter[str] = field(default_factory=Counter)
    """Final values by the rule that is told of them; of V18, which has none, quarter hours."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A meter with its changed stretches; none where it is only compared again. `window` is what is looked at."""

    meter: str
    dirty: tuple[Dirty, ...]
    window: tuple[int, int]


class Metering:
    """Keeps final values up to date with the readings behind them, with edits, and with what is known of meters."""

    def __init__(
        self,
        store: TimeSeriesStore,
        state: MeteringNeeds,
        network: Network,
        clock: Callable[[], int],
        settings: MeteringSettings | None = None,
        parameters: Parameters | None = None,
    ) -> None:
        """Read from and write to stores; `clock` gives UTC milliseconds."""
        self._store = store
        self._state = state
        self._clock = clock
        self._settings = settings or MeteringSettings()
        self._kin = Kin(network)
        self._bases = Bases(store, state, network, self._kin, clock)
        self._reader = Reader(store, state, network, self._kin, self._bases, parameters or Parameters())
        self.stats = MeteringStats()

    async def run(self) -> None:
        """Work for ever; while the store is unavailable, wait and try again."""
        while True:
            try:
                worked = await self.turn()
                self.stats.trouble, self.stats.turn_ms = "", self._clock()
            except StoreUnavailableError as error:
                self.stats.failures += 1
                if str(error) != self.stats.trouble:
                    logger.warning("final values wait for the store: %s", error)
                self.stats.trouble, worked = str(error), 0
            if not worked:
                await asyncio.sleep(self._settings.every_s)

    async def turn(self) -> int:
        """Work through some of what changed in intervals that are over; gives the number of stretches done.

        Raises:
            StoreUnavailableError: the rest of the turn is still marked as changed.

        """
        closed_ms = (self._clock() - self._settings.grace_s * SECOND_MS) // SLOT_MS * SLOT_MS
        if await self._bases.follow():
            self._reader.forget()
        dirty = await self._store.dirty(self._settings.stretches, closed_ms)
        pieces = [piece for one in dirty for piece in _pieces(one)]
        for groups in self._levels(pieces):
            while groups:
                side_by_side = self._next(groups)
                await asyncio.gather(*(self._work_through(jobs, closed_ms) for jobs in side_by_side))
        return len(dirty)

    def _levels(self, dirty: Sequence[Dirty]) -> Iterator[list[list[_Job]]]:
        """Groups of meters whose stretches lie alike, so that one read serves many; those compared with others come after them.

        States come first, since they explain zeros.
        """
        states, others = _by_kind(dirty)
        groups: dict[tuple[int, object, int, int], list[_Job]] = defaultdict(list)
        for of_states, chosen in ((True, states), (False, others)):
            for job in self._jobs(chosen):
                level = -1 if of_states else self._kin.level(job.meter)
                groups[level, self._kin.place(job.meter), job.window[0] // DAY_MS, job.window[1] // DAY_MS].append(job)
        for level in sorted({key[0] for key in groups}):
            yield [sorted(jobs, key=lambda job: job.meter) for key, jobs in groups.items() if key[0] == level]

    def _next(self, groups: list[list[_Job]]) -> list[list[_Job]]:
        """Take the first of the groups, and beside it, where both are small, one that has no meter in common with any before it."""
        first = groups.pop(0)
        taken = [first]
        met = {job.meter for job in first}
        for number, other in enumerate(groups[:_LOOKED_AT]):
            meters = {job.meter for job in other}
            if all(len(jobs) <= self._first_chunk(jobs) for jobs in (first, other)) and met.isdisjoint(meters):
                taken.append(groups.pop(number))
                break
            met |= meters
        return taken

    def _jobs(self, dirty: Iterable[Dirty]) -> list[_Job]:
        """Changed meters by days, with those whose balance they are part of."""
        found: dict[tuple[str, int, int], list[Dirty]] = defaultdict(list)
        for one in dirty:
            days = one.start_ms // DAY_MS, one.end_ms // DAY_MS
            found[one.series.meter, *days].append(one)
            if quantity(one.series.quantity).kind is not Kind.STATUS:
                for parent in self._kin.parents(one.series.meter):
                    found.setdefault((parent, *days), [])
                    for above in self._kin.parents(parent):
                        found.setdefault((above, *days), [])
        return [_Job(key[0], tuple(stretches), _window(key, stretches)) for key, stretches in found.items()]

    async def _work_through(self, jobs: list[_Job], closed_ms: int) -> None:
        """Jobs by chunks whose readings fit in memory, sized by how many readings those before had.

        Two chunks are under way at a time, so that one is computed while another is read or written.
        """
        size, at = self._first_chunk(jobs), 0
        while at < len(jobs):
            chunks = [jobs[at : at + size], jobs[at + size : at + 2 * size]]
            at += 2 * size
            read = sum(await asyncio.gather(*(self._compute(chunk, closed_ms) for chunk in chunks if chunk)))
            fitting = self._settings.chunk_readings * sum(map(len, chunks)) // max(2 * read, 1)
            size = max(1, min(fitting, 4 * size, self._settings.chunk_meters))

    def _first_chunk(self, jobs: Sequence[_Job]) -> int:
        """How many meters to begin with: what fits where each reports once a minute."""
        longest_ms = max(job.window[1] - job.window[0] for job in jobs) + _ABOUT_MS
        fitting = self._settings.chunk_readings * MINUTE_MS // (2 * longest_ms)
        return min(max(fitting, _FIRST_CHUNK), self._settings.chunk_meters)

    async def _compute(self, jobs: Sequence[_Job], closed_ms: int) -> int:
        windows = [(job.meter, job.dirty, (job.window[0], min(job.window[1], closed_ms))) for job in jobs]
        rows, raw = await self._reader.rows(windows, closed_ms)
        if not rows:
            return 0
        around = await self._reader.around(rows)
        raw_from_ms = (await self._store.kept_from()).get(Level.RAW, 0)
        made_ms = await self._reader.made_late(raw, around.time_ms, raw_from_ms)
        values = await asyncio.to_thread(base_values, rows, raw, around.time_ms, around.stored, around.edits, raw_from_ms, made_ms)
        far = await self._reader.far(with_gaps(rows, values, around.time_ms), around.time_ms)
        outcome = await asyncio.to_thread(work, rows, values, around, far, self._kin, self._clock())
        await self._state.keep_finals(outcome.revisions)
        fine = await asyncio.to_thread(minutes, rows, raw, around.stored, around.time_ms, raw_from_ms, made_ms)
        await self._store.write_final(outcome.finals, outcome.done, fine)
        if outcome.again:
            await self._store.mark(outcome.again)
        await self._mark_what_stands_on(outcome.late)
        self._count(rows, outcome)
        return sum(len(one.time_ms) for one in raw.values())

    async def _mark_what_stands_on(self, late: Mapping[Series, tuple[int, int]]) -> None:
        """Estimates after late values were made of days like theirs, perhaps: have them made again."""
        if not late:
            return
        start_ms, end_ms = min(span[1] for span in late.values()), max(span[1] for span in late.values()) + (FARTHEST_DAYS + 1) * DAY_MS
        after = await self._store.final(list(late), start_ms, end_ms)
        stretches = [
            Dirty(series, start, end)
            for series, final in after.items()
            for start, end in _runs(final, late[series][1], late[series][1] + (FARTHEST_DAYS + 1) * DAY_MS)
        ]
        if stretches:
            await self._store.mark(stretches)

    def _count(self, rows: Sequence[Row], outcome: Outcome) -> None:
        self.stats.stretches += sum(len(row.dirty) for row in rows)
        self.stats.replaced += sum(int(np.count_nonzero(one.quality != Quality.MISSING)) for one in outcome.revisions)
        if outcome.alone:
            self.stats.told[Rule.V18.id] += outcome.alone
        for final in outcome.finals:
            self.stats.values += len(final.value)
            self.stats.estimated += int(np.count_nonzero(final.quality == Quality.ESTIMATED))
            self.stats.suspect += int(np.count_nonzero(final.quality == Quality.SUSPECT))
            self.stats.told.update(rule for rule in final.rule if rule)


def _pieces(dirty: Dirty) -> Iterator[Dirty]:
    """A stretch as pieces that lie in one stride of days each."""
    start = dirty.start_ms
    while start < dirty.end_ms:
        end = min(dirty.end_ms, start // DAY_MS * DAY_MS + _PIECE_MS)
        yield Dirty(dirty.series, start, end, dirty.mark)
        start = end


def _runs(final: FinalValues, start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """Stretches in a range of final values that stand on other days."""
    if _STAND_ON_OTHER_DAYS.isdisjoint(final.rule):
        return []
    rule = np.array([one in _STAND_ON_OTHER_DAYS for one in final.rule], np.bool_)
    times = final.time_ms[rule & (final.time_ms >= start_ms) & (final.time_ms < end_ms)]
    if not len(times):
        return []
    cuts = np.flatnonzero(np.diff(times) > SLOT_MS)
    firsts, lasts = times[np.append(0, cuts + 1)], times[np.append(cuts, len(times) - 1)]
    return list(zip(firsts.tolist(), (lasts + SLOT_MS).tolist(), strict=True))


def _by_kind(dirty: Iterable[Dirty]) -> tuple[list[Dirty], list[Dirty]]:
    parts: tuple[list[Dirty], list[Dirty]] = ([], [])
    for one in dirty:
        parts[quantity(one.series.quantity).kind is not Kind.STATUS].append(one)
    return parts


def _window(key: tuple[str, int, int], dirty: Sequence[Dirty]) -> tuple[int, int]:
    """What changed; of a meter that is only compared again, the days in which others did."""
    if dirty:
        return min(one.start_ms for one in dirty), max(one.end_ms for one in dirty)
    return key[1] * DAY_MS, (key[2] + 1) * DAY_MS

"""Writing final values and the roll-ups that stand on them.

There are no transactions. What is new is written with its roll-ups, then roll-ups that stand on nothing any more are
removed, then the values that became missing, and only then are the stretches forgotten. Each step may be done again, and a
value is removed after all that stood on it: one who dies in between leaves work to be done, never a roll-up nobody corrects.
"""

import asyncio
import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from mainsight.core.intervals import ByteArray, FloatArray, IntArray
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.core.zonetime import DAY_S, HOUR_MS, MINUTE_MS, SECOND_MS
from mainsight.store.batch import Mask
from mainsight.store.influx.connection import Connection
from mainsight.store.influx.lines import tags, text
from mainsight.store.influx.query import BY_SERIES, FINAL, MINUTES, ROLLUPS, Statement, delete, during, equal, of_series, select
from mainsight.store.influx.reads import gathered
from mainsight.store.influx.writing import Sender, write_lines
from mainsight.store.port import Dirty, Final, Level, Minutes
from mainsight.store.rollup import BASE_MS, BASE_S, Grid, on_quarter_hours

logger = logging.getLogger(__name__)
_HOUR_S = HOUR_MS // SECOND_MS


class Values(NamedTuple):
    """Final values of one series, ascending, shapes (n,)."""

    time_ms: IntArray
    value: FloatArray
    quality: ByteArray

    @classmethod
    def none(cls) -> "Values":
        """No values."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8))

    def take(self, chosen: Mask | IntArray) -> "Values":
        """Some of the rows."""
        return Values._make(column[chosen] for column in self)

    def overlaid(self, others: "Values") -> "Values":
        """These, with others in place of those of the same time."""
        kept = self.take(~np.isin(self.time_ms, others.time_ms))
        time_ms = np.concatenate([kept.time_ms, others.time_ms])
        joined = Values(time_ms, np.concatenate([kept.value, others.value]), np.concatenate([kept.quality, others.quality]))
        return joined.take(np.argsort(time_ms))


class Prepared(NamedTuple):
    """Final values to be written for one series, by the quarter hour; the last given of two for one instant."""

    values: Values
    rule: list[str]
    version: list[int]

    def since(self, start_ms: int) -> "Prepared | None":
        """Without what lies before an instant; None where nothing is left."""
        first = int(np.searchsorted(self.values.time_ms, start_ms))
        if first == len(self.rule):
            return None
        return Prepared(self.values.take(np.arange(first, len(self.rule))), self.rule[first:], self.version[first:])


def prepare(finals: Sequence[Final]) -> dict[Series, Prepared]:
    """Check final values and lay them out on quarter hours.

    Raises:
        ValueError: see `on_quarter_hours`.

    """
    rows: dict[Series, dict[int, tuple[float, int, str, int]]] = defaultdict(dict)
    for final in finals:
        times, values, qualities, rules = on_quarter_hours(final)
        into = rows[final.series]
        for at, value, quality, rule in zip(times.tolist(), values.tolist(), qualities.tolist(), rules, strict=True):
            into[at] = value, quality, rule, final.version
    return {series: _prepared(given) for series, given in rows.items() if given}


def _prepared(given: dict[int, tuple[float, int, str, int]]) -> Prepared:
    times = sorted(given)
    values, qualities, rules, versions = zip(*(given[at] for at in times), strict=True)
    return Prepared(Values(np.array(times, np.int64), np.array(values), np.array(qualities, np.uint8)), list(rules), list(versions))


class FinalWriter:
    """Writes final values. One process at a time should: roll-ups are read, changed and written back."""

    def __init__(self, connection: Connection, sender: Sender, timezone: str) -> None:
        """`timezone` is the zone whose days the daily roll-ups are of."""
        self._connection = connection
        self._sender = sender
        self._timezone = timezone
        self._turn = asyncio.Lock()

    async def write(
        self, prepared: dict[Series, Prepared], done: Sequence[Dirty], minutes: Sequence[Minutes], kept: Mapping[Level, int]
    ) -> None:
        """Replace final values of the stretches done and of the instants given, and everything rolled up from them.

        Nothing is changed that lies before what is `kept` of its level.
        """
        since_ms = kept.get(Level.QUARTER, 0)
        async with self._turn:
            prepared = {series: some for series, given in prepared.items() if (some := given.since(since_ms)) is not None}
            stretches: dict[Series, list[tuple[int, int]]] = defaultdict(list)
            for one in done:
                if one.end_ms > since_ms:
                    stretches[one.series].append((max(one.start_ms, since_ms), one.end_ms))
            days = {one: self._days(prepared.get(one), stretches[one]) for one in {**prepared, **stretches}}
            before = await self._before(days)
            work = _Work(self._timezone, self._connection.deletes, since_ms)
            await asyncio.to_thread(work.add_all, prepared, before, stretches, days)
            work.written.lines += (line for one in minutes for line in _minute_lines(one, kept.get(Level.MINUTE, 0)))
            for step in (work.written, work.rolled_off, work.removed):
                await self._do(step)

    async def _do(self, step: "_Step") -> None:
        refused = await write_lines(self._sender, step.lines)
        await self._connection.execute(step.deletions)
        if refused:
            logger.error("InfluxDB refused %d rows of final values and roll-ups: %s", len(refused), next(iter(refused.values())))

    def _days(self, given: Prepared | None, stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Runs of local days that hold what is given or done, as [start, end), widened to whole hours where days begin at a half."""
        spans = list(stretches)
        if given is not None:
            times = given.values.time_ms
            breaks = np.flatnonzero(np.diff(times) > DAY_S * SECOND_MS)
            firsts, lasts = times[np.append(0, breaks + 1)], times[np.append(breaks, len(times) - 1)]
            spans += zip(firsts.tolist(), (lasts + BASE_MS).tolist(), strict=True)
        runs: list[tuple[int, int]] = []
        for first, last in sorted(spans):
            days = Grid.of(first, last, DAY_S, self._timezone)
            if not len(days.start_ms):
                continue
            start, end = int(days.start_ms[0]) // HOUR_MS * HOUR_MS, -(-days.end_ms // HOUR_MS) * HOUR_MS
            if runs and start <= runs[-1][1]:
                runs[-1] = runs[-1][0], max(runs[-1][1], end)
            else:
                runs.append((start, end))
        return runs

    async def _before(self, days: dict[Series, list[tuple[int, int]]]) -> dict[Series, Values]:
        """What is stored on those days."""
        alike: dict[tuple[int, int], list[Series]] = defaultdict(list)
        for series, runs in days.items():
            for run in runs:
                alike[run].append(series)
        statements = [
            select(("v", "quality"), FINAL, [*during(*run), " AND ", *which], BY_SERIES)
            for run, series in alike.items()
            for _, which in of_series(series)
        ]
        found = {}
        for series, columns in (await gathered(self._connection, statements)).items():
            values = Values(np.array(columns["time"], np.int64), np.array(columns["v"], float), np.array(columns["quality"], np.uint8))
            found[series] = values.take(np.argsort(values.time_ms))
        return found


@dataclass(slots=True)
class _Step:
    """Lines to write and statements that delete."""

    lines: list[str] = field(default_factory=list)
    deletions: list[Statement] = field(default_factory=list)


class _Work:
    """The three steps, gathered series by series."""

    def __init__(self, timezone: str, deletes: bool, since_ms: int) -> None:
        """See where this is made.

        Args:
            timezone: whose days the daily roll-ups are of.
            deletes: whether the server can; where not, what is removed gets quality 0 and count 0, which reads leave out.
            since_ms: roll-ups that begin earlier stand on values that are gone, and stay as they are.

        """
        self._since_ms = since_ms
        self._timezone = timezone
        self._deletes = deletes
        self._grids: dict[tuple[int, int], tuple[Grid, Grid]] = {}
        self.written, self.rolled_off, self.removed = _Step(), _Step(), _Step()

    def add_all(
        self,
        prepared: Mapping[Series, Prepared],
        before: Mapping[Series, Values],
        done: Mapping[Series, Sequence[tuple[int, int]]],
        days: Mapping[Series, Sequence[tuple[int, int]]],
    ) -> None:
        """All series of `days`."""
        nothing = Values.none()
        for series, of_days in days.items():
            self.add(series, prepared.get(series), before.get(series, nothing), done.get(series, ()), of_days)

    def add(
        self, series: Series, given: Prepared | None, before: Values, done: Sequence[tuple[int, int]], days: Sequence[tuple[int, int]]
    ) -> None:
        """One series: what is given, what there was, the stretches done and the days they touch."""
        tagged = tags(meter=series.meter, quantity=series.quantity)
        before = before.take(before.quality != Quality.MISSING)
        new = Values.none() if given is None else given.values
        in_done = np.zeros(len(before.time_ms), np.bool_)
        for start, end in done:
            in_done |= (before.time_ms >= start) & (before.time_ms < end)
        removed = before.time_ms[in_done & ~np.isin(before.time_ms, new.time_ms)]
        after = before.take(~np.isin(before.time_ms, removed)).overlaid(new)
        if given is not None:
            self.written.lines += _final_lines(tagged, given)
        self._remove(series, tagged, FINAL, removed, BASE_MS)
        self._remove(series, tagged, ROLLUPS[BASE_S], removed, BASE_MS)
        changed = np.union1d(new.time_ms, removed)
        for run in days:
            if run not in self._grids:
                self._grids[run] = Grid.of(*run, _HOUR_S, self._timezone), Grid.of(*run, DAY_S, self._timezone)
            for onto in self._grids[run]:
                self._roll_up(series, tagged, onto, changed, after)

    def _roll_up(self, series: Series, tagged: str, onto: Grid, changed: IntArray, after: Values) -> None:
        """Intervals of a grid in which something changed."""
        inside = changed[(changed >= onto.start_ms[0]) & (changed < onto.end_ms)]
        touched = np.unique(np.searchsorted(onto.start_ms, inside, side="right") - 1)
        touched = touched[onto.start_ms[touched] >= self._since_ms]
        ends = np.append(onto.start_ms[1:], onto.end_ms)[touched]
        first, stop = np.searchsorted(after.time_ms, onto.start_ms[touched]), np.searchsorted(after.time_ms, ends)
        there = stop > first
        name = ROLLUPS[onto.step_s]
        bounds = zip(
            onto.start_ms[touched][there].tolist(),
            onto.expected[touched][there].tolist(),
            first[there].tolist(),
            stop[there].tolist(),
            strict=True,
        )
        for at, expected, a, b in bounds:
            self.written.lines.append(_roll_up_line(name, tagged, at, expected, after.value[a:b], int(after.quality[a:b].min())))
        self._remove(series, tagged, name, onto.start_ms[touched][~there], onto.step_s * SECOND_MS)

    def _remove(self, series: Series, tagged: str, measurement: str, times: IntArray, step_ms: int) -> None:
        step = self.removed if measurement == FINAL else self.rolled_off
        if self._deletes:
            which = equal(meter=series.meter, quantity=series.quantity)
            step.deletions += [delete(measurement, [*during(a, b), " AND ", *which]) for a, b in _runs(times, step_ms)]
        else:
            gone = 'v=0,quality=0i,rule="",version=0i' if measurement == FINAL else "count=0i,quality=0i"
            step.lines += [f"{measurement},{tagged} {gone} {at}" for at in times.tolist()]


def _final_lines(tagged: str, given: Prepared) -> Iterator[str]:
    rows = zip(*(column.tolist() for column in given.values), given.rule, given.version, strict=True)
    quarter = ROLLUPS[BASE_S]
    for at, v, quality, rule, version in rows:
        yield f"{FINAL},{tagged} v={v},quality={quality}i,rule={text(rule)},version={version}i {at}"
        yield f"{quarter},{tagged} mean={v},min={v},max={v},last={v},sum={v},count=1i,expected=1i,quality={quality}i {at}"


def _minute_lines(given: Minutes, since_ms: int) -> Iterator[str]:
    """All minutes of the quarter hours, so that none of before is left; those that are missing with count 0."""
    tagged = tags(meter=given.series.meter, quantity=given.series.quantity)
    for start_ms, values in zip(given.time_ms.tolist(), given.value.tolist(), strict=True):
        if start_ms >= since_ms:
            for n, v in enumerate(values):
                told = "v=0,count=0i" if math.isnan(v) else f"v={v},count=1i"
                yield f"{MINUTES},{tagged} {told} {start_ms + n * MINUTE_MS}"


def _roll_up_line(measurement: str, tagged: str, at: int, expected: int, values: FloatArray, quality: int) -> str:
    total, count = float(values.sum()), len(values)
    fields = f"mean={total / count},min={float(values.min())},max={float(values.max())},last={float(values[-1])},sum={total}"
    return f"{measurement},{tagged} {fields},count={count}i,expected={expected}i,quality={quality}i {at}"


def _runs(times: IntArray, step_ms: int) -> list[tuple[int, int]]:
    """Stretches [start, end) that hold these times and no others of the grid."""
    if not len(times):
        return []
    breaks = np.flatnonzero(np.diff(times) > step_ms)
    firsts, lasts = times[np.append(0, breaks + 1)], times[np.append(breaks, len(times) - 1)]
    return list(zip(firsts.tolist(), (lasts + 1).tolist(), strict=True))

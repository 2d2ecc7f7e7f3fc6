"""Reading what a chunk of changed series is computed with, in few queries over bounded windows."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray, Intervals
from mainsight.core.network import Network
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS, day_start_ms
from mainsight.metering.bases import Bases
from mainsight.metering.context import BESIDE_MS, Surroundings, grid, judged
from mainsight.metering.days import DAY_MS, FARTHEST_DAYS, WEEKS, Days, calendar
from mainsight.metering.kin import Kin
from mainsight.metering.outlived import made_late
from mainsight.metering.parameters import Checks, Parameters
from mainsight.metering.row import NO_READINGS, Row
from mainsight.metering.series import Treatment
from mainsight.metering.values import SLOT_MS, Mask
from mainsight.metering.windows import Window, around, far_ms, merged, near_ms, register_window, window
from mainsight.store.metering_port import Edit, MeteringState
from mainsight.store.port import Dirty, FinalValues, Raw, TimeSeriesStore
from mainsight.store.rule_port import OutageState

Asked = tuple[str, tuple[Dirty, ...], tuple[int, int]]
"""A meter, its changed stretches, and the window that is looked at."""


class MeteringNeeds(MeteringState, OutageState, Protocol):
    """What metering reads of the relational state."""


class Reader:
    """Reads for the service; knows how each series is treated."""

    def __init__(
        self, store: TimeSeriesStore, state: MeteringNeeds, network: Network, kin: Kin, bases: Bases, parameters: Parameters
    ) -> None:
        """Read from stores, of a network's meters."""
        self._store = store
        self._state = state
        self._network = network
        self._kin = kin
        self._bases = bases
        self._parameters = parameters
        self._treated: dict[Series, tuple[Treatment, Checks]] = {}

    def forget(self) -> None:
        """Look again at how series are treated: ratios or registers changed."""
        self._treated.clear()

    def treated(self, series: Series) -> tuple[Treatment, Checks]:
        """How a series is treated, and what is asked of it; a meter that is not registered is treated plainly."""
        if series not in self._treated:
            meter = self._network.meters.get(series.meter)
            if meter is None:
                self._treated[series] = Treatment(series.quantity), Checks(like_days=False)
            else:
                checks = self._parameters.checks(self._network, meter, series.quantity)
                timezone = self._kin.place(meter.id).timezone
                treatment = Treatment.of(meter, series.quantity, self._bases.of(meter.id), checks, timezone)
                self._treated[series] = treatment, checks
        return self._treated[series]

    async def rows(self, asked: Sequence[Asked], closed_ms: int) -> tuple[list[Row], dict[Series, Raw]]:
        """Series of the meters asked for, with the windows that their changes reach, and their readings."""
        found: list[tuple[Series, tuple[Dirty, ...], tuple[int, int]]] = []
        for meter, dirty, looked_at in asked:
            by_series: dict[Series, tuple[Dirty, ...]] = {}
            for one in dirty:
                by_series[one.series] = (*by_series.get(one.series, ()), one)
            states = by_series and all(self.treated(series)[0].kind is Kind.STATUS for series in by_series)
            names = () if states else self._kin.siblings(meter)
            every = dict.fromkeys([*(Series(meter, name) for name in names), *by_series])
            found += [(series, by_series.get(series, ()), looked_at) for series in every]
        windows = {
            series: [window(self.treated(series)[0], one.start_ms, one.end_ms, closed_ms) for one in dirty] for series, dirty, _ in found
        }
        wider = await self._widened(windows, closed_ms)
        # Apart, since a gap may be days long: the others' readings of all these days would not fit in memory.
        raw = await self._raw(windows) | await self._raw(wider)
        windows, raw = await self._placed(found, windows | wider, raw, closed_ms)
        rows = []
        for series, dirty, looked_at in found:
            treatment, checks = self.treated(series)
            due = tuple(one for one in windows[series] if one.write[1] > one.write[0])
            spans = [one.write for one in due] or [looked_at]
            if due or dirty or looked_at[1] > looked_at[0]:
                rows.append(Row(series, treatment, checks, dirty, due, judged(spans, checks)))
        return rows, raw

    async def _raw(self, windows: Mapping[Series, Sequence[Window]]) -> dict[Series, Raw]:
        spans = [one.read for found in windows.values() for one in found]
        wanted = [series for series, found in windows.items() if found]
        if not wanted:
            return {}
        return await self._store.raw_many(wanted, min(a for a, _ in spans), max(b for _, b in spans))

    async def _placed(
        self,
        found: Sequence[tuple[Series, tuple[Dirty, ...], tuple[int, int]]],
        windows: Mapping[Series, list[Window]],
        raw: dict[Series, Raw],
        closed_ms: int,
    ) -> tuple[dict[Series, list[Window]], dict[Series, Raw]]:
        """Look further for the neighbours of registers that have none nearby, and place the registers' windows by them."""
        registers = [(series, one) for series, dirty, _ in found for one in dirty if self.treated(series)[0].kind is Kind.REGISTER]
        lonely = [(series, one) for series, one in registers if not self._place(series, one, raw, closed_ms)[1]]
        if lonely:
            reach = max(far_ms(self.treated(series)[0]) for series, _ in lonely)
            start_ms, end_ms = min(one.start_ms for _, one in lonely), max(one.end_ms for _, one in lonely)
            raw = raw | await self._store.raw_many(list({series for series, _ in lonely}), start_ms - reach, end_ms + reach)
        placed = dict(windows)
        for series, _ in registers:
            placed[series] = []
        for series, one in registers:
            write = self._place(series, one, raw, closed_ms)[0]
            placed[series].append(Window(write, write, write))
        return placed, raw

    def _place(self, series: Series, dirty: Dirty, raw: Mapping[Series, Raw], closed_ms: int) -> tuple[tuple[int, int], bool]:
        readings = raw.get(series, NO_READINGS)
        found, whole = register_window(readings.time_ms, dirty.start_ms, dirty.end_ms, closed_ms)
        # Nothing can follow what reaches to the present, so that only the past is looked for there.
        if not whole and dirty.end_ms + near_ms(self.treated(series)[0]) > closed_ms:
            whole = int(np.searchsorted(readings.time_ms, dirty.start_ms)) > 0
        return found, whole

    async def _widened(self, windows: dict[Series, list[Window]], closed_ms: int) -> dict[Series, list[Window]]:
        """Windows of gauges that border on a gap, or on its estimates: they reach over all of it, so that it is estimated as a whole."""
        gauges = [
            series
            for series, found in windows.items()
            if found and self.treated(series)[0].kind is Kind.GAUGE and self.treated(series)[1].like_days
        ]
        if not gauges:
            return {}
        start = min(one.write[0] for series in gauges for one in windows[series])
        end = max(one.write[1] for series in gauges for one in windows[series])
        edge = await self._store.final(gauges, start - SLOT_MS, end + SLOT_MS)
        open_ended = [s for s in gauges if any(_borders_on_gap(edge.get(s), one, closed_ms) for one in windows[s])]
        if not open_ended:
            return {}
        reach = max(self.treated(series)[1].longest_h for series in open_ended) * HOUR_MS
        known = await self._store.final(open_ended, start - reach, min(end + reach, closed_ms))
        wider = {}
        for series in open_ended:
            writes = [_over_gaps(known.get(series), one.write, reach, closed_ms) for one in windows[series]]
            wider[series] = [around(self.treated(series)[0], write, closed_ms) for write in merged(writes)]
        return wider

    async def around(self, rows: Sequence[Row]) -> Surroundings:
        """What the rows are compared with."""
        series = [row.series for row in rows]
        spans = [row.judged for row in rows] + [one.context for row in rows for one in row.due]
        time_ms = grid(spans)
        start_ms, end_ms = int(time_ms[0]), int(time_ms[-1]) + SLOT_MS
        place = self._kin.place(series[0].meter)
        days = calendar(place.timezone, place.country)
        relatives = {one for row in rows for one in self._relatives(row)}
        breakers = {one for row in rows for one in self._kin.nearby_breakers(row.series.meter)}
        near = await self._store.intervals([*relatives, *breakers], start_ms, end_ms, SLOT_MS // 1000) if relatives or breakers else {}
        looked_at = min(row.judged[0] for row in rows) - BESIDE_MS, max(row.judged[1] for row in rows) + BESIDE_MS
        like = await self._like(rows, time_ms, looked_at, days)
        is_open = np.stack([_opened(self._kin.breakers(row.series.meter), near, len(time_ms)) for row in rows])
        nearby = np.stack([_opened(self._kin.nearby_breakers(row.series.meter), near, len(time_ms)) for row in rows])
        explained = nearby | await self._excused(rows, time_ms)
        edits: dict[Series, list[Edit]] = {}
        for edit in await self._state.edits(None, start_ms, end_ms):
            edits.setdefault(edit.series, []).append(edit)
        return Surroundings(
            time_ms=time_ms,
            stored=await self._store.final(series, start_ms, end_ms),
            like=like,
            others={one: _measured(near[one]) for one in relatives},
            open=is_open,
            explained=explained,
            days=days,
            edits=edits,
        )

    def _relatives(self, row: Row) -> tuple[Series, ...]:
        if row.series.meter not in self._network.meters:
            return ()
        check = self._kin.check(row.series)
        children = self._kin.children(row.series) if row.checks.balance is not None else ()
        return children if check is None else (*children, check)

    async def _like(self, rows: Sequence[Row], time_ms: IntArray, looked_at: tuple[int, int], days: Days) -> FloatArray:
        """Measured values of the rows at the same clock time one to four weeks before."""
        like = np.full((len(rows), len(WEEKS), len(time_ms)), np.nan)
        asked = [number for number, row in enumerate(rows) if _is_compared(row.checks)]
        inside = (time_ms >= looked_at[0]) & (time_ms < looked_at[1])
        if not asked or not inside.any():
            return like
        rows_of, columns_of = np.array(asked)[:, None], np.flatnonzero(inside)
        for week in WEEKS:
            at = days.back(time_ms[inside], 7 * week)
            good = ~days.is_holiday(at)
            series = [rows[number].series for number in asked]
            found = await self._store.intervals(series, int(at.min()), int(at.max()) + SLOT_MS, SLOT_MS // 1000)
            known = [found[one] for one in series]
            place = (at - int(known[0].start_ms[0])) // SLOT_MS
            value, quality = np.stack([one.value for one in known])[:, place], np.stack([one.quality for one in known])[:, place]
            like[rows_of, week - 1, columns_of] = np.where(good & (quality >= Quality.MEASURED), value, np.nan)
        return like

    async def _excused(self, rows: Sequence[Row], time_ms: IntArray) -> Mask:
        """Where a notice of an outage or a closed customer explains what was measured."""
        excused = np.zeros((len(rows), len(time_ms)), np.bool_)
        end_ms = int(time_ms[-1]) + SLOT_MS
        notices = [one for one in await self._state.planned_outages(int(time_ms[0]), end_ms) if one.withdrawn_ms is None]
        for number, row in enumerate(rows):
            above = self._kin.above(row.series.meter)
            for one in notices:
                if one.asset in above:
                    excused[number] |= (time_ms + SLOT_MS > one.start_ms) & (time_ms < one.end_ms)
            for first, last in self._closed(row.series.meter):
                excused[number] |= (time_ms >= first) & (time_ms < last)
        return excused

    def _closed(self, meter_id: str) -> list[tuple[int, int]]:
        meter = self._network.meters.get(meter_id)
        timezone = self._kin.place(meter_id).timezone
        return [
            (day_start_ms(first, timezone), day_start_ms((last or date(9998, 12, 31)) + timedelta(days=1), timezone))
            for first, last in (meter.closed if meter is not None else ())
        ]

    async def made_late(self, raw: Mapping[Series, Raw], time_ms: IntArray, raw_from_ms: int) -> dict[Series, IntArray]:
        """See `outlived.made_late`: of series with readings from where readings are gone, which came late."""
        late = [one for one, found in raw.items() if len(found.time_ms) and found.time_ms[0] < raw_from_ms]
        if not late or raw_from_ms <= time_ms[0]:
            return {}
        return made_late(await self._state.final_revisions(late, int(time_ms[0]), raw_from_ms, 0), time_ms)

    async def far(self, series: Sequence[Series], time_ms: IntArray) -> dict[Series, Intervals]:
        """Final values of weeks past and of the range itself, of series with gaps to fill."""
        wanted = [one for one in series if self.treated(one)[1].like_days and quantity(one.quantity).kind is not Kind.STATUS]
        if not wanted:
            return {}
        start_ms = int(time_ms[0]) - (FARTHEST_DAYS + 1) * DAY_MS
        return await self._store.intervals(wanted, start_ms, int(time_ms[-1]) + SLOT_MS, SLOT_MS // 1000)


def _opened(breakers: Sequence[Series], near: Mapping[Series, Intervals], n: int) -> Mask:
    """Where one of the breakers was open."""
    is_open = np.zeros(n, np.bool_)
    for breaker in breakers:
        is_open |= near[breaker].value == 0
    return is_open


def _is_compared(checks: Checks) -> bool:
    return any(value is not None for value in (checks.spike, checks.step, checks.zero, checks.history))


def _measured(found: Intervals) -> FloatArray:
    return np.where(found.quality >= Quality.MEASURED, found.value, np.nan)


def _solid(final: FinalValues | None) -> IntArray:
    """Instants whose values are not estimates."""
    return np.empty(0, np.int64) if final is None else final.time_ms[final.quality != Quality.ESTIMATED]


def _borders_on_gap(final: FinalValues | None, found: Window, closed_ms: int) -> bool:
    """Whether nothing is known before a window, or only an estimate before or after it."""
    if final is None:
        return True
    before, after = (_quality_at(final, at) for at in (found.write[0] - SLOT_MS, found.write[1]))
    return before in {None, int(Quality.ESTIMATED)} or (after == Quality.ESTIMATED and found.write[1] < closed_ms)


def _quality_at(final: FinalValues, at_ms: int) -> int | None:
    place = int(np.searchsorted(final.time_ms, at_ms))
    there = place < len(final.time_ms) and final.time_ms[place] == at_ms
    return int(final.quality[place]) if there else None


def _over_gaps(final: FinalValues | None, write: tuple[int, int], reach: int, closed_ms: int) -> tuple[int, int]:
    """A window widened over what is missing or estimated beside it, to the nearest values that are neither."""
    solid = _solid(final)
    before = solid[(solid < write[0]) & (solid >= write[0] - reach)]
    after = solid[(solid >= write[1]) & (solid < write[1] + reach)]
    start = int(before[-1]) + SLOT_MS if len(before) else write[0]
    end = min(int(after[0]), closed_ms) if len(after) else write[1]
    return min(start, write[0]), max(end, write[1])

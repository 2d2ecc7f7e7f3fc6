"""What people do with final values: look at them as they were, edit them, change a meter's ratio or register, take it back.

Whatever is decided is durable when a call returns, and the stretch is marked; the service that computes final values, in this
process or another, does the rest within seconds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray, Intervals
from mainsight.core.network import RATIO_UNITS, Meter, Network
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Series
from mainsight.core.topology import zone_of
from mainsight.core.zonetime import DAY_S, day_start_ms, local_day, rfc3339
from mainsight.metering.agreement import sibling_missing
from mainsight.metering.as_of import finals_as_of, intervals_as_of, raw_as_of, total_as_of
from mainsight.metering.changes import Basis
from mainsight.metering.edits import EditError, check
from mainsight.metering.parameters import Checks
from mainsight.metering.rules import Rule
from mainsight.metering.series import Treatment, final_values, never_negative
from mainsight.metering.values import SLOT_MS, Mask, edges
from mainsight.store.metering_port import Edit, MeterChange, MeteringState, Undone
from mainsight.store.port import Dirty, FinalValues, Level, Raw, TimeSeriesStore
from mainsight.store.rollup import Grid, roll_up

LONGEST_PREVIEW_MS = 92 * DAY_S * 1000
"""A preview shows at most so much of what a change moves."""


class ChangeError(ValueError):
    """A change of a meter that makes no sense; the message says what to mend, `field` of the change where."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """Quarter hours of one series, raw beside final, arrays of shape (n,); NaN where nothing is known.

    Attributes:
        start_ms: of the quarter hours.
        final: final value.
        quality, rule, version: of the final value; rank 0 where it is missing, with rule V18 where most other series of the meter
            have a value; version 0 where it was replaced since.
        raw: last reading in the quarter hour, as the meter sent it.
        raw_count: readings in it.
        edit: id of the edit that holds; 0 for none.

    """

    start_ms: IntArray
    final: FloatArray
    quality: IntArray
    rule: tuple[str, ...]
    version: IntArray
    raw: FloatArray
    raw_count: IntArray
    edit: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """What a change moves of one series, by local day: sums of a register, means of a gauge; NaN where nothing is known."""

    series: Series
    start_ms: IntArray
    before: FloatArray
    after: FloatArray


class MeteringDesk:
    """Answers and records; computes nothing that is stored."""

    def __init__(self, store: TimeSeriesStore, state: MeteringState, network: Network, timezone: str, clock: Callable[[], int]) -> None:
        """`timezone` is that of the store's days; `clock` gives UTC milliseconds."""
        self._store = store
        self._state = state
        self._network = network
        self._timezone = timezone
        self._clock = clock

    async def intervals(self, series: Sequence[Series], start_ms: int, end_ms: int, step_s: int, as_of_ms: int) -> dict[Series, Intervals]:
        """Final values on a grid as known at an instant; see `TimeSeriesStore.intervals`."""
        return await intervals_as_of(self._store, self._state, series, Grid.of(start_ms, end_ms, step_s, self._timezone), as_of_ms)

    async def total(self, series: Mapping[Series, float], start_ms: int, end_ms: int, step_s: int, as_of_ms: int) -> Intervals:
        """Weighted sum as known at an instant; see `TimeSeriesStore.total`."""
        return await total_as_of(self._store, self._state, series, Grid.of(start_ms, end_ms, step_s, self._timezone), as_of_ms)

    async def raw(self, series: Series, start_ms: int, end_ms: int, as_of_ms: int | None = None) -> Raw:
        """Raw readings, now or as known at an instant."""
        raw = await self._store.raw(series, start_ms, end_ms)
        return raw if as_of_ms is None else raw_as_of(raw, await self._store.revisions(series, start_ms, end_ms), as_of_ms)

    async def slots(self, series: Series, start_ms: int, end_ms: int, as_of_ms: int | None = None) -> Slots:
        """Quarter hours of a range, raw beside final, now or as known at an instant."""
        borders = edges(start_ms, end_ms)
        start_ms, end_ms = int(borders[0]), int(borders[-1])
        every = [series, *self._siblings(series)]
        if as_of_ms is None:
            finals: Mapping[Series, FinalValues] = await self._store.final(every, start_ms, end_ms)
        else:
            finals = await finals_as_of(self._store, self._state, every, start_ms, end_ms, as_of_ms)
        raw = await self.raw(series, start_ms, end_ms, as_of_ms)
        known = as_of_ms if as_of_ms is not None else self._clock()
        edits = [edit for edit in await self._state.edits([series], start_ms, end_ms) if _held(edit, known)]
        there = [_measured(borders[:-1], finals.get(one)) for one in every]
        return _slots(borders, finals.get(series), raw, edits, sibling_missing(there[0], there[1:]))

    def _siblings(self, series: Series) -> list[Series]:
        meter = self._network.meters.get(series.meter)
        names = () if meter is None or quantity(series.quantity).kind is Kind.STATUS else meter.quantities
        return [Series(series.meter, name) for name in names if name != series.quantity and quantity(name).kind is not Kind.STATUS]

    async def edit(self, edit: Edit) -> Edit:
        """Keep an edit, with what was there before, and have it applied.

        Raises:
            EditError: it makes no sense.

        """
        check(edit, self._clock())
        meter = self._network.meters.get(edit.meter)
        if min(edit.values, default=0.0) < 0 and never_negative(edit.quantity, bidirectional=meter is not None and meter.bidirectional):
            raise EditError(f"{edit.quantity} of {edit.meter} is never negative", "values")
        final = (await self._store.final([edit.series], edit.start_ms, edit.end_ms)).get(edit.series)
        if edit.action == "confirm" and final is None:
            raise EditError("there is nothing to confirm: no value is known there; set says what it was", "action")
        edit = replace(edit, before=() if final is None else _rows(final))
        edit = replace(edit, id=await self._state.save_edit(edit))
        await self._store.mark([Dirty(edit.series, edit.start_ms, edit.end_ms)])
        return edit

    async def undo_edit(self, number: int, by: Undone) -> Edit | None:
        """Take an edit back; None where there is none of that id."""
        edit = await self._state.undo_edit(number, by)
        if edit is not None:
            await self._store.mark([Dirty(edit.series, edit.start_ms, edit.end_ms)])
        return edit

    async def preview(self, change: MeterChange) -> list[Shift]:
        """What a change would move, up to 92 days of it, out of readings alone (without estimates of longer gaps and edits).

        Raises:
            ChangeError: it makes no sense.

        """
        await self._check(change)
        meter = self._network.meters[change.meter]
        changes = await self._state.meter_changes(meter.id)
        greatest = max((one.id for one in changes), default=0) + 1
        bases = [self._basis(meter, changes), self._basis(meter, [*changes, replace(change, id=greatest)])]
        start_ms = day_start_ms(local_day(change.from_ms, self._timezone), self._timezone)
        end_ms = min(self._clock() // SLOT_MS * SLOT_MS, start_ms + LONGEST_PREVIEW_MS)
        if end_ms <= start_ms:
            return []
        return [await self._shift(meter, name, bases, start_ms, end_ms) for name in self._touched(meter, change)]

    async def change(self, change: MeterChange) -> MeterChange:
        """Keep a change of a meter; final values from its instant on are computed again.

        Raises:
            ChangeError: it makes no sense.

        """
        await self._check(change)
        return replace(change, id=await self._state.save_change(change))

    async def undo_change(self, number: int, by: Undone) -> MeterChange | None:
        """Take a change back; final values from its instant on are computed again. None where there is none of that id.

        Raises:
            ChangeError: readings are not kept from its instant on.

        """
        await self._check_readings(next((one.from_ms for one in await self._state.meter_changes() if one.id == number), None))
        return await self._state.undo_change(number, by)

    async def _check_readings(self, from_ms: int | None) -> None:
        since_ms = (await self._store.kept_from()).get(Level.RAW, 0)
        if from_ms is not None and from_ms < since_ms:
            since = rfc3339(since_ms)
            raise ChangeError(
                f"readings are kept from {since} on, and nothing before can be computed again: begin there or later", "from_ms"
            )

    async def _check(self, change: MeterChange) -> None:
        await self._check_readings(change.from_ms)
        meter = self._network.meters[change.meter]
        if change.factor is None and not change.registers:
            raise ChangeError("say the new factor, or the registers of the exchange, or both", "factor")
        if change.factor is not None and not (np.isfinite(change.factor) and change.factor > 0):
            raise ChangeError("the factor must be positive", "factor")
        if not change.reason.strip():
            raise ChangeError("say why: a reason is part of every change", "reason")
        timezone = self._zone_of(meter)
        if change.factor is not None and change.from_ms != day_start_ms(local_day(change.from_ms, timezone), timezone):
            raise ChangeError(f"a factor holds from the start of a local day ({timezone})", "from_ms")
        for name, values in change.registers.items():
            if name not in meter.quantities or quantity(name).kind is not Kind.REGISTER:
                raise ChangeError(f"meter {meter.id!r} has no register {name!r}", f"registers/{name}")
            if not np.all(np.isfinite(values)):
                raise ChangeError(f"{name}: both readings must be finite", f"registers/{name}")

    def _basis(self, meter: Meter, changes: Sequence[MeterChange]) -> Basis:
        return Basis.of(meter, changes, self._zone_of(meter))

    def _zone_of(self, meter: Meter) -> str:
        zone = zone_of(self._network, meter.id)
        return self._network.zones[zone].timezone if zone is not None else self._timezone

    @staticmethod
    def _touched(meter: Meter, change: MeterChange) -> list[str]:
        scaled = [name for name in meter.quantities if change.factor is not None and quantity(name).unit in RATIO_UNITS]
        return list(dict.fromkeys([*scaled, *change.registers]))

    async def _shift(self, meter: Meter, name: str, bases: Sequence[Basis], start_ms: int, end_ms: int) -> Shift:
        series = Series(meter.id, name)
        raw = await self._store.raw(series, start_ms - DAY_S * 1000, end_ms + DAY_S * 1000)
        borders = edges(start_ms, end_ms)
        onto = Grid.of(start_ms, end_ms, DAY_S, self._timezone)
        told = []
        for basis in bases:
            values = final_values(raw, borders, Treatment.of(meter, name, basis, Checks(), self._timezone))
            there = values.quality != Quality.MISSING
            told.append(roll_up(quantity(name).kind, borders[:-1][there], values.value[there], values.quality[there], onto).value)
        return Shift(series, onto.start_ms, told[0], told[1])


def _held(edit: Edit, at_ms: int) -> bool:
    return edit.made_ms <= at_ms and (edit.undone is None or edit.undone.at_ms > at_ms)


def _rows(final: FinalValues) -> tuple[tuple[int, float, str, str], ...]:
    columns = (final.time_ms.tolist(), final.value.tolist(), [Quality(rank).label for rank in final.quality.tolist()], final.rule)
    return tuple(zip(*columns, strict=True))


def _measured(starts: IntArray, final: FinalValues | None) -> Mask:
    there = np.zeros(len(starts), np.bool_)
    if final is not None:
        there[np.searchsorted(starts, final.time_ms)] = final.quality >= Quality.SUSPECT
    return there


def _slots(borders: IntArray, final: FinalValues | None, raw: Raw, edits: Sequence[Edit], alone: Mask) -> Slots:
    """Put side by side what was read; `alone` are quarter hours that most other series of the meter have."""
    starts = borders[:-1]
    n = len(starts)
    value, quality, version, rule = np.full(n, np.nan), np.zeros(n, np.int64), np.zeros(n, np.int64), [""] * n
    if final is not None:
        place = np.searchsorted(starts, final.time_ms)
        value[place], quality[place], version[place] = final.value, final.quality, final.version
        for at, one in zip(place.tolist(), final.rule, strict=True):
            rule[at] = one
    after = np.searchsorted(raw.time_ms, borders)
    count = np.diff(after)
    last = np.full(n, np.nan)
    last[count > 0] = raw.value[after[1:][count > 0] - 1]
    held = np.zeros(n, np.int64)
    for edit in sorted(edits, key=lambda one: one.id):
        held[(starts >= edit.start_ms) & (starts < edit.end_ms)] = edit.id
    for at in np.flatnonzero(alone & (quality == Quality.MISSING) & (held == 0)).tolist():
        rule[at] = Rule.V18.id
    return Slots(starts, value, quality, tuple(rule), version, last, count, held)

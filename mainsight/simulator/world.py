"""A province as a function of time: the same values however and whenever it is asked."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from threading import RLock
from typing import Self

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import Network
from mainsight.core.readings import Series
from mainsight.core.zonetime import rfc3339
from mainsight.simulator.curves import DAY_MS, Moments
from mainsight.simulator.days import Days
from mainsight.simulator.faults import FaultPlan
from mainsight.simulator.instruments import Instruments
from mainsight.simulator.province import Day, Province, Snapshot, State
from mainsight.simulator.settings import SimulatorSettings
from mainsight.simulator.tampering import Tampering

_DAYS_KEPT = 4


class BeforeEpochError(ValueError):
    """A time lies before the day on which the world begins."""


class World:
    """What every meter of a network says at any instant since the epoch.

    Deterministic for (network, settings, holidays, faults, instant). Days are integrated one after the other from the epoch
    when they are first asked for (a few milliseconds a day); the states between them are kept. Safe to use from threads.
    """

    def __init__(self, network: Network, settings: SimulatorSettings, holidays: Mapping[date, str], plan: FaultPlan | None = None) -> None:
        """Take a network, settings, public holidays by date (`tet` or `holiday`) and faults.

        Raises:
            PlanError: the settings name a substation that is not there, or a customer's meter stands where none can.
            InstrumentError: a meter has a quantity that nothing at its place can give.
            DaysError: a holiday of an unknown kind.

        """
        province = Province(network, settings, Days(holidays))
        epoch = settings.epoch
        epoch_ms = int(datetime(epoch.year, epoch.month, epoch.day, tzinfo=UTC).timestamp()) * 1000
        self._set_up(province, epoch_ms, plan or FaultPlan(), [province.begin(epoch_ms)])
        self._instruments = Instruments(province, self._snapshot_at(epoch_ms), epoch_ms)

    def _set_up(self, province: Province, epoch_ms: int, plan: FaultPlan, states: list[State]) -> None:
        self.province, self.network = province, province.network
        self.plan = plan
        self.epoch_ms = epoch_ms
        self._states = states
        self._days: OrderedDict[int, Day] = OrderedDict()
        self._lock = RLock()
        self._tampering = Tampering(plan)
        self._dead = province.dead(plan)

    def with_faults(self, plan: FaultPlan) -> Self:
        """Give the same world with other faults; what lies before the first change is not computed again."""
        other = object.__new__(type(self))
        old, new = self.plan.of_assets, plan.of_assets
        changed = [fault for fault in old if fault not in new] + [fault for fault in new if fault not in old]
        with self._lock:
            kept = len(self._states)
            if changed:
                first = min(fault.start_ms for fault in changed)
                kept = max(1, min(kept, (first - self.epoch_ms) // DAY_MS + 1))
            other._set_up(self.province, self.epoch_ms, plan, self._states[:kept])
        other._instruments = self._instruments
        return other

    def series(self, meter_ids: Sequence[str], time_ms: IntArray) -> dict[Series, FloatArray]:
        """What meters say at ascending instants (UTC ms, shape (n,)): {series: values}, shape (n,), canonical units.

        Values are at the meters' terminals (the ratio in force is taken out), with the faults of the plan in them. Where a
        meter is silent they are NaN. Stamps that a drifting clock puts on them are told by `stamps`.

        Raises:
            BeforeEpochError: an instant lies before the epoch.
            KeyError: there is no such meter.

        """
        wanted = [(m, q) for m in meter_ids for q in self.network.meters[m].quantities]
        parts: dict[Series, list[FloatArray]] = {Series(m, q): [] for m, q in wanted}
        for start, end in _days_of(time_ms):
            told = self.readout(time_ms[start:end])
            for series, values in parts.items():
                values.append(told[series.quantity][self._instruments.row(series)])
        return {series: np.concatenate(values) if values else np.empty(0) for series, values in parts.items()}

    def readout(self, time_ms: IntArray) -> dict[str, FloatArray]:
        """All meters at instants of one UTC day, by quantity, shape (meters that have it, n); see `Instruments.row`."""
        with self._lock:
            snapshot = self._snapshot(time_ms)
            told = self._instruments.read(snapshot, self._dead, self._snapshot_at)
            self._tampering.apply(told, time_ms, self._instruments, self._quantities, self._true)
        return told

    @property
    def instruments(self) -> Instruments:
        """Which row of a readout is whose."""
        return self._instruments

    def stamps(self, meter_id: str, time_ms: IntArray) -> IntArray:
        """What a meter's own clock says at instants, UTC milliseconds."""
        return self._tampering.stamps(meter_id, time_ms)

    def temperature(self, time_ms: IntArray) -> FloatArray:
        """Outdoor temperature of the province, degC, shape (n,)."""
        return self.province.weather.temperature(time_ms)

    def _true(self, instant_ms: int) -> dict[str, FloatArray]:
        """All meters at one instant as they would be without faults of their own; at the epoch for anything earlier."""
        return self._instruments.read(self._snapshot_at(max(instant_ms, self.epoch_ms)), self._dead, self._snapshot_at)

    def _quantities(self, meter_id: str) -> tuple[str, ...]:
        return self.network.meters[meter_id].quantities

    def _snapshot_at(self, instant_ms: int) -> Snapshot:
        return self._snapshot(np.array([instant_ms], dtype=np.int64))

    def _snapshot(self, time_ms: IntArray) -> Snapshot:
        day = self._day(int(time_ms[0]))
        return self.province.at(day, Moments.of(day.start_ms, time_ms))

    def _day(self, instant_ms: int) -> Day:
        number = (instant_ms - self.epoch_ms) // DAY_MS
        if number < 0:
            message = f"{rfc3339(instant_ms)} is before the simulated world begins ({rfc3339(self.epoch_ms)}): set an earlier epoch"
            raise BeforeEpochError(message)
        while len(self._states) <= number:
            self._states.append(self.province.after(self._integrate(len(self._states) - 1)))
        return self._integrate(number)

    def _integrate(self, number: int) -> Day:
        kept = self._days.get(number)
        if kept is None:
            kept = self.province.day(self.epoch_ms + number * DAY_MS, self._states[number], self.plan)
            self._days[number] = kept
            while len(self._days) > _DAYS_KEPT:
                self._days.popitem(last=False)
        return kept


def _days_of(time_ms: IntArray) -> list[tuple[int, int]]:
    """Index ranges of ascending instants that fall on one UTC day."""
    if not len(time_ms):
        return []
    cuts = np.flatnonzero(np.diff(time_ms // DAY_MS)) + 1
    edges = [0, *cuts.tolist(), len(time_ms)]
    return list(pairwise(edges))

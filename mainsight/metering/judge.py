"""All series of a network judged at once, in memory: what the service does piece by piece, for scoring rules and trying parameters."""

from collections.abc import Mapping, Sequence

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray, Intervals
from mainsight.core.network import Network
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Series
from mainsight.metering.before import base_values
from mainsight.metering.changes import Basis
from mainsight.metering.context import Surroundings, grid, work
from mainsight.metering.days import WEEKS, Days, calendar
from mainsight.metering.kin import Kin, Place
from mainsight.metering.parameters import Parameters
from mainsight.metering.row import Row
from mainsight.metering.series import Treatment
from mainsight.metering.values import SLOT_MS, Mask, Values
from mainsight.metering.windows import Window
from mainsight.store.port import Raw

_ROWS = 200
"""Series at a time."""


class Judge:
    """Judges readings of a network over one range."""

    def __init__(self, network: Network, parameters: Parameters, start_ms: int, end_ms: int) -> None:
        """The range is [start, end), UTC milliseconds; what lies before its first week has nothing to be compared with."""
        self._network = network
        self._parameters = parameters
        self._kin = Kin(network)
        self._window = Window((start_ms, end_ms), (start_ms, end_ms), (start_ms, end_ms))
        self.time_ms: IntArray = grid([(start_ms, end_ms)])
        self._measured: dict[Series, FloatArray] = {}
        self._open: dict[Series, Mask] = {}

    def judge(self, raw: Mapping[Series, Raw]) -> dict[Series, Values]:
        """Values of every series on `time_ms`, with the rules that spoke; meters after those that they are compared with."""
        found: dict[Series, Values] = {}
        for level in (-1, 0, 1, 2):
            rows: dict[Place, list[Row]] = {}
            for series in sorted(raw):
                if self._level(series) == level:
                    rows.setdefault(self._kin.place(series.meter), []).append(self._row(series))
            for place, chosen in rows.items():
                for part in _parts(chosen):
                    found |= self._work(part, raw, calendar(place.timezone, place.country))
        return found

    def _level(self, series: Series) -> int:
        return -1 if quantity(series.quantity).kind is Kind.STATUS else self._kin.level(series.meter)

    def _row(self, series: Series) -> Row:
        meter = self._network.meters[series.meter]
        checks = self._parameters.checks(self._network, meter, series.quantity)
        timezone = self._kin.place(meter.id).timezone
        treatment = Treatment.of(meter, series.quantity, Basis.of(meter, (), timezone), checks, timezone)
        return Row(series, treatment, checks, (), (self._window,), self._window.write)

    def _work(self, rows: Sequence[Row], raw: Mapping[Series, Raw], days: Days) -> dict[Series, Values]:
        """Judge twice: the second time like days are without what the first doubted, as they are when weeks are judged one by one."""
        values = base_values(rows, raw, self.time_ms, {})
        for _ in range(2):
            known = np.where(values.quality >= Quality.MEASURED, values.value, np.nan)
            values = base_values(rows, raw, self.time_ms, {})
            far = {row.series: _intervals(self.time_ms, one) for row, one in zip(rows, known, strict=True)}
            work(rows, values, self._around(rows, known, days), far, self._kin, int(self.time_ms[-1]))
        for number, row in enumerate(rows):
            one = values.row(number)
            self._measured[row.series] = np.where(one.quality >= Quality.MEASURED, one.value, np.nan)
            if row.series.quantity == "breaker_closed":
                self._open[row.series] = one.value == 0
        return {row.series: values.row(number) for number, row in enumerate(rows)}

    def _around(self, rows: Sequence[Row], known: FloatArray, days: Days) -> Surroundings:
        back = [days.back(self.time_ms, 7 * week) for week in WEEKS]
        place = [np.where(days.is_holiday(at), -1, _shift(self.time_ms, at)) for at in back]
        like = np.stack([np.where(at >= 0, known[:, at], np.nan) for at in place], axis=1)
        relatives = {one for row in rows for one in (*self._kin.children(row.series), self._kin.check(row.series)) if one is not None}
        return Surroundings(
            time_ms=self.time_ms,
            stored={},
            like=like,
            others={one: self._measured[one] for one in relatives if one in self._measured},
            open=np.stack([self._opened(self._kin.breakers(row.series.meter)) for row in rows]),
            explained=np.stack([self._opened(self._kin.nearby_breakers(row.series.meter)) for row in rows]),
            days=days,
            edits={},
        )

    def _opened(self, breakers: Sequence[Series]) -> Mask:
        is_open = np.zeros(len(self.time_ms), np.bool_)
        for breaker in breakers:
            if breaker in self._open:
                is_open |= self._open[breaker]
        return is_open


def _parts(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows by about `_ROWS`, those of one meter together."""
    parts: list[list[Row]] = []
    for row in rows:
        if parts and (len(parts[-1]) < _ROWS or parts[-1][-1].series.meter == row.series.meter):
            parts[-1].append(row)
        else:
            parts.append([row])
    return parts


def _shift(time_ms: IntArray, at: IntArray) -> IntArray:
    """Places of instants on the grid; -1 before it."""
    place: IntArray = np.maximum((at - time_ms[0]) // SLOT_MS, -1)
    return place


def _intervals(time_ms: IntArray, known: FloatArray) -> Intervals:
    there = np.isfinite(known)
    quality = np.where(there, np.uint8(Quality.MEASURED), np.uint8(Quality.MISSING))
    return Intervals(time_ms, known, known, known, quality, there.astype(np.float64), SLOT_MS // 1000)

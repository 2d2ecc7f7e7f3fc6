"""One series from readings to final values: which rules apply to it, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mainsight.core.factors import Steps
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import RATIO_UNITS, Meter
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Flag
from mainsight.core.zonetime import HOUR_MS, SECOND_MS, day_start_ms
from mainsight.metering.changes import Basis, Exchange
from mainsight.metering.gauges import lasts, means_of, stands_until
from mainsight.metering.parameters import Checks
from mainsight.metering.ragged import Ragged, end_to_end
from mainsight.metering.registers import Register, increments
from mainsight.metering.rules import Rule
from mainsight.metering.values import SLOT_MS, Mask, Values, holding, overlap_ms
from mainsight.store.port import Raw

ONE_WAY = frozenset({"power", "power_export", "apparent_power", "flow", "heat_power"})
"""Gauges that are negative only where a meter is bidirectional."""
RATE_OF = {
    "energy_import": "power",
    "energy_export": "power_export",
    "reactive_energy_import": "reactive_power_import",
    "reactive_energy_export": "reactive_power_export",
    "volume": "flow",
    "heat_energy": "heat_power",
}
"""Gauge whose limits bound how fast a register can rise."""
DEFAULT_INTERVAL_S = 900


@dataclass(frozen=True, slots=True)
class Treatment:
    """What metering has to know of a series, taken from its meter.

    Attributes:
        quantity: full name.
        interval_ms: registered interval.
        limits: least and greatest possible reading, at the meter's terminals.
        greatest_rate: most a register can rise, a unit an hour.
        one_way: negative values are suspect.
        register_max: where a register rolls over.
        factors: (from when, factor) in order of time: CT/VT ratio or pulse weight by its date.
        exchanges: of its register.
        installed_ms: readings before are none of the meter's.
        sentinels: readings that stand for "no value".
        ahead_ms: how far ahead of its arrival a reading may be.

    """

    quantity: str
    interval_ms: int = DEFAULT_INTERVAL_S * SECOND_MS
    limits: tuple[float, float] = (-np.inf, np.inf)
    greatest_rate: float = np.inf
    one_way: bool = False
    register_max: float | None = None
    factors: Steps = ()
    exchanges: tuple[Exchange, ...] = ()
    installed_ms: int = 0
    sentinels: tuple[float, ...] = ()
    ahead_ms: int = 60_000

    @property
    def kind(self) -> Kind:
        """Gauge, register or status."""
        return quantity(self.quantity).kind

    @property
    def register(self) -> Register:
        """How it behaves as a register."""
        return Register(self.interval_ms, self.register_max, self.exchanges)

    @classmethod
    def of(cls, meter: Meter, name: str, basis: Basis, checks: Checks, timezone: str) -> "Treatment":
        """How a quantity of a meter is treated; `timezone` is that of the day it was installed."""
        base, scaled = quantity(name).base, quantity(name).unit in RATIO_UNITS
        unlimited = (-np.inf, np.inf)
        return cls(
            quantity=name,
            interval_ms=meter.interval_s * SECOND_MS,
            limits=meter.limits.get(name, meter.limits.get(base, unlimited)),
            greatest_rate=meter.limits.get(RATE_OF.get(base, ""), unlimited)[1],
            one_way=quantity(name).kind is Kind.GAUGE and never_negative(name, bidirectional=meter.bidirectional),
            register_max=meter.register_max,
            factors=basis.ratios if scaled else (),
            exchanges=basis.exchanges_of(name),
            installed_ms=0 if meter.installed is None else day_start_ms(meter.installed, timezone),
            sentinels=checks.sentinels,
            ahead_ms=round(checks.clock_s * SECOND_MS),
        )


def never_negative(name: str, *, bidirectional: bool) -> bool:
    """Whether values of a quantity are never below zero: increments of registers, and gauges that flow one way."""
    known = quantity(name)
    return known.kind is Kind.REGISTER or (known.base in ONE_WAY and not bidirectional)


def final_values(raw: Raw, borders: IntArray, treatment: Treatment) -> Values:
    """Values of n intervals from raw readings alone, the ratio in force at each interval's start applied.

    Readings outside the limits (V7), sentinels (V6) and those before the meter was installed (V4) are left out; an interval with
    none left is missing or estimated. Increments faster than possible (V7), negative values of a one-way gauge (V8), readings
    the device doubts (V5) and those stamped ahead of their arrival (V4) are suspect.

    Args:
        raw: all readings that can matter: see `registers.NEIGHBOURS` and `gauges.LONGEST_GAP_MS`.
        borders: of n quarter hours, shape (n + 1,).
        treatment: what is known of the series.

    Returns:
        n values: increments of a register, means of a gauge, lasts of a status.

    """
    return final_values_of([raw], [borders], [treatment])


def final_values_of(raw: Sequence[Raw], borders: Sequence[IntArray], treatments: Sequence[Treatment]) -> Values:
    """See `final_values`, of several series at once: intervals of all of them end to end."""
    rows, grid = Ragged.of([len(one.time_ms) for one in raw]), Ragged.of([len(one) for one in borders])
    interval_ms = np.array([one.interval_ms for one in treatments], np.int64)
    shift = end_to_end([one.time_ms for one in raw], borders, int(interval_ms.max()) + SLOT_MS)
    every = _joined(raw)
    line = np.concatenate(borders) + shift[grid.row]
    left_out = _left_out(every, rows, treatments)
    good = ~np.any(list(left_out.values()), axis=0)
    time, kept = every.time_ms + shift[rows.row], rows.kept(good)
    found = {rule: time[where] for rule, where in left_out.items()}
    time, value, row = time[good], every.value[good], kept.row
    values = _plain(kept, time, value, grid, line, shift, treatments)
    inside = grid.between()
    for rule, at in found.items():
        if len(at):
            values.found[holding(at, line)[inside]] |= np.uint32(1 << rule)
    ahead = every.time_ms[good] > every.arrival_ms[good] + np.array([one.ahead_ms for one in treatments])[row]
    one_way = np.array([one.one_way and one.kind is Kind.GAUGE for one in treatments])
    for rule, doubted in ((Rule.V5, (every.flags[good] & Flag.DEVICE) != 0), (Rule.V4, ahead), (Rule.V8, (value < 0) & one_way[row])):
        if doubted.any():
            until = stands_until(time, interval_ms[row])
            values.mark(overlap_ms(time[doubted], until[doubted], line)[inside] > 0, Quality.SUSPECT, rule)
    intervals = Ragged.of((grid.lengths - 1).tolist())
    for number, one in enumerate(treatments):
        if one.factors:
            values.value[intervals.part(number)] *= factors(one, borders[number])
    return values


def _joined(raw: Sequence[Raw]) -> Raw:
    return Raw(*(np.concatenate([getattr(one, name) for one in raw]) for name in ("time_ms", "value", "arrival_ms", "flags")))


def _plain(
    rows: Ragged, time: IntArray, value: FloatArray, grid: Ragged, line: IntArray, shift: IntArray, treatments: Sequence[Treatment]
) -> Values:
    """Values by the kind of each series, and what is wrong with them at first sight; times and borders are shifted."""
    gauge = np.array([one.kind is Kind.GAUGE for one in treatments])
    interval_ms = np.array([one.interval_ms for one in treatments], np.int64)
    if gauge.all():
        return means_of(rows, time, value, grid, line, interval_ms)
    intervals = Ragged.of((grid.lengths - 1).tolist())
    values = Values.of(np.full(int(intervals.first[-1]), np.nan))
    if gauge.any():
        (some, places), (lines, of_lines), (_, into) = rows.chosen(gauge), grid.chosen(gauge), intervals.chosen(gauge)
        values.put(into, means_of(some, time[places], value[places], lines, line[of_lines], interval_ms[gauge]))
    for number in np.flatnonzero(~gauge).tolist():
        own, borders = rows.part(number), line[grid.part(number)] - shift[number]
        values.put(intervals.part(number), _counted(time[own] - shift[number], value[own], borders, treatments[number]))
    return values


def _counted(time_ms: IntArray, value: FloatArray, borders: IntArray, treatment: Treatment) -> Values:
    """Values of a register or a status."""
    if treatment.kind is Kind.STATUS:
        return lasts(time_ms, value, borders)
    values = increments(time_ms, value, borders, treatment.register)
    with np.errstate(invalid="ignore"):
        values.mark(values.value > treatment.greatest_rate * np.diff(borders) / HOUR_MS, Quality.SUSPECT, Rule.V7)
    return values


def _left_out(every: Raw, rows: Ragged, treatments: Sequence[Treatment]) -> dict[Rule, Mask]:
    """Readings that are no values of their series, by rule."""
    row = rows.row
    least, greatest = np.array([one.limits for one in treatments], np.float64).T
    installed_ms = np.array([one.installed_ms for one in treatments], np.int64)
    sentinel = np.zeros(len(row), np.bool_)
    for known in {one.sentinels for one in treatments if one.sentinels}:
        sentinel |= np.isin(every.value, known) & np.array([one.sentinels == known for one in treatments])[row]
    return {
        Rule.V7: (every.value < least[row]) | (every.value > greatest[row]),
        Rule.V6: sentinel,
        Rule.V4: every.time_ms < installed_ms[row],
    }


def factors(treatment: Treatment, borders: IntArray) -> FloatArray:
    """Ratio in force at the start of each interval; 1 before the first.

    Args:
        treatment: of the series.
        borders: of n intervals, shape (n + 1,).

    Returns:
        Shape (n,).

    """
    since = np.array([at for at, _ in treatment.factors], np.int64)
    factor = np.array([1.0, *(one for _, one in treatment.factors)])
    return factor[np.searchsorted(since, borders[:-1], side="right")]

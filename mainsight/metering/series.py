"""One series from readings to final values: which rules apply to it, and in which order."""

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
from mainsight.metering.gauges import lasts, means
from mainsight.metering.parameters import Checks
from mainsight.metering.registers import Register, increments
from mainsight.metering.rules import Rule
from mainsight.metering.values import Mask, Values, holding, overlap_ms
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
            one_way=base in ONE_WAY and not meter.bidirectional,
            register_max=meter.register_max,
            factors=basis.ratios if scaled else (),
            exchanges=basis.exchanges_of(name),
            installed_ms=0 if meter.installed is None else day_start_ms(meter.installed, timezone),
            sentinels=checks.sentinels,
            ahead_ms=round(checks.clock_s * SECOND_MS),
        )


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
    left_out = _left_out(raw, treatment)
    good = ~np.any(list(left_out.values()), axis=0)
    time_ms = raw.time_ms[good]
    values = _plain(time_ms, raw.value[good], borders, treatment)
    for rule, where in left_out.items():
        values.found[holding(raw.time_ms[where], borders)] |= np.uint32(1 << rule)
    ahead = time_ms > raw.arrival_ms[good] + treatment.ahead_ms
    negative = (raw.value[good] < 0) & (treatment.one_way and treatment.kind is Kind.GAUGE)
    for rule, doubted in ((Rule.V5, (raw.flags[good] & Flag.DEVICE) != 0), (Rule.V4, ahead), (Rule.V8, negative)):
        if doubted.any():
            values.mark(_standing(time_ms, doubted, borders, treatment.interval_ms), Quality.SUSPECT, rule)
    if not treatment.factors:
        return values
    return Values(values.value * factors(treatment, borders), values.quality, values.rule, values.found)


def _plain(time_ms: IntArray, value: FloatArray, borders: IntArray, treatment: Treatment) -> Values:
    """Values by the kind of the series, and what is wrong with them at first sight."""
    if treatment.kind is Kind.STATUS:
        return lasts(time_ms, value, borders)
    if treatment.kind is Kind.REGISTER:
        values = increments(time_ms, value, borders, treatment.register)
        with np.errstate(invalid="ignore"):
            values.mark(values.value > treatment.greatest_rate * np.diff(borders) / HOUR_MS, Quality.SUSPECT, Rule.V7)
        return values
    return means(time_ms, value, borders, treatment.interval_ms)


def _left_out(raw: Raw, treatment: Treatment) -> dict[Rule, Mask]:
    """Readings that are no values of the series, by rule."""
    least, greatest = treatment.limits
    found: dict[Rule, Mask] = {Rule.V7: (raw.value < least) | (raw.value > greatest)}
    if treatment.sentinels:
        found[Rule.V6] = np.isin(raw.value, treatment.sentinels)
    if treatment.installed_ms:
        found[Rule.V4] = raw.time_ms < treatment.installed_ms
    return found


def _standing(time_ms: IntArray, chosen: Mask, borders: IntArray, interval_ms: int) -> Mask:
    """Intervals in which some readings stand."""
    until = np.minimum(np.append(time_ms[1:], time_ms[-1] + interval_ms), time_ms + interval_ms)
    standing: Mask = overlap_ms(time_ms[chosen], until[chosen], borders) > 0
    return standing


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

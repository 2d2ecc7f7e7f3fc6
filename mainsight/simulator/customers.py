"""Customers, metered or not, and what they draw over a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.zonetime import DAY_S
from mainsight.simulator import noise
from mainsight.simulator.curves import STEP_MS, STEPS, Curves, Ripple
from mainsight.simulator.days import Days
from mainsight.simulator.sectors import SHAPE_NAMES, SLOT_MIN, Sector, shape_table
from mainsight.simulator.weather import Weather

_DAY_MIN = 1440
_DAY_BEGINS_MIN = 360
"""A working day runs from 06:00 to 06:00: the night shift belongs to the day on which it began."""
_BLEND_MIN = 60
"""Half the time over which one working day gives way to the next."""
_REST_BASE = 0.82
"""Share of the base load that stays on rest days (weighted by how much of the activity goes)."""
_COOL_FROM_DEGC = 21.0
_COOL_FULL_DEGC = 37.0
_RIPPLE_OF_NOISE = 0.25
_RIPPLE_TURNS = ((2, 6), (7, 18))
"""Whole waves in a quarter of an hour, least and most, of the two ripples on every customer's load."""
_STREAMS = ("quarter", "hour", "shift", "days", "day", *(f"{what} {least}" for what in ("ripple", "height") for least, _ in _RIPPLE_TURNS))
_COMMON = ((0.008, 20), (0.014, 96 * 2))
"""What all customers have in common beyond calendar and weather: height, and steps between turning points."""
_YEAR_DAYS = 365.2425


@dataclass(frozen=True, slots=True)
class Customer:
    """Someone who draws power or water at a place of the network.

    Attributes:
        name: meter id, or a name of its own for those without a meter; seeds the noise.
        place: feeder, transformer, district, ... that supplies it.
        sector: how it draws.
        timezone: zone of time it lives in.
        peak: demand at full activity on the hottest days, before growth, kW or m3/h.

    """

    name: str
    place: str
    sector: Sector
    timezone: str
    peak: float


class Customers:
    """All customers of one utility, in a fixed order; arrays below have one row for each."""

    def __init__(self, customers: Sequence[Customer], seed: int) -> None:
        """Draw each customer's own habits (shape of day, offset, rest days) from its name and the seed."""
        self.all = tuple(customers)
        names = [customer.name for customer in customers]
        self.peak = np.array([customer.peak for customer in customers])
        sectors = [customer.sector for customer in customers]
        habits = noise.uniform(noise.keys(seed, names, "habits"), np.arange(4, dtype=np.int64))
        self._shape = np.array([_draw(s.shapes, float(u)) for s, u in zip(sectors, habits[:, 0], strict=True)], dtype=np.int64)
        self._offset_min = np.rint((habits[:, 1] - 0.5) * 8).astype(np.int64) * SLOT_MIN
        self._base = _column(sectors, "base")
        self._cooling = _column(sectors, "cooling")
        self._saturday = _column(sectors, "saturday") * (0.9 + 0.1 * habits[:, 2:3])
        self._sunday = _column(sectors, "sunday") * (0.7 + 0.5 * habits[:, 3:4])
        self._tet = _column(sectors, "tet")
        self._noise = _column(sectors, "noise")
        self._pf_full, self._pf_low = _column(sectors, "pf_full"), _column(sectors, "pf_low")
        self._streams = {purpose: noise.keys(seed, names, purpose) for purpose in _STREAMS}
        self._common = noise.keys(seed, ["shift", "days"], "common")
        self._zones = {zone: np.array([c.timezone == zone for c in customers]) for zone in sorted({c.timezone for c in customers})}
        self._table = shape_table()

    def __len__(self) -> int:
        """Number of customers."""
        return len(self.all)

    def working_day(self, degc: FloatArray) -> NDArray[np.complex128]:
        """What each draws over a working day at temperatures (96,), local time, without noise: P + jQ, shape (n, 96)."""
        minutes = np.arange(STEPS, dtype=np.int64) * 15
        activity = self._table[self._shape[:, None], (minutes - self._offset_min[:, None]) % _DAY_MIN // SLOT_MIN]
        level = self._level(activity, np.ones_like(activity), degc)
        return np.asarray(level * self.peak[:, None] * (1 + 1j * self._tangent(level)), dtype=np.complex128)

    def draw(self, day_start_ms: int, days: Days, weather: Weather, growth: FloatArray) -> tuple[Curves, FloatArray]:
        """What each draws over a UTC day, and the tangent of its phase angle at the knots, shape (n, 97).

        `growth` is the factor on the peaks at the knots, shape (97,).
        """
        index = np.arange(STEPS + 1, dtype=np.int64) + day_start_ms // STEP_MS
        level = self._level(*self._activity(index, days), weather.temperature(index * STEP_MS)) * self._roughness(index)
        ripples = tuple(self._ripple(index[:-1], turns) for turns in _RIPPLE_TURNS)
        return Curves.through(day_start_ms, level * growth * self.peak[:, None], ripples), self._tangent(level)

    def _tangent(self, level: FloatArray) -> FloatArray:
        power_factor = self._pf_low + (self._pf_full - self._pf_low) * np.clip(level, 0, 1)
        return np.asarray(np.sqrt(1 / power_factor**2 - 1), dtype=np.float64)

    def _ripple(self, index: IntArray, turns: tuple[int, int]) -> Ripple:
        least, most = turns
        draw = noise.uniform(self._streams[f"ripple {least}"], index)
        height = (noise.uniform(self._streams[f"height {least}"], index) * 2 - 1) * self._noise * _RIPPLE_OF_NOISE
        return Ripple(height, np.floor(least + draw * (most - least)))

    def _level(self, activity: FloatArray, standing: FloatArray, degc: FloatArray) -> FloatArray:
        heat = np.clip((degc - _COOL_FROM_DEGC) / (_COOL_FULL_DEGC - _COOL_FROM_DEGC), 0, 1.15)
        base = self._base * standing
        work = (1 - self._base - self._cooling) * activity
        return np.asarray(base + work + self._cooling * heat * (0.3 * standing + 0.7 * activity), dtype=np.float64)

    def _roughness(self, index: IntArray) -> FloatArray:
        of = self._streams
        rough = 0.45 * noise.wander(of["quarter"], index, 1) + 0.55 * noise.wander(of["hour"], index, 4)
        rough += 0.55 * noise.wander(of["shift"], index, 28) + 0.7 * noise.wander(of["days"], index, STEPS * 3)
        common: FloatArray = np.sum(
            [height * noise.wander(self._common, index, period)[n] for n, (height, period) in enumerate(_COMMON)], axis=0
        )
        return np.asarray(np.maximum(1 + self._noise * rough + common, 0.1), dtype=np.float64)

    def _activity(self, index: IntArray, days: Days) -> tuple[FloatArray, FloatArray]:
        """Activity and share of the standing load, each of shape (n, 97)."""
        activity = np.empty((len(self), len(index)))
        standing = np.empty_like(activity)
        for zone, rows in self._zones.items():
            minutes = _local_minutes(index, zone)
            first, share, here, there = _working_days(minutes)
            working, base = self._by_day(first, int(max(here.max(), there.max())) + 1, days, rows)
            factor = working[:, here] * (1 - share) + working[:, there] * share
            standing[rows] = base[:, here] * (1 - share) + base[:, there] * share
            slots = (minutes - self._offset_min[rows, None]) % _DAY_MIN // SLOT_MIN
            activity[rows] = self._table[self._shape[rows, None], slots] * factor
        return activity, standing

    def _by_day(self, first: int, count: int, days: Days, rows: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
        dates = [date(1970, 1, 1) + timedelta(days=first + n) for n in range(count)]
        closed = np.array([days.closure(day) for day in dates]) * self._tet[rows]
        saturdays, rests = np.array([days.is_saturday(day) for day in dates]), np.array([days.rests(day) for day in dates])
        working = np.where(saturdays, self._saturday[rows], 1.0)
        working = np.where(rests, self._sunday[rows], working)
        own = 1 + 0.02 * (noise.uniform(self._streams["day"][rows], np.arange(first, first + count, dtype=np.int64)) * 2 - 1)
        resting = np.clip(1 - working, 0, 1)
        return working * own * (1 - closed), (1 - (1 - _REST_BASE) * resting) * (1 - closed / 2)


def growth_factor(day_start_ms: int, since: date, per_year: float) -> FloatArray:
    """Factor of growth at a day's knots, shape (97,)."""
    start_ms = int(datetime(since.year, since.month, since.day, tzinfo=UTC).timestamp()) * 1000
    years = (day_start_ms + np.arange(STEPS + 1) * STEP_MS - start_ms) / (DAY_S * 1000 * _YEAR_DAYS)
    return np.asarray((1 + per_year) ** years, dtype=np.float64)


def _column(sectors: list[Sector], name: str) -> FloatArray:
    return np.array([[getattr(sector, name)] for sector in sectors], dtype=np.float64).reshape(-1, 1)


def _draw(weights: dict[str, float], chance: float) -> int:
    total = sum(weights.values())
    for name, upto in zip(weights, accumulate(weights.values()), strict=True):
        if chance < upto / total:
            return SHAPE_NAMES.index(name)
    return SHAPE_NAMES.index(next(reversed(weights)))


def _local_minutes(index: IntArray, timezone: str) -> IntArray:
    zone = ZoneInfo(timezone)
    return np.array([_minutes(int(i), zone) for i in index], dtype=np.int64)


def _minutes(index: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(index * (STEP_MS // 1000), zone).utcoffset() or timedelta()
    return index * 15 + int(offset.total_seconds()) // 60


def _working_days(minutes: IntArray) -> tuple[int, FloatArray, IntArray, IntArray]:
    """First working day met, and for each instant the share of a neighbouring day, its own day and that neighbour, from the first."""
    since = minutes - _DAY_BEGINS_MIN
    day, into = since // _DAY_MIN, since % _DAY_MIN
    early, late = into < _BLEND_MIN, into > _DAY_MIN - _BLEND_MIN
    to_edge = np.where(early, into, _DAY_MIN - into)
    share = np.where(early | late, 0.5 - to_edge / (2 * _BLEND_MIN), 0.0)
    neighbour = np.where(early, day - 1, np.where(late, day + 1, day))
    first = int(min(day.min(), neighbour.min()))
    return first, share, np.asarray(day - first, dtype=np.int64), np.asarray(neighbour - first, dtype=np.int64)

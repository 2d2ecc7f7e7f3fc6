"""Weather of the province: temperature from season, hour, slow changes and heat waves; rain in showers.

Monthly means are those of the Red River delta's north-east (Bac Giang: 16.4 degC in January, 29.3 in July; World Bank
climate portal, rounded); the rest is made up to look like it.
"""

from datetime import UTC, date, datetime

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.zonetime import HOUR_MS
from mainsight.simulator import noise

_MONTH_DEGC = (16.4, 17.6, 20.4, 24.3, 27.6, 29.3, 29.3, 28.6, 27.4, 24.8, 21.3, 17.9)
_MONTH_RAIN_CHANCE = (0.06, 0.08, 0.10, 0.12, 0.16, 0.20, 0.22, 0.24, 0.18, 0.12, 0.07, 0.05)
_YEAR_MS = 365.2425 * 86_400_000
_NEW_YEAR_2026_MS = 1_767_225_600_000
_SIN_LATITUDE, _COS_LATITUDE = np.sin(np.radians(21.2)), np.cos(np.radians(21.2))
_MIDDLE_OF_JANUARY = 15.5 / 365.2425
_HOUR_OF_MAXIMUM = 14.5
_DAY_SWING_DEGC = 3.6
_SLOW_DEGC = 1.6
_WAVE_DEGC = 4.5
_WAVE_SLOT_DAYS = 12
_WAVE_CHANCE = 0.45
_WAVE_WARM_DEGC = 24.0
_SHOWER_HOURS = 3
_SHOWER_MM_PER_H = 9.0
_QUARTER_H = 0.25


class Weather:
    """Temperature and rain as functions of (seed, time)."""

    def __init__(self, seed: int, utc_offset_h: float) -> None:
        """Take the seed and the province's offset from UTC, hours, which places the warm hours of the day."""
        self._offset_h = utc_offset_h
        self._slow = noise.keys(seed, ["slow", "fast"], "weather")
        self._wave = noise.keys(seed, ["chance", "start", "length", "height"], "heat wave")
        self._sky = noise.keys(seed, ["sky"], "weather")
        self._rain = noise.keys(seed, ["chance", "amount", "start"], "rain")

    def temperature(self, time_ms: IntArray) -> FloatArray:
        """Outdoor temperature, degC, shape (n,), for ascending UTC instants, shape (n,)."""
        hours = time_ms / HOUR_MS + self._offset_h
        season = _by_season(time_ms, _MONTH_DEGC)
        swing = _swing(hours)
        slow = noise.wander(self._slow[:1], _steps(time_ms), 96 * 4)[0] * _SLOW_DEGC
        fast = noise.wander(self._slow[1:], _steps(time_ms), 24)[0] * 0.5
        return np.asarray(season + swing + slow + fast + self._heat_wave(time_ms / HOUR_MS, season), dtype=np.float64)

    def usual_day(self, day: date) -> FloatArray:
        """Temperature usual about a day, by quarter of an hour of local time, degC, shape (96,)."""
        noon_ms = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)
        return np.asarray(_by_season(np.array([noon_ms]), _MONTH_DEGC) + _swing(np.arange(96) / 4), dtype=np.float64)

    def _heat_wave(self, hours: FloatArray, season: FloatArray) -> FloatArray:
        slot_h = _WAVE_SLOT_DAYS * 24
        slot = (hours // slot_h).astype(np.int64)
        slots = np.unique(slot)
        chance, start, length, height = noise.uniform(self._wave, slots)
        at = np.searchsorted(slots, slot)
        long_h = (72 + 96 * length)[at]
        begin = start[at] * (slot_h - long_h)
        inside = (hours % slot_h - begin) / long_h
        bump = np.where((inside > 0) & (inside < 1), np.sin(np.pi * np.clip(inside, 0, 1)) ** 2, 0.0)
        happens = (chance < _WAVE_CHANCE)[at] & (season > _WAVE_WARM_DEGC)
        return np.where(happens, bump * _WAVE_DEGC * (0.6 + 0.4 * height[at]), 0.0)

    def irradiance(self, time_ms: IntArray) -> FloatArray:
        """Global irradiance, W/m2, shape (n,): sun height at 21 degrees north, clouds that come and go, dim in rain."""
        hours = (time_ms / HOUR_MS + self._offset_h) % 24
        declination = np.radians(-23.44) * np.cos(2 * np.pi * ((time_ms - _NEW_YEAR_2026_MS) / _YEAR_MS + 10 / 365))
        height = _SIN_LATITUDE * np.sin(declination) + _COS_LATITUDE * np.cos(declination) * np.cos((hours - 12) * (2 * np.pi / 24))
        clouds = np.clip(0.62 + 0.2 * noise.wander(self._sky, _steps(time_ms), 12)[0], 0.15, 1.0)
        return np.asarray(np.maximum(height, 0) ** 1.2 * 1080 * np.where(self.rain(time_ms) > 0, 0.2, clouds), dtype=np.float64)

    def rain(self, time_ms: IntArray) -> FloatArray:
        """Rain of the quarter of an hour, mm, shape (n,)."""
        shower = time_ms // (_SHOWER_HOURS * HOUR_MS)
        showers = np.unique(shower)
        chance, amount, start = noise.uniform(self._rain, showers)
        at = np.searchsorted(showers, shower)
        falls = chance[at] < _by_season(time_ms, _MONTH_RAIN_CHANCE)
        inside = (time_ms / HOUR_MS) % _SHOWER_HOURS - start[at]
        shape = np.sin(np.pi * np.clip(inside / (_SHOWER_HOURS - 1), 0, 1))
        return np.where(falls, shape * amount[at] ** 2 * _SHOWER_MM_PER_H * _QUARTER_H, 0.0)


def _swing(local_hours: FloatArray) -> FloatArray:
    return np.asarray(_DAY_SWING_DEGC * np.cos((local_hours - _HOUR_OF_MAXIMUM) * (2 * np.pi / 24)), dtype=np.float64)


def _steps(time_ms: IntArray) -> FloatArray:
    return np.asarray(time_ms / 900_000, dtype=np.float64)


def _by_season(time_ms: IntArray, months: tuple[float, ...]) -> FloatArray:
    """Monthly values joined by straight lines between the middles of months, by the share of the year that has gone."""
    of_year = ((time_ms - _NEW_YEAR_2026_MS) / _YEAR_MS - _MIDDLE_OF_JANUARY) % 1.0
    corners = np.array([*months, months[0]])
    return np.asarray(np.interp(of_year * 12, np.arange(13), corners), dtype=np.float64)

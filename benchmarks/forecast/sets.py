"""The series of a folder, their origins, and what was known at each."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import numpy as np

from forecast.backtest import Plan, Weather, known_at
from forecast.calendar import Calendar
from forecast.known import Known
from forecast.series import CsvSeries, read_csv
from mainsight.core.intervals import FloatArray
from mainsight.core.zonetime import DAY_S, HOUR_MS, SECOND_MS, day_start_ms, local_day

HOUR_S = 3600
SCORED_EVERY_DAYS = 3
TUNING_FROM = 0.4
"""Share of a series that lies before its first tuning origin."""


class Part(StrEnum):
    """Which origins."""

    TUNING = "tuning"
    """Spread over the middle of the series; their horizons end before the first scored origin."""
    SCORED = "scored"
    """The last ones, three days apart. Nothing is chosen by them."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One series with its calendar."""

    name: str
    series: CsvSeries
    calendar: Calendar

    @property
    def week(self) -> int:
        """Intervals in 168 h."""
        return 7 * DAY_S // self.series.step_s

    @property
    def day(self) -> int:
        """Intervals in 24 h."""
        return DAY_S // self.series.step_s

    def origins(self, part: Part, count: int, scored: int) -> list[int]:
        """Local midnights, UTC milliseconds, ascending.

        Args:
            part: tuning or scored ones.
            count: how many.
            scored: how many scored ones the tuning ones have to keep clear of.

        """
        zone = self.calendar.timezone
        end_ms = int(self.series.start_ms[-1]) + self.series.step_s * SECOND_MS
        last = local_day(end_ms, zone) - timedelta(days=8)
        if part is Part.SCORED:
            days = [last - timedelta(days=SCORED_EVERY_DAYS * back) for back in reversed(range(count))]
        else:
            clear = last - timedelta(days=SCORED_EVERY_DAYS * (scored - 1) + 8)
            first = local_day(int(self.series.start_ms[0]), zone)
            first += timedelta(days=int(TUNING_FROM * (clear - first).days))
            days = [first + timedelta(days=int(n * (clear - first).days / max(count - 1, 1))) for n in range(count)]
        return [day_start_ms(day, zone) for day in days]

    def known(self, origin_ms: int, weather: Weather, history_days: int | None) -> Known:
        """What was known at an origin, of the last `history_days` days where given."""
        since = 0 if history_days is None else int(np.searchsorted(self.series.start_ms, origin_ms - history_days * DAY_S * SECOND_MS))
        series = self.series
        temperature = None if series.temperature is None else series.temperature[since:]
        part = replace(series, start_ms=series.start_ms[since:], value=series.value[since:], temperature=temperature)
        return known_at(part, origin_ms, self.calendar, Plan((), self.week, 1, weather))

    def happened(self, origin_ms: int) -> np.ndarray:
        """Values of the 168 h from an origin on."""
        past = int(np.searchsorted(self.series.start_ms, origin_ms))
        return self.series.value[past : past + self.week]


def subjects(folder: Path, *, hourly: bool, only: str) -> Iterator[Subject]:
    """Every target of every set: a folder with data.csv.gz and meta.json (targets, tz, country, temp).

    Args:
        folder: holds the sets.
        hourly: average finer steps to hours.
        only: part of a name; empty takes all.

    """
    for meta in sorted(folder.glob("*/meta.json")):
        told = json.loads(meta.read_text())
        for target in told["targets"]:
            name = meta.parent.name if len(told["targets"]) == 1 else f"{meta.parent.name} {target}"
            if only in name:
                data = meta.parent / "data.csv.gz"
                series = read_csv(data, time_column="time_utc", target=target, temperature=told.get("temp"), timezone=told["tz"])
                yield Subject(name, hours_of(series) if hourly else series, Calendar(told["tz"], told["country"]))


def filled(known: Known, weeks: int) -> FloatArray:
    """Last weeks without holes: each takes the value a week before, else the mean."""
    week = 7 * DAY_S // known.step_s
    value = known.value[-weeks * week :].copy()
    for step in np.flatnonzero(~np.isfinite(value)):
        value[step] = value[step - week] if step >= week else np.nan
    return np.where(np.isfinite(value), value, np.nanmean(value))


def hours_of(series: CsvSeries) -> CsvSeries:
    """Hourly means of a finer series."""
    if series.step_s >= HOUR_S:
        return series
    hour = series.start_ms // HOUR_MS
    start = np.arange(hour[0], hour[-1] + 1)
    temperature = None if series.temperature is None else _means(hour - hour[0], series.temperature)
    return CsvSeries(start * HOUR_MS, _means(hour - hour[0], series.value), temperature, HOUR_S)


def _means(cell: np.ndarray, value: np.ndarray) -> np.ndarray:
    there = np.isfinite(value)
    size = int(cell[-1]) + 1
    total = np.bincount(cell[there], weights=value[there], minlength=size)
    count = np.bincount(cell[there], minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)

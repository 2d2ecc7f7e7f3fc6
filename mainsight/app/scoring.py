"""Predictive alarms scored on recorded series and on the simulated province: forecast again from past origins, run by run."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from forecast.backtest import Plan, known_at
from forecast.calendar import Calendar
from forecast.known import Known
from forecast.series import CsvSeries, read_csv
from forecast.worker import forecast as forecast_in_worker
from mainsight.alarms.points import Point
from mainsight.alarms.rules import ForecastRule, Priority, Selector, Words
from mainsight.alarms.scoring import AlarmScore, capacity_for, onsets, score, spells
from mainsight.app.holidays import kinds_of_holidays
from mainsight.core.forecasts import Forecast
from mainsight.core.network import Network, Text, Utility
from mainsight.core.readings import Series
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters
from mainsight.core.zonetime import DAY_S, HOUR_MS, SECOND_MS, day_start_ms, local_day
from mainsight.simulator.settings import SimulatorSettings
from mainsight.simulator.world import World

HOUR_S = 3600
_DAY_MS = DAY_S * SECOND_MS
_HORIZON_H = 24
_WORDS = Words(vi="chấm điểm", en="scoring")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A series to score on, with the calendar of its place."""

    name: str
    series: CsvSeries
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Trial:
    """How to score.

    Attributes:
        days: the last days of the series that are scored.
        events: how many of them pass the capacity, which is set so.
        every_h: hours between two forecasts.
        history_days: what each forecast knows of the past.
        model: name in the catalogue.
        raise_probability, clear_probability: of the rule.

    """

    days: int
    events: int
    every_h: int
    history_days: int
    model: str
    raise_probability: float
    clear_probability: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A series' score, and the capacity that was set."""

    name: str
    capacity: float
    score: AlarmScore


def recorded(folder: Path, only: str) -> Iterator[Subject]:
    """Hourly or finer targets of sets of series: folders with data.csv.gz and meta.json (targets, tz, country).

    Raises:
        DataError: a file cannot be read.

    """
    for meta in sorted(folder.glob("*/meta.json")):
        told = json.loads(meta.read_text(encoding="utf-8"))
        for target in told["targets"]:
            name = meta.parent.name if len(told["targets"]) == 1 else f"{meta.parent.name} {target}"
            if only not in name:
                continue
            series = read_csv(meta.parent / "data.csv.gz", time_column="time_utc", target=target, temperature=None, timezone=told["tz"])
            if series.step_s <= HOUR_S:
                yield Subject(name, hourly(series), Calendar(told["tz"], told["country"]))


def simulated(network: Network, settings: SimulatorSettings, first_ms: int, days: int) -> Iterator[Subject]:
    """Hourly power and water of each zone of the simulated province."""
    zone = next(iter(network.zones.values()))
    first = local_day(first_ms, zone.timezone)
    settings = settings.model_copy(update={"epoch": first - timedelta(days=1)})
    world = World(network, settings, kinds_of_holidays(network, first, first + timedelta(days=days + 30)))
    time_ms = np.arange(first_ms, first_ms + days * _DAY_MS, HOUR_MS, dtype=np.int64)
    for utility in Utility:
        meters = {zone_id: demand_meters(network, zone_id, utility) for zone_id in network.zones}
        told = world.series(sorted({meter.id for found in meters.values() for meter in found}), time_ms)
        for zone_id, found in meters.items():
            name = DEMAND_QUANTITY[utility]
            value = np.sum([told[Series(meter.id, name)] for meter in found], axis=0)
            yield Subject(f"{zone_id} {utility}", CsvSeries(time_ms, value, None, HOUR_S), Calendar(zone.timezone, zone.country))


def hourly(series: CsvSeries) -> CsvSeries:
    """Hourly means; an hour without values is NaN."""
    if series.step_s == HOUR_S:
        return replace(series, temperature=None)
    hour = series.start_ms // HOUR_MS
    cell, there = hour - hour[0], np.isfinite(series.value)
    size = int(cell[-1]) + 1
    total = np.bincount(cell[there], weights=series.value[there], minlength=size)
    count = np.bincount(cell[there], minlength=size)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return CsvSeries((hour[0] + np.arange(size)) * HOUR_MS, mean, None, HOUR_S)


def score_subject(subject: Subject, trial: Trial, pool: Executor, progress: Progress) -> Scored:
    """Set the capacity, forecast from each origin with what was known then, and run the rule over the forecasts.

    Raises:
        ValueError: the series is too short, or no capacity is passed by just so many days.
        CannotForecastError: an origin has no history that could be used at all.

    """
    series, zone = subject.series, subject.calendar.timezone
    last = local_day(int(series.start_ms[-1]), zone) - timedelta(days=1)
    start_ms, end_ms = day_start_ms(last - timedelta(days=trial.days - 1), zone), day_start_ms(last + timedelta(days=1), zone)
    if start_ms - trial.history_days * _DAY_MS < int(series.start_ms[0]):
        raise ValueError(f"{trial.days} days with {trial.history_days} of history before them are more than the series has")
    scored = slice(*np.searchsorted(series.start_ms, [start_ms, end_ms]))
    time_ms, value = series.start_ms[scored], series.value[scored]
    day = np.array([local_day(int(at), zone).toordinal() for at in time_ms], dtype=np.int64)
    peaks = np.array([np.nanmax(value[day == one], initial=-np.inf) for one in np.unique(day)])
    capacity = capacity_for(np.where(np.isfinite(peaks), peaks, np.nan), trial.events)
    point = _point(trial, zone)
    origins = range(start_ms - _HORIZON_H * HOUR_MS, end_ms, trial.every_h * HOUR_MS)
    futures = [pool.submit(forecast_in_worker, trial.model, _known(subject, at, trial), _HORIZON_H) for at in origins]
    issued = []
    for done, (at, future) in enumerate(zip(origins, futures, strict=True), 1):
        outcome = future.result()
        ahead = at + np.arange(_HORIZON_H, dtype=np.int64) * HOUR_MS
        issued.append(Forecast(subject.name, "flow", at, HOUR_S, ahead, outcome.quantiles, outcome.model, outcome.fallback))
        progress(done, len(futures))
    events = onsets(time_ms, value, day, capacity)
    return Scored(subject.name, capacity, score(spells(point, issued, capacity), events, _HORIZON_H, start_ms, end_ms))


def _known(subject: Subject, origin_ms: int, trial: Trial) -> Known:
    since, series = int(np.searchsorted(subject.series.start_ms, origin_ms - trial.history_days * _DAY_MS)), subject.series
    part = replace(series, start_ms=series.start_ms[since:], value=series.value[since:])
    return known_at(part, origin_ms, subject.calendar, Plan((), _HORIZON_H, 1))


def _point(trial: Trial, timezone: str) -> Point:
    """A rule like the registry's, on a series that is no zone's."""
    rule = ForecastRule(
        id="score",
        kind="forecast",
        name=_WORDS,
        watches=Selector(kind="zone"),
        utility=Utility.WATER,  # a series is compared as it is
        against="rated",
        horizon_h=_HORIZON_H,
        raise_probability=trial.raise_probability,
        clear_probability=trial.clear_probability,
        priority=Priority.HIGH,
        cause=_WORDS,
        consequence=_WORDS,
        response=_WORDS,
        respond_within_min=60,
        runbook="forecast-capacity.md",
    )
    return Point(rule, "score", Text("", ""), None, timezone, (), utility=Utility.WATER)

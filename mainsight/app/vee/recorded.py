"""Recorded series with faults put into them: a folder of sets, each `data.csv.gz` with `meta.json` beside it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from mainsight.app.vee.case import DAY_MS, WARM_UP_MS, Case, readings
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import Feeder, Meter, Network, Role, Substation, Text, Transformer, Utility, Zone
from mainsight.core.readings import Series
from mainsight.metering.checks import ENOUGH
from mainsight.metering.days import WEEKS, Days, calendar
from mainsight.metering.gauges import means
from mainsight.metering.rules import Rule
from mainsight.metering.score import Fault
from mainsight.metering.values import SLOT_MS, Mask, edges
from mainsight.store.port import Raw

_NONE = Text("", "")
_HOUR_MS = 3_600_000
_DAYS = 200
"""The latest days of each series that are used."""
_SPIKE = 2.8
_SHOWS_MS = 4 * _HOUR_MS
"""What V13 is asked to find lies for so long outside of all that like days had."""


@dataclass(slots=True)
class _Injection:
    """One series under change: its values in place, what they were, and what was done to it."""

    series: Series
    time_ms: IntArray
    value: FloatArray
    arrival_ms: IntArray
    days: Days
    faults: list[Fault] = field(default_factory=list)
    plain: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.plain = self.value.copy()

    @property
    def step_ms(self) -> int:
        return int(np.median(np.diff(self.time_ms)))

    def note(self, kind: str, rule: Rule, first: int, end: int) -> None:
        """Note what was put into places; the rule is asked to find it where it looks, and where it shows."""
        stop = int(self.time_ms[min(end, len(self.time_ms) - 1)])
        rules = frozenset({rule} if self._shows(rule, slice(first, end)) else ())
        self.faults.append(Fault(kind, rules, (self.series,), int(self.time_ms[first]), stop))

    def _shows(self, rule: Rule, inside: slice) -> bool:
        match rule:
            case Rule.V9:
                return stands_out(self.time_ms, self.plain, self.value, inside)
            case Rule.V12:
                return bool(self._like(inside)[1].any())
            case Rule.V13:
                least, greatest = self._like(inside)[0]
                value = self.value[inside]
                out = ((value < least) | (value > greatest)) & ~self.days.is_holiday(self.time_ms[inside])
                return int(out.sum()) * self.step_ms >= _SHOWS_MS
            case _:
                return True

    def _like(self, inside: slice) -> tuple[tuple[FloatArray, FloatArray], Mask]:
        """Least and greatest at the same clock time, two hours more or less, on the same weekday of four weeks; where enough is known.

        Holidays and days beside them are left out; the bounds are NaN where fewer than three weeks are known.
        """
        reach = 2 * _HOUR_MS // self.step_ms
        known: list[FloatArray] = []
        there = np.zeros(inside.stop - inside.start, np.int64)
        for week in WEEKS:
            at = self.days.back(self.time_ms[inside], 7 * week)
            place = np.searchsorted(self.time_ms, at)
            about = place[:, None] + np.arange(-reach, reach + 1)
            found = np.where((about >= 0) & ~self.days.is_holiday(at)[:, None], self.plain[np.clip(about, 0, len(self.plain) - 1)], np.nan)
            there += np.isfinite(found[:, reach])
            known.append(found)
        every, enough = np.concatenate(known, axis=1), there >= ENOUGH
        least = np.where(enough, np.where(np.isnan(every), np.inf, every).min(axis=1), np.nan)
        greatest = np.where(enough, np.where(np.isnan(every), -np.inf, every).max(axis=1), np.nan)
        return (least, greatest), enough


def stands_out(time_ms: IntArray, plain: FloatArray, value: FloatArray, inside: slice) -> bool:
    """Whether a spike is one by the quarter hour: by V9's 180 % above the third-highest interval of the day about it.

    Args:
        time_ms: of the readings, evenly spaced, shape (n,).
        plain: values before it was put in, NaN where missing, (n,).
        value: values with it, (n,).
        inside: places of the spike.

    """
    step_ms = int(np.median(np.diff(time_ms)))
    half = DAY_MS // 2 // step_ms
    around = slice(max(inside.start - half, 0), inside.stop + half)
    borders = edges(int(time_ms[around][0]), int(time_ms[around][-1]) + step_ms)
    quarters = []
    for one in (plain[around], value[around]):
        known = np.isfinite(one)
        quarters.append(means(time_ms[around][known], one[known], borders, step_ms).value)
    usual = np.sort(quarters[0][np.isfinite(quarters[0])])[-2 * max(step_ms // SLOT_MS, 1) - 1]
    return bool(np.nanmax(quarters[1]) > _SPIKE * usual)


def recorded(folder: Path, seed: int, faulty: bool) -> Iterator[tuple[str, Case]]:
    """Every series of a folder that is measured at least hourly, as power of a customer, with a voltage beside it; with faults or as it is.

    Raises:
        OSError: it cannot be read.

    """
    for meta in sorted(folder.glob("*/meta.json")):
        told = json.loads(meta.read_text(encoding="utf-8"))
        table = pd.read_csv(meta.with_name("data.csv.gz"))
        time_ms = pd.to_datetime(table["time_utc"]).dt.tz_localize(None).to_numpy("datetime64[ms]").astype(np.int64)
        step_ms = int(np.median(np.diff(time_ms)))
        if step_ms > _HOUR_MS:
            continue
        for column in told["targets"]:
            value = table[column].to_numpy(np.float64)
            whole = slice(-_DAYS * DAY_MS // step_ms, None)
            yield (
                f"{meta.parent.name}/{column}",
                _case(time_ms[whole], value[whole], step_ms, told["tz"], told.get("country", "US")[:2], seed, faulty),
            )


def _case(time_ms: IntArray, value: FloatArray, step_ms: int, timezone: str, country: str, seed: int, faulty: bool) -> Case:
    network = _network(timezone, country, step_ms // 1000, float(np.nanmax(value)) * 20)
    power, energy = Series("m", "power"), Series("m-e", "energy_import")
    known = np.isfinite(value)
    register = np.cumsum(np.where(known, value, 0.0)) * step_ms / _HOUR_MS
    days = calendar(timezone, country)
    gauge = _Injection(power, time_ms, value.copy(), time_ms + 2_000, days)
    counter = _Injection(energy, time_ms + step_ms, np.where(known, register, np.nan).round(3), time_ms + step_ms + 2_000, days)
    if faulty:
        random = np.random.default_rng(seed)
        _put_into_gauge(gauge, random, step_ms)
        _put_into_register(counter, random, step_ms)
    raw: dict[Series, Raw] = {one.series: readings(one.time_ms, one.value, one.arrival_ms) for one in (gauge, counter)}
    raw[Series("m", "voltage")] = readings(time_ms, np.where(known, np.random.default_rng(seed).normal(230.0, 0.5, len(time_ms)), np.nan))
    return Case(
        network, raw, gauge.faults + counter.faults, int(time_ms[0]) // DAY_MS * DAY_MS, int(time_ms[-1]) // DAY_MS * DAY_MS + DAY_MS
    )


def _network(timezone: str, country: str, interval_s: int, most: float) -> Network:
    zone = Zone("z", _NONE, timezone, country, (0.0, 0.0))
    substation, transformer = Substation("s", _NONE, (0.0, 0.0), "z"), Transformer("t", _NONE, "s", 40.0, 110.0, 22.0)
    feeders = {name: Feeder(name, _NONE, "t", "z", 22.0, 20.0) for name in ("f", "f-e")}
    limits = {"power": (-most, most)}
    meters = {
        name: Meter(name, _NONE, name, feeder, Role.SUB, Utility.POWER, quantities, interval_s=interval_s, limits=limits)
        for name, feeder, quantities in (("m", "f", ("power", "voltage")), ("m-e", "f-e", ("energy_import",)))
    }
    return Network("n", _NONE, date(2026, 1, 1), {"z": zone}, {"s": substation}, {"t": transformer}, feeders, {}, {}, {}, {}, meters)


def _places(random: np.random.Generator, one: _Injection, step_ms: int) -> Iterator[int]:
    """Places for faults after the warm-up, five to eight days apart, where there is a value that is not small."""
    usual = float(np.nanmedian(np.abs(one.value)))
    at = int(np.searchsorted(one.time_ms, one.time_ms[0] + WARM_UP_MS + DAY_MS))
    while True:
        at += int(random.integers(5 * DAY_MS // step_ms, 8 * DAY_MS // step_ms))
        if at + 4 * DAY_MS // step_ms >= len(one.value):
            return
        if np.all(np.isfinite(one.value[at : at + DAY_MS // step_ms])) and abs(one.value[at]) > usual / 2:
            yield at


def _put_into_gauge(one: _Injection, random: np.random.Generator, step_ms: int) -> None:
    kinds = ("spike", "stuck", "zero", "scaled", "sentinel", "negative", "impossible", "clock", "lost")
    for turn, at in enumerate(_places(random, one, step_ms)):
        kind = kinds[turn % len(kinds)]
        hours = {"stuck": 12, "zero": 6, "scaled": 48, "clock": 12, "lost": 6}.get(kind, 0)
        end = at + max(hours * _HOUR_MS // step_ms, 1)
        value, inside = one.value, slice(at, end)
        match kind:
            case "spike":
                value[inside] *= random.uniform(5, 12)
                one.note(kind, Rule.V9, at, end)
            case "stuck":
                value[inside] = value[at]
                one.note(kind, Rule.V11, at, end)
            case "zero":
                value[inside] = 0.0
                one.note(kind, Rule.V12, at, end)
            case "scaled":
                value[inside] *= random.choice([0.4, 2.5])
                one.note(kind, Rule.V13, at, end)
            case "sentinel":
                value[inside] = -9999.0
                one.note(kind, Rule.V6, at, end)
            case "negative":
                value[inside] = -value[inside]
                one.note(kind, Rule.V8, at, end)
            case "lost":
                value[inside] = np.nan
                one.note(kind, Rule.V18, at, end)
            case "impossible":
                value[inside] = np.nanmax(value) * 100
                one.note(kind, Rule.V7, at, end)
            case _:
                one.arrival_ms[inside] = one.time_ms[inside] - 90_000
                one.note(kind, Rule.V4, at, end)


def _put_into_register(one: _Injection, random: np.random.Generator, step_ms: int) -> None:
    for turn, at in enumerate(_places(random, one, step_ms)):
        match turn % 3:
            case 0:  # the meter starts again at zero
                one.value[at:] -= one.value[at - 1]
                one.note("reset", Rule.V15, at - 1, at + 1)
            case 1:  # two readings of zero, then it goes on: to be seen through, nothing is to be told
                one.value[at : at + 2] = 0.0
            case _:
                standing = min(at + 12 * _HOUR_MS // step_ms, len(one.value))
                after = one.value[standing:] - (one.value[standing - 1] - one.value[at])
                one.value[at:standing] = one.value[at]
                one.value[standing:] = after
                one.note("stands still", Rule.V12, at, standing)

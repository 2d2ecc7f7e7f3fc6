"""What if: it were warmer, or a tenant came or left? A forecast changed by what is asked, with what the change rests on.

The temperature's part is the difference between two forecasts of the linear model (`forecast.models.linear`), one told the
temperature expected and one told the other, learnt from the target's own history. The model learns once from all weeks, and
from the even and the odd ones alone: how far these two are apart says how well the part is known. The ensemble is not asked:
its median hides what only one member feels.
A tenant's part is what is said of it: flat, or in the target's own shape with its peak at the target's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np

from forecast.dayframe import DayFrame, day_frame
from forecast.errors import CannotForecastError
from forecast.features import LEADS, Features
from forecast.known import Known
from forecast.metrics import P50
from forecast.models.linear import LinearMember
from forecast.models.member import Learning
from forecast.targets import HOUR_S
from forecast.weeks import WEEK
from mainsight.core.forecasts import Forecast
from mainsight.core.intervals import FloatArray
from mainsight.core.zonetime import DAY_S, day_start_ms

HISTORY_DAYS = 760
ASSUMED_DAYS = 7
"""Days whose mean at each time stands for the temperature ahead where none is forecast."""
HOURS_A_DAY = DAY_S // HOUR_S


class Shape(StrEnum):
    """How a tenant draws."""

    FLAT = "flat"
    """The same at all hours."""
    AS_TARGET = "as_target"
    """In the shape of the target's own P50."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One that comes (positive) or leaves (negative).

    Attributes:
        amount: kW at its peak; for water m3 a day.
        start: local date from which on.
        shape: how it draws.

    """

    amount: float
    start: date
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """What a change of temperature does to P50, in the target's unit, shape (h,).

    Attributes:
        value: learnt from all weeks.
        low, high: the least and the greatest of what all, the even and the odd weeks teach.
        days: days of history with both demand and temperature.
        coldest, hottest: temperatures met in them, degC.
        beyond: share of the intervals ahead whose changed temperature lies outside these, where nothing was learnt, 1.
        assumed: whether the temperature ahead was not forecast but taken from the last days.

    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    days: int
    coldest: float
    hottest: float
    beyond: float
    assumed: bool


def temperature_effect(known: Known, delta_k: float, horizon: int) -> Effect:
    """What `delta_k` more degrees over the whole horizon would do.

    Args:
        known: history with temperature; its issue is that of the forecast to change.
        delta_k: K, may be negative.
        horizon: intervals.

    Raises:
        CannotForecastError: too little temperature is known; the message says how much is needed.

    """
    if known.temperature is None:
        message = "no temperature is known"
        raise CannotForecastError(message)
    both = np.isfinite(known.value) & np.isfinite(known.temperature)
    days = int(both.sum()) * known.step_s // DAY_S
    if days < LinearMember().least_days:
        message = f"temperature and demand are both known of {days} days; {LinearMember().least_days} are needed"
        raise CannotForecastError(message)
    told, assumed = _ahead(replace(known, weather=None), horizon)
    warmer = replace(told, temperature_ahead=None if told.temperature_ahead is None else told.temperature_ahead + delta_k)
    (base, frame), (other, _) = _features(told, horizon), _features(warmer, horizon)
    pairs = base.training(min(4 * WEEK, max(frame.days // 3, WEEK)))
    learning = Learning(pairs, (base.value[pairs.target] - pairs.usual) / pairs.level[:, None], int(pairs.target.max()))
    even = (frame.days - 1 - pairs.target) // WEEK % 2 == 0
    ahead, changed_ahead = base.ahead(), other.ahead()

    def part(counted: np.ndarray) -> FloatArray:
        learned = LinearMember().learn(learning, counted)
        apart = (learned.predict(changed_ahead) - learned.predict(ahead)) * ahead.level[:, None]
        picked: FloatArray = frame.pick(apart)[:horizon]
        return picked

    ways = np.stack([part(counted) for counted in (np.ones(len(even), np.bool_), even, ~even)])
    coldest, hottest = float(known.temperature[both].min()), float(known.temperature[both].max())
    assert warmer.temperature_ahead is not None, "told above"
    beyond = float(((warmer.temperature_ahead < coldest) | (warmer.temperature_ahead > hottest)).mean())
    return Effect(ways[0], ways.min(axis=0), ways.max(axis=0), days, coldest, hottest, beyond, assumed)


def tenants_load(base: Forecast, tenants: Sequence[Tenant], timezone: str) -> FloatArray:
    """What tenants add to P50, shape (h,), in the target's unit."""
    return np.sum([_load(base, tenant, timezone) for tenant in tenants], axis=0) if tenants else np.zeros(len(base.time_ms))


def changed(base: Forecast, effect: FloatArray, load: FloatArray) -> FloatArray:
    """Quantiles with both parts, shape (h, 7): the bands keep their width; nothing falls below 0 that was not there."""
    moved: FloatArray = base.quantiles + (effect + load)[:, None]
    return np.maximum(moved, 0.0) if base.quantiles.min(initial=0.0) >= 0 else moved


def _load(base: Forecast, tenant: Tenant, timezone: str) -> FloatArray:
    here = base.time_ms >= day_start_ms(tenant.start, timezone)
    median = np.maximum(base.quantiles[:, P50], 0.0)
    of_water = base.quantity == "flow"
    if tenant.shape is Shape.FLAT or not median.any():
        level = tenant.amount / HOURS_A_DAY if of_water else tenant.amount
        return np.where(here, level, 0.0)
    share = median / (median.mean() * HOURS_A_DAY if of_water else median.max())
    return np.where(here, tenant.amount * share, 0.0)


def _ahead(known: Known, horizon: int) -> tuple[Known, bool]:
    """The temperature ahead as forecast; where that says nothing, the mean of the last days at that time. And whether that happened."""
    assert known.temperature is not None, "checked before"
    a_day = DAY_S // known.step_s
    recent = np.full(ASSUMED_DAYS * a_day, np.nan)
    last = known.temperature[-len(recent) :]
    recent[len(recent) - len(last) :] = last
    by_time = recent.reshape(ASSUMED_DAYS, a_day)
    there = np.isfinite(by_time)
    mean = np.where(there, by_time, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    usual = np.where(there.any(axis=0), mean, float(np.nanmean(known.temperature)))
    assumed = np.tile(usual, -(-horizon // a_day))[:horizon]
    told = np.full(horizon, np.nan)
    if known.temperature_ahead is not None:
        reach = min(horizon, len(known.temperature_ahead))
        told[:reach] = known.temperature_ahead[:reach]
    ahead = np.where(np.isfinite(told), told, assumed)
    return replace(known, temperature_ahead=ahead), bool(~np.isfinite(told).all())


def _features(known: Known, horizon: int) -> tuple[Features, DayFrame]:
    frame = day_frame(known, max(horizon, LEADS * (DAY_S // known.step_s)), HISTORY_DAYS)
    return Features(frame), frame

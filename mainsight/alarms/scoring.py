"""How good predictive alarms were: raised and withdrawn run by run, against the peaks that came."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from mainsight.alarms.points import Point
from mainsight.alarms.predict import evaluate_forecast, predict
from mainsight.alarms.rules import ForecastRule
from mainsight.alarms.state import held_active
from mainsight.core.capacity import Capacity
from mainsight.core.forecasts import Forecast
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import Text
from mainsight.core.zonetime import DAY_S, HOUR_MS, SECOND_MS
from mainsight.store.alarm_port import AlarmRecord

_MONTH_MS = 30 * DAY_S * SECOND_MS


@dataclass(frozen=True, slots=True)
class Spell:
    """A predictive alarm: when it was raised, and withdrawn (None while it stands)."""

    raised_ms: int
    withdrawn_ms: int | None


@dataclass(frozen=True, slots=True)
class AlarmScore:
    """What predictive alarms were worth over a stretch of time.

    Attributes:
        events: peaks that passed the capacity.
        alarms: times one was raised.
        hits: events for which one stood before they began.
        true_alarms: alarms during which an event began.
        precision: true_alarms / alarms; None without alarms.
        recall: hits / events; None without events.
        lead_h: median hours from the raising (or the forecast's horizon before, where it stood longer) to the event; None without hits.
        false_per_month: alarms without an event, in 30 days.

    """

    events: int
    alarms: int
    hits: int
    true_alarms: int
    precision: float | None
    recall: float | None
    lead_h: float | None
    false_per_month: float


def capacity_for(daily_peaks: FloatArray, events: int) -> float:
    """Capacity that just so many daily peaks pass: half-way between the last that does and the next.

    Args:
        daily_peaks: greatest value of each day, shape (days,); NaN is left out.
        events: at least 1, fewer than the days that have a peak.

    Raises:
        ValueError: there are not so many peaks, or two are the same there.

    """
    ordered = np.sort(daily_peaks[~np.isnan(daily_peaks)])[::-1]
    if not 0 < events < len(ordered) or ordered[events - 1] == ordered[events]:
        raise ValueError(f"no capacity is passed by just {events} of {len(ordered)} daily peaks")
    return float(ordered[events - 1] + ordered[events]) / 2


def onsets(time_ms: IntArray, value: FloatArray, day: IntArray, limit: float) -> list[int]:
    """When demand first passes a capacity on each day that it does, UTC milliseconds.

    Args:
        time_ms: interval starts, ascending, shape (n,).
        value: demand, same shape; NaN passes nothing.
        day: which local day each interval is of, same shape.
        limit: the capacity.

    """
    passing = np.flatnonzero(value > limit)
    _, first = np.unique(day[passing], return_index=True)
    return [int(at) for at in time_ms[passing[first]]]


def spells(point: Point, forecasts: Sequence[Forecast], limit: float) -> list[Spell]:
    """Run forecasts in order of issue through a predictive rule, as the service does."""
    rule = point.rule
    assert isinstance(rule, ForecastRule), "only forecasts predict"
    found: list[Spell] = []
    record = AlarmRecord(rule.id, point.asset)
    held = Capacity(limit, None, False, None, point.unit, "", limit)
    for forecast in forecasts:
        prediction = predict(rule, forecast, lambda times: [held] * len(times), 1.0, forecast.issue_ms)
        if prediction is None:
            continue
        before = held_active(record)
        record = evaluate_forecast(point, record, prediction, forecast.issue_ms, lambda *_: Text("", "")).state.record
        if held_active(record) and not before:
            found.append(Spell(forecast.issue_ms, None))
        elif before and not held_active(record):
            found[-1] = Spell(found[-1].raised_ms, forecast.issue_ms)
    return found


def score(alarms: Sequence[Spell], events_ms: Sequence[int], horizon_h: int, start_ms: int, end_ms: int) -> AlarmScore:
    """Compare alarms with events over [start, end).

    An alarm that was withdrawn before an event began has not predicted it.
    """
    leads = [lead for event in events_ms if (lead := _lead_h(alarms, event, horizon_h)) is not None]
    true = sum(any(one.raised_ms <= event < (one.withdrawn_ms or end_ms) for event in events_ms) for one in alarms)
    return AlarmScore(
        events=len(events_ms),
        alarms=len(alarms),
        hits=len(leads),
        true_alarms=true,
        precision=true / len(alarms) if alarms else None,
        recall=len(leads) / len(events_ms) if events_ms else None,
        lead_h=median(leads) if leads else None,
        false_per_month=(len(alarms) - true) * _MONTH_MS / (end_ms - start_ms),
    )


def _lead_h(alarms: Sequence[Spell], event_ms: int, horizon_h: int) -> float | None:
    """Hours by which an event was foretold; None where no alarm stood when it began, or it was raised only then."""
    for one in alarms:
        if one.raised_ms < event_ms and (one.withdrawn_ms is None or event_ms < one.withdrawn_ms):
            return min((event_ms - one.raised_ms) / HOUR_MS, float(horizon_h))
    return None

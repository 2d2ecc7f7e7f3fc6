"""Predictive capacity alarms: a forecast's quantiles against a capacity, with hysteresis over forecast runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from mainsight.alarms.evaluate import Evaluated, PointState
from mainsight.alarms.points import Point
from mainsight.alarms.rules import ForecastRule
from mainsight.alarms.state import Event, become_active, become_known, become_normal, held_active
from mainsight.core.capacity import Capacity
from mainsight.core.forecasts import QUANTILES, Forecast, probability_above
from mainsight.core.intervals import FloatArray
from mainsight.core.network import Text, Utility
from mainsight.core.zonetime import HOUR_MS, SECOND_MS
from mainsight.store.alarm_port import AlarmRecord

_P50, _P90 = QUANTILES.index(0.50), QUANTILES.index(0.90)
CapacitiesAt = Callable[[list[int]], Sequence[Capacity]]
"""Capacity at each of many instants, UTC milliseconds."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a forecast says about a capacity, over the steps that are still to come within the horizon.

    Attributes:
        issue_ms: when the forecast was issued.
        first_ms: start of the first step whose P90 passes; None when none does.
        probability: of passing, the greatest of all steps. Errors of neighbouring steps go together, so this is the
            probability of passing at all within the horizon if they do so fully, and a lower bound otherwise.
        expected_peak: greatest P50, MVA or m3/h.
        peak_ms: start of that step.
        limit: capacity at the first passing, or where the probability is greatest, MVA or m3/h
            (MW for an order); None where there is none.
        limit_ms: start of the step of `limit`.
        until_ms: end of the last step it speaks of.
        excess: by how much P90 passes the capacity at the most, MVA or m3/h (MW for an order): what would have to go elsewhere;
            0 where it does not.
        provisional: whether a repeat of past days stood in for the model, whose bands are wide.

    """

    issue_ms: int
    first_ms: int | None
    probability: float
    expected_peak: float
    peak_ms: int
    limit: float | None
    limit_ms: int
    until_ms: int
    excess: float = 0.0
    provisional: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Build again what `to_json` gave."""
        return cls(**data)


def predict(rule: ForecastRule, forecast: Forecast, capacities_at: CapacitiesAt, power_factor: float, now_ms: int) -> Prediction | None:
    """Compare a forecast with a capacity.

    Args:
        rule: which capacity, and how far ahead.
        forecast: of the zone's power (kW) or flow (m3/h).
        capacities_at: capacity by instant; seasons and orders may change it within the horizon.
        power_factor: the planning one, by which kW become MVA.
        now_ms: steps that have ended are left out.

    Returns:
        None where nothing can be said: no step left in the horizon, or only NaN. Without a capacity nothing passes.

    """
    ahead = (forecast.time_ms + forecast.step_s * SECOND_MS > now_ms) & (forecast.time_ms < now_ms + rule.horizon_h * HOUR_MS)
    time_ms, quantiles = forecast.time_ms[ahead], forecast.quantiles[ahead] * _scale(rule, power_factor)
    limits = np.array([_limit(rule, found) for found in capacities_at(time_ms.tolist())])
    usable = ~np.isnan(quantiles).any(axis=1)
    if not usable.any():
        return None
    time_ms, quantiles, limits = time_ms[usable], quantiles[usable], limits[usable]
    probability = _probability(quantiles, limits)
    passing = np.flatnonzero(quantiles[:, _P90] > limits)
    peak, told = int(quantiles[:, _P50].argmax()), int(passing[0] if len(passing) else probability.argmax())
    return Prediction(
        issue_ms=forecast.issue_ms,
        first_ms=int(time_ms[told]) if len(passing) else None,
        probability=round(float(probability.max()), 4),
        expected_peak=round(float(quantiles[peak, _P50]), 3),
        peak_ms=int(time_ms[peak]),
        limit=round(float(limits[told]), 3) if np.isfinite(limits[told]) else None,
        limit_ms=int(time_ms[told]),
        until_ms=int(time_ms[-1]) + forecast.step_s * SECOND_MS,
        excess=round(max(0.0, float((quantiles[:, _P90] - limits).max())), 3),
        provisional=forecast.provisional,
    )


def evaluate_forecast(
    point: Point, record: AlarmRecord, prediction: Prediction, now_ms: int, tell: Callable[[Point, bool, Prediction], Text]
) -> Evaluated:
    """Raise, keep or withdraw.

    Forecasts of older issues are left out. One that takes the place of another of its issue, such as when parts and wholes
    were made to agree, is judged anew, as the same run.

    It is raised as soon as the probability reaches the rule's (its other one for a provisional forecast: that one's
    bands are wide, and would raise what nobody else expects), and withdrawn after `clear_runs` forecasts in a row below
    the lower one: what lies between keeps it. A forecast is of the present, so raising is announced whenever it is new.
    """
    rule = point.rule
    assert isinstance(rule, ForecastRule), "predictions are judged for forecast rules"
    if prediction.issue_ms < record.watermark_ms:
        return Evaluated(PointState(record))
    clear, known = prediction.probability < rule.clear_probability, record.data.get("clear_runs", 0)
    is_new = prediction.issue_ms > record.watermark_ms
    runs = (known + 1 if is_new else max(known, 1)) if clear else 0
    data = record.data | {"prediction": prediction.to_json(), "clear_runs": runs}
    record = become_known(replace(record, watermark_ms=prediction.issue_ms, data=data))
    active = held_active(record)
    event = Event(prediction.issue_ms, now_ms, tell(point, not active, prediction), value=prediction.expected_peak, limit=prediction.limit)
    least = rule.provisional_probability if prediction.provisional else rule.raise_probability
    if not active and prediction.probability >= least:
        step = become_active(record, event)
    elif active and runs >= rule.clear_runs:
        step = become_normal(rule, record, event)
    else:
        return Evaluated(PointState(record))
    return Evaluated(PointState(step.record), step.transitions, ((event.at_ms, not active),))


def _scale(rule: ForecastRule, power_factor: float) -> float:
    """What takes a forecast's unit to the capacity's: kW to MVA, or to MW for an order; m3/h stay."""
    if rule.utility is Utility.WATER:
        return 1.0
    if rule.against == "order":
        return 1e-3
    return 1e-3 / power_factor


def _limit(rule: ForecastRule, capacity: Capacity) -> float:
    """The capacity a rule is about; infinite where no order is in force, or where one outage would leave only transfers."""
    found: float | None = getattr(capacity, rule.against)
    if found is None or (rule.against == "firm" and not capacity.secured):
        return np.inf
    return found


def _probability(quantiles: FloatArray, limits: FloatArray) -> FloatArray:
    """Probability that each row passes its own limit, shape (h,)."""
    probability = np.empty(len(limits))
    for limit in np.unique(limits):
        rows = limits == limit
        probability[rows] = probability_above(quantiles[rows], float(limit))
    return probability

"""The direct models: robust linear, boosted trees and harmonic autoregression, weighed by what they got wrong lately.

Each member's errors of the last weeks are told out of sample: the direct members learn twice more, from the even and
from the odd weeks, and are asked about the other ones. These errors weigh the members at each lead (the forecast is their
weighted median), say when last week again has to take over, and, taken together as the ensemble would have made them, give
the quantiles (`forecast.calibration`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.calibration import in_order, lately, offsets
from forecast.dayframe import DayFrame, day_frame
from forecast.errors import CannotForecastError
from forecast.features import LEADS, Features, Pairs
from forecast.known import Known
from forecast.lunar import Plain, without_new_years
from forecast.models.harmonic import HARMONIC_AR, FittedHarmonic, HarmonicModel
from forecast.models.member import Learned, Learning, Member
from forecast.models.port import Prediction
from forecast.models.weighing import gate, member_weights, weighted_median
from forecast.regimes import settle, tariff_told
from forecast.told import as_told
from forecast.weeks import WEEK
from mainsight.core.intervals import FloatArray

HISTORY_DAYS = 760
ERROR_DAYS = 120
ERROR_HALF_LIFE_DAYS = 120
TOGETHER_DAYS = 6.0
"""Errors of neighbouring days go together, the more so the further ahead they were forecast: days that are worth one, at a lead of one day;
it rises with the root of the lead."""
LAST_WEEK = "last-week"


@dataclass(frozen=True, slots=True)
class EnsembleModel:
    """Members that learn from the same pairs, told what the harmonic model says where there is one `beside`, itself a member too."""

    name: str
    members: tuple[Member, ...]
    beside: HarmonicModel | None = None

    def fit(self, known: Known) -> "FittedEnsemble":
        """Let all members learn, from a history at its present level; those for which it is too short are left out and named."""
        known, regime = settle(known)
        new_years = without_new_years(known)
        if new_years is not None:
            known = new_years.known
        frame = day_frame(known, LEADS * (86_400 // known.step_s), HISTORY_DAYS)
        days = int(np.isfinite(frame.value).any(axis=1).sum())
        able = [member for member in self.members if days >= member.least_days]
        if not able:
            message = f"{days} days with values, {min(member.least_days for member in self.members)} are needed"
            raise CannotForecastError(message)
        left_out = [f"{one.name}: {days} days with values, {one.least_days} are needed" for one in self.members if one not in able]
        beside: FittedHarmonic | None = None
        if self.beside is not None:
            try:
                beside = self.beside.fit(known)
            except CannotForecastError as error:
                left_out.append(f"{self.beside.name}: {error}")
        told = [regime.told(known.calendar.timezone)] if regime else []
        told += [new_years.remark] if new_years else []
        told += tariff_told(known)
        return _fit(known, frame, able, beside, _Marks("; ".join(left_out), "; ".join(told), new_years))


@dataclass(frozen=True, slots=True)
class _Marks:
    """What is told of a forecast besides its numbers: members that were left out, what was done to the history."""

    left_out: str
    remarks: str
    new_years: Plain | None


def _fit(known: Known, frame: DayFrame, members: Sequence[Member], beside: FittedHarmonic | None, marks: "_Marks") -> "FittedEnsemble":
    features = Features(frame)
    pairs = features.training(min(4 * WEEK, max(frame.days // 3, WEEK)), as_told(known, frame))
    beside_past = None
    if beside is not None:
        beside_past = beside.past(frame.days, pairs.target, pairs.lead)
        pairs = pairs.told(beside_past)
    y = (features.value[pairs.target] - pairs.usual) / pairs.level[:, None]
    if not np.isfinite(y).any():
        message = "nothing to learn from"
        raise CannotForecastError(message)
    learning = Learning(pairs, y, int(pairs.target.max()))
    low, high = np.nanquantile(y, [0.002, 0.998])
    bounds = float(low), float(high)
    even = (frame.days - 1 - pairs.target) // WEEK % 2 == 0
    recent = pairs.target >= frame.days - ERROR_DAYS
    judged, asked = pairs.take(recent), even[recent]
    told = [_out_of_sample(one.learn(learning, even), one.learn(learning, ~even), judged, asked, bounds) for one in members]
    names = [one.name for one in members]
    if beside_past is not None:
        told.append(beside_past[recent])
        names.append(HARMONIC_AR)
    paths = np.stack(told)
    truth, age = features.value[judged.target], frame.days - judged.target
    weights = member_weights(paths, truth, judged.lead, age)
    together = weighted_median(paths, weights[:, judged.lead - 1])
    last_week = gate(together, judged.last_week, truth, judged.lead, age)
    error = truth - _through_gate(together, judged, last_week)
    kind = features.kind[judged.target]
    learned = [one.learn(learning, np.ones(len(y), np.bool_)) for one in members]
    return FittedEnsemble(known, names, learned, beside, weights, last_week, judged, error, kind, bounds, marks)


def _out_of_sample(of_even: Learned, of_odd: Learned, judged: Pairs, even: np.ndarray, bounds: tuple[float, float]) -> FloatArray:
    """What each pair was said to be by the half that did not learn from its week, shape (P, S), in the target's unit."""
    said = np.empty(judged.usual.shape)
    said[even], said[~even] = of_odd.predict(judged.take(even)), of_even.predict(judged.take(~even))
    return _in_unit(said, judged, bounds)


def _in_unit(said: FloatArray, pairs: Pairs, bounds: tuple[float, float]) -> FloatArray:
    return np.clip(said, *bounds) * pairs.level[:, None] + pairs.usual


def _through_gate(together: FloatArray, pairs: Pairs, last_week: FloatArray) -> FloatArray:
    share = last_week[pairs.lead - 1][:, None]
    return together + share * (pairs.last_week - together)


@dataclass(frozen=True, slots=True, eq=False)
class FittedEnsemble:
    """Members with their weights, and the errors that the whole made lately.

    Attributes:
        names: of the members, the model beside last.
        learned: the members that learn, without the model beside.
        weights: shape (members, 7): weight of each member at leads of 1 to 7 days.
        last_week: shape (7,): what last week again has of the whole at these leads.
        judged, error, kind: past pairs, the ensemble's error on them and the kind of day, shape (P, S).

    """

    known: Known
    names: Sequence[str]
    learned: Sequence[Learned]
    beside: FittedHarmonic | None
    weights: FloatArray
    last_week: FloatArray
    judged: Pairs
    error: FloatArray
    kind: np.ndarray
    bounds: tuple[float, float]
    marks: "_Marks"

    def predict(self, horizon: int) -> Prediction:
        """Forecast all days of the horizon directly."""
        frame = day_frame(self.known, horizon, HISTORY_DAYS)
        features = Features(frame)
        ahead = features.ahead()
        beside = None if self.beside is None else self.beside.point(horizon)
        if beside is not None:
            ahead = ahead.told(beside)
        said = [_in_unit(one.predict(ahead), ahead, self.bounds) for one in self.learned]
        if beside is not None:
            said.append(beside)
        point = _through_gate(weighted_median(np.stack(said), self.weights[:, ahead.lead - 1]), ahead, self.last_week)
        kind = features.kind[frame.days :]
        spread = np.concatenate([self._spread(int(lead), kind[row : row + 1], frame.days) for row, lead in enumerate(ahead.lead)])
        nonnegative = bool(np.nanmin(frame.value) >= 0)
        quantiles = in_order(frame.pick(point[:, :, None] + spread), nonnegative=nonnegative)
        if self.marks.new_years is not None:
            quantiles = quantiles * self.marks.new_years.share(horizon)[:, None]
        return Prediction(quantiles, self.marks.left_out, self._shares(ahead.lead), self.marks.remarks)

    def _shares(self, lead: np.ndarray) -> dict[str, float]:
        """What each member has of the whole, mean over the days ahead."""
        members = self.weights[:, lead - 1] * (1 - self.last_week[lead - 1])
        shares = dict(zip(self.names, members.mean(axis=1).tolist(), strict=True))
        return shares | {LAST_WEEK: float(self.last_week[lead - 1].mean())}

    def _spread(self, lead: int, kind: np.ndarray, days: int) -> FloatArray:
        at_lead = self.judged.lead == lead
        error, kind_then, target = self.error[at_lead], self.kind[at_lead], self.judged.target[at_lead]
        then, now = lately(error, kind_then, target, lead, days - 1)
        weight = 0.5 ** ((days - target) / ERROR_HALF_LIFE_DAYS)
        together = TOGETHER_DAYS * lead**0.5
        return now * offsets(error / then[:, None], kind_then, weight, kind, together=together)

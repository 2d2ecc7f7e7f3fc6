"""The direct models: robust linear, boosted trees and harmonic autoregression, weighed by what they got wrong lately.

Each member's errors of the last weeks are told out of sample: the direct members learn twice more, from the even and
from the odd weeks, and are asked about the other ones. These errors weigh the members at each lead (the forecast is their
weighted median) and, taken together as the ensemble would have made them, give the quantiles (`forecast.calibration`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.calibration import in_order, lately, offsets
from forecast.dayframe import DayFrame, day_frame
from forecast.errors import CannotForecastError
from forecast.features import LEADS, Features, Pairs
from forecast.known import Known
from forecast.models.harmonic import FittedHarmonic, HarmonicModel
from forecast.models.member import Learned, Learning, Member
from forecast.models.port import Prediction
from forecast.weeks import WEEK
from mainsight.core.intervals import FloatArray

HISTORY_DAYS = 760
ERROR_DAYS = 120
ERROR_HALF_LIFE_DAYS = 120
MERIT_HALF_LIFE_DAYS = 60
SHARPNESS = 4.0
"""A member's weight falls with this power of its mean absolute error."""


@dataclass(frozen=True, slots=True)
class EnsembleModel:
    """Members that learn from the same pairs, and the harmonic model beside them where `standing`."""

    name: str
    members: tuple[Member, ...]
    standing: HarmonicModel | None = None

    def fit(self, known: Known) -> "FittedEnsemble":
        """Let all members learn; those for which the history is too short are left out and named."""
        frame = day_frame(known, LEADS * (86_400 // known.step_s), HISTORY_DAYS)
        days = int(np.isfinite(frame.value).any(axis=1).sum())
        able = [member for member in self.members if days >= member.least_days]
        if not able:
            message = f"{days} days with values, {min(member.least_days for member in self.members)} are needed"
            raise CannotForecastError(message)
        left_out = [f"{one.name}: {days} days with values, {one.least_days} are needed" for one in self.members if one not in able]
        beside: FittedHarmonic | None = None
        if self.standing is not None:
            try:
                beside = self.standing.fit(known)
            except CannotForecastError as error:
                left_out.append(f"{self.standing.name}: {error}")
        return _fit(known, frame, able, beside, "; ".join(left_out))


def _fit(known: Known, frame: DayFrame, members: Sequence[Member], beside: FittedHarmonic | None, left_out: str) -> "FittedEnsemble":
    features = Features(frame)
    pairs = features.training(min(4 * WEEK, max(frame.days // 3, WEEK)))
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
    recent = pairs.target >= frame.days - ERROR_DAYS
    even = (frame.days - 1 - pairs.target) // WEEK % 2 == 0
    judged = pairs.take(recent)
    learned, paths = [], []
    for member in members:
        said = np.empty(judged.usual.shape)
        for half in (even, ~even):
            asked = ~half[recent]
            said[asked] = member.learn(learning, half).predict(judged.take(asked))
        paths.append(np.clip(said, low, high) * judged.level[:, None] + judged.usual)
        learned.append(member.learn(learning, np.ones(len(y), np.bool_)))
    if beside_past is not None:
        paths.append(beside_past[recent])
    truth = features.value[judged.target]
    weights = _weights(np.stack(paths), truth, judged, frame.days)
    error = truth - weighted_median(np.stack(paths), weights[:, judged.lead - 1])
    return FittedEnsemble(known, learned, beside, weights, judged, error, features.kind[judged.target], (float(low), float(high)), left_out)


@dataclass(frozen=True, slots=True, eq=False)
class FittedEnsemble:
    """Members with their weights, and the errors that the whole made lately.

    Attributes:
        weights: shape (members, 7): weight of each member at leads of 1 to 7 days.
        judged, error, kind: past pairs, the ensemble's error on them and the kind of day, shape (P, S).

    """

    known: Known
    learned: Sequence[Learned]
    beside: FittedHarmonic | None
    weights: FloatArray
    judged: Pairs
    error: FloatArray
    kind: np.ndarray
    bounds: tuple[float, float]
    left_out: str

    def predict(self, horizon: int) -> Prediction:
        """Forecast all days of the horizon directly."""
        frame = day_frame(self.known, horizon, HISTORY_DAYS)
        features = Features(frame)
        ahead = features.ahead()
        beside = None if self.beside is None else self.beside.point(horizon)
        if beside is not None:
            ahead = ahead.told(beside)
        said = [np.clip(one.predict(ahead), *self.bounds) * ahead.level[:, None] + ahead.usual for one in self.learned]
        if beside is not None:
            said.append(beside)
        point = weighted_median(np.stack(said), self.weights[:, ahead.lead - 1])
        kind = features.kind[frame.days :]
        spread = np.concatenate([self._spread(int(lead), kind[row : row + 1], frame.days) for row, lead in enumerate(ahead.lead)])
        nonnegative = bool(np.nanmin(frame.value) >= 0)
        return Prediction(in_order(frame.pick(point[:, :, None] + spread), nonnegative=nonnegative), self.left_out)

    def _spread(self, lead: int, kind: np.ndarray, days: int) -> FloatArray:
        at_lead = self.judged.lead == lead
        error, kind_then, target = self.error[at_lead], self.kind[at_lead], self.judged.target[at_lead]
        then, now = lately(error, kind_then, target, lead, days - 1)
        weight = 0.5 ** ((days - target) / ERROR_HALF_LIFE_DAYS)
        return now * offsets(error / then[:, None], kind_then, weight, kind)


def weighted_median(said: FloatArray, weight: FloatArray) -> FloatArray:
    """Median over members, interpolated between their values; of two members their weighted mean.

    One member that is far off, as a recursion after a shut-down may be, cannot pull it along.

    Args:
        said: shape (members, P, S); NaN in any gives NaN.
        weight: shape (members, P), adding up to 1 over the members.

    Returns:
        Shape (P, S).

    """
    order = np.argsort(said, axis=0)
    value = np.take_along_axis(said, order, axis=0)
    share = np.take_along_axis(np.broadcast_to(weight[:, :, None], said.shape), order, axis=0)
    middle = np.cumsum(share, axis=0) - share / 2
    result = value[0]
    for low in range(len(said) - 1):
        between = np.clip((0.5 - middle[low]) / np.maximum(middle[low + 1] - middle[low], 1e-12), 0.0, 1.0)
        result = result + between * (value[low + 1] - value[low])
    return np.where(np.isnan(said).any(axis=0), np.nan, result)


def _weights(paths: FloatArray, truth: FloatArray, judged: Pairs, days: int) -> FloatArray:
    """Weight of each member at each lead, shape (members, 7), adding up to 1; equal where nothing is known."""
    error = np.abs(truth - paths)
    known = np.asarray(np.isfinite(error).all(axis=0))
    counted = known * 0.5 ** ((days - judged.target[:, None]) / MERIT_HALF_LIFE_DAYS)
    size = np.where(known, error, 0.0) * counted
    weights = np.full((len(paths), LEADS), 1 / len(paths))
    for lead in range(1, LEADS + 1):
        at_lead = judged.lead == lead
        if known[at_lead].any():
            mean = size[:, at_lead].sum(axis=(1, 2)) / counted[at_lead].sum()
            merit = (mean.min() / np.maximum(mean, 1e-12)) ** SHARPNESS if mean.min() > 0 else (mean == 0).astype(float)
            weights[:, lead - 1] = merit / merit.sum()
    return weights

"""What a backtest says beyond means over origins: errors by lead time, reliability, skill over last week, shares of members."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np

from forecast.backtest import Report, Trial, Weather
from forecast.metrics import P10, P50, P90, mean_scores, pinball
from mainsight.core.intervals import FloatArray
from mainsight.core.zonetime import rfc3339

NAIVE = "seasonal-naive"
_EDGES_H = (0, 1, 3, 6, 12, 24, 48, 72, 120, 168, 336, 1440)


@dataclass(frozen=True, slots=True)
class LeadScores:
    """Scores of the intervals that end more than `from_h` and at most `to_h` hours after the origin, all origins together.

    Attributes:
        n: intervals compared.
        wape: sum of absolute errors of P50 over the sum of absolute values, 1; NaN over nothing or zeros.
        pinball: mean pinball loss, in the target's unit.
        coverage: share of values within P10 and P90, 1.

    """

    from_h: float
    to_h: float
    n: int
    wape: float
    pinball: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Summary:
    """One model over all origins.

    Attributes:
        model: its name.
        wape: over all intervals together, 1.
        skill: share of the error of last week again that it takes away, 1; NaN where that was not scored or made none.
        by_lead: scores by lead time, those without an interval left out.
        below: shape (7,), share of values at or below each quantile, 1; the levels are right. NaN when nothing was compared.
        shares: member -> mean share of the whole over origins; empty for single models.

    """

    model: str
    wape: float
    skill: float
    by_lead: tuple[LeadScores, ...]
    below: tuple[float, ...]
    shares: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """JSON of docs/reference/backtest.md, None for NaN."""
        return {
            "skill": _number(self.skill),
            "by_lead": [
                {
                    "from_h": one.from_h,
                    "to_h": one.to_h,
                    "n": one.n,
                    "wape": _number(one.wape),
                    "pinball": _number(one.pinball),
                    "coverage_p10_p90": _number(one.coverage),
                }
                for one in self.by_lead
            ],
            "below": [_number(one) for one in self.below],
            "shares": self.shares,
        }


def as_json(report: Report) -> dict[str, Any]:
    """JSON of docs/reference/backtest.md."""
    return {
        "step_s": report.step_s,
        "horizon_steps": report.plan.horizon,
        "timezone": report.calendar.timezone,
        "country": report.calendar.country or None,
        "weather": report.plan.weather.value,
        "ex_post_weather": report.plan.weather is Weather.ACTUAL,
        "origins": [rfc3339(origin) for origin in report.origins_ms],
        "models": [_model_json(one, report.of(one.model)) for one in summaries(report)],
    }


def _model_json(summed: Summary, trials: Sequence[Trial]) -> dict[str, Any]:
    mean = mean_scores([trial.scores for trial in trials])
    return {
        "model": summed.model,
        "mean": {**mean.as_dict(), "cpu_s": float(np.mean([trial.outcome.cpu_s for trial in trials]))},
        **summed.as_dict(),
        "origins": [
            {
                "origin": rfc3339(trial.origin_ms),
                **trial.scores.as_dict(),
                "cpu_s": trial.outcome.cpu_s,
                "used": trial.outcome.model,
                "fallback": trial.outcome.fallback,
            }
            for trial in trials
        ],
    }


def summaries(report: Report) -> list[Summary]:
    """Sum up every model of a report, in the plan's order."""
    naive = _wape(*_joined(report.of(NAIVE))) if NAIVE in report.plan.models else float("nan")
    return [_summary(name, report.of(name), report.step_s, naive) for name in report.plan.models]


def _summary(model: str, trials: Sequence[Trial], step_s: int, naive: float) -> Summary:
    actual, said = _joined(trials)
    lead_h = np.concatenate([np.arange(1, len(one.actual) + 1) * step_s / 3600 for one in trials])
    wape = _wape(actual, said)
    there = np.isfinite(actual)
    below = (actual[there, None] <= said[there]).mean(axis=0) if there.any() else np.full(said.shape[1], np.nan)
    leads = [_lead(actual, said, lead_h, low, high) for low, high in pairwise(_EDGES_H)]
    members = {name: [one.outcome.shares.get(name, 0.0) for one in trials] for trial in trials for name in trial.outcome.shares}
    return Summary(
        model=model,
        wape=wape,
        skill=1 - wape / naive if naive > 0 else float("nan"),
        by_lead=tuple(one for one in leads if one.n),
        below=tuple(below.tolist()),
        shares={name: float(np.mean(parts)) for name, parts in members.items()},
    )


def _lead(actual: FloatArray, said: FloatArray, lead_h: FloatArray, low: float, high: float) -> LeadScores:
    chosen = (lead_h > low) & (lead_h <= high) & np.isfinite(actual)
    actual, said = actual[chosen], said[chosen]
    if not len(actual):
        return LeadScores(low, high, 0, float("nan"), float("nan"), float("nan"))
    inside = (actual >= said[:, P10]) & (actual <= said[:, P90])
    return LeadScores(low, float(lead_h[chosen].max()), len(actual), _wape(actual, said), pinball(actual, said), float(inside.mean()))


def _joined(trials: Sequence[Trial]) -> tuple[FloatArray, FloatArray]:
    return np.concatenate([one.actual for one in trials]), np.concatenate([one.outcome.quantiles for one in trials])


def _wape(actual: FloatArray, said: FloatArray) -> float:
    there = np.isfinite(actual)
    volume = np.abs(actual[there]).sum()
    return float(np.abs(actual - said[:, P50])[there].sum() / volume) if volume > 0 else float("nan")


def _number(value: float) -> float | None:
    return value if isfinite(value) else None

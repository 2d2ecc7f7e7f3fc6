"""Rolling-origin evaluation: forecast from past midnights with what was known then, and compare."""

from collections.abc import Callable
from concurrent.futures import as_completed
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import numpy as np

from forecast.calendar import Calendar
from forecast.chain import Outcome
from forecast.errors import DataError
from forecast.executor import Workers
from forecast.known import Known
from forecast.metrics import Scores, naive_mae, score
from forecast.series import CsvSeries
from forecast.weather import WeatherForecasts
from forecast.worker import forecast
from mainsight.core.intervals import FloatArray
from mainsight.core.zonetime import DAY_S, SECOND_MS, day_start_ms, local_day

LEAST_DAYS = 8
"""Local days of history before the first origin."""


class Weather(StrEnum):
    """What a model is told about temperature."""

    NONE = "none"
    """That of the past only, where the series has it."""
    FORECAST = "forecast"
    """The past's, and the future's as the weather forecast that had been issued by the origin told it."""
    ACTUAL = "actual"
    """The future's too, as it was measured afterwards: ex post, better than any real forecast could know."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to evaluate.

    Attributes:
        models: names of the catalogue.
        horizon: intervals to forecast from each origin.
        origins: number of origins: consecutive local midnights, the last ones that leave room for the horizon.
        weather: what is told about temperature.
        forecasts: of the weather, for `Weather.FORECAST`.

    """

    models: tuple[str, ...]
    horizon: int
    origins: int
    weather: Weather = Weather.NONE
    forecasts: WeatherForecasts | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One model at one origin."""

    model: str
    origin_ms: int
    outcome: Outcome
    scores: Scores
    actual: FloatArray
    """What happened, shape (h,), NaN where it is not known."""


@dataclass(frozen=True, slots=True)
class Report:
    """All trials, in order of model and origin."""

    plan: Plan
    step_s: int
    calendar: Calendar
    origins_ms: tuple[int, ...]
    trials: tuple[Trial, ...]

    def of(self, model: str) -> list[Trial]:
        """Trials of one model, in order of origin."""
        return [trial for trial in self.trials if trial.model == model]


def origins_of(series: CsvSeries, plan: Plan, timezone: str) -> list[int]:
    """Origins of a plan, UTC milliseconds, ascending.

    Raises:
        DataError: the series is too short for them.

    """
    end_ms = int(series.start_ms[-1]) + series.step_s * SECOND_MS
    last = local_day(end_ms, timezone)
    while _end_of(day_start_ms(last, timezone), series.step_s, plan.horizon) > end_ms:
        last -= timedelta(days=1)
    first = last - timedelta(days=plan.origins - 1)
    least = local_day(int(series.start_ms[0]), timezone) + timedelta(days=LEAST_DAYS)
    if first < least:
        days = (local_day(end_ms, timezone) - local_day(int(series.start_ms[0]), timezone)).days
        horizon_days = -(-plan.horizon * series.step_s // DAY_S)
        most = (last - least).days + 1
        mend = f"ask for at most {most} origins" if most > 0 else "give a longer series or ask for a shorter horizon"
        message = (
            f"{days} days of data are too short for {plan.origins} origins with {LEAST_DAYS} days before the first "
            f"and {horizon_days} after the last; {mend}"
        )
        raise DataError(message)
    return [_on_grid(day_start_ms(first + timedelta(days=n), timezone), series.step_s) for n in range(plan.origins)]


def known_at(series: CsvSeries, origin_ms: int, calendar: Calendar, plan: Plan) -> Known:
    """What was known of a series at an origin."""
    past = int(np.searchsorted(series.start_ms, origin_ms))
    return Known(
        start_ms=series.start_ms[:past],
        value=series.value[:past],
        step_s=series.step_s,
        issue_ms=origin_ms,
        calendar=calendar,
        temperature=None if series.temperature is None else series.temperature[:past],
        temperature_ahead=_temperature_ahead(series, past, origin_ms, plan),
        weather=_weather(series, origin_ms, plan),
    )


def _weather(series: CsvSeries, origin_ms: int, plan: Plan) -> WeatherForecasts | None:
    if series.temperature is None or plan.weather is not Weather.FORECAST or plan.forecasts is None:
        return None
    return plan.forecasts.latest_of_days(origin_ms)


def _temperature_ahead(series: CsvSeries, past: int, origin_ms: int, plan: Plan) -> FloatArray | None:
    if series.temperature is None:
        return None
    ahead = slice(past, past + plan.horizon)
    if plan.weather is Weather.FORECAST and plan.forecasts is not None:
        return plan.forecasts.at(origin_ms, series.start_ms[ahead])
    return series.temperature[ahead] if plan.weather is Weather.ACTUAL else None


def backtest(series: CsvSeries, plan: Plan, calendar: Calendar, pool: Workers, progress: Callable[[int, int], None]) -> Report:
    """Evaluate models on a series.

    Args:
        series: target on its grid.
        plan: models, horizon, origins, weather.
        calendar: local time and holidays.
        pool: where fitting happens; the numbers are the same for any number of workers, but for the processor times.
        progress: called with (trials done, trials in all).

    Raises:
        DataError: the series is too short.
        CannotForecastError: an origin has no history that could be used at all.

    """
    origins = origins_of(series, plan, calendar.timezone)
    jobs = [(model, origin) for model in plan.models for origin in origins]
    futures = {
        pool.submit(forecast, model, known_at(series, origin, calendar, plan), plan.horizon): (model, origin) for model, origin in jobs
    }
    outcomes: dict[tuple[str, int], Outcome] = {}
    progress(0, len(jobs))
    try:
        for future in as_completed(futures):
            outcomes[futures[future]] = future.result()
            progress(len(outcomes), len(jobs))
    except BaseException:
        for future in futures:
            future.cancel()
        raise
    trials = tuple(_trial(series, model, origin, outcomes[model, origin]) for model, origin in jobs)
    return Report(plan, series.step_s, calendar, tuple(origins), trials)


def _trial(series: CsvSeries, model: str, origin_ms: int, outcome: Outcome) -> Trial:
    past = int(np.searchsorted(series.start_ms, origin_ms))
    happened = series.value[past : past + len(outcome.quantiles)]
    scores = score(happened, outcome.quantiles, naive_mae(series.value[:past], 7 * DAY_S // series.step_s))
    return Trial(model, origin_ms, outcome, scores, happened)


def _on_grid(midnight_ms: int, step_s: int) -> int:
    """Latest interval start at or before a local midnight: earlier only where a zone's offset is no multiple of the step."""
    return midnight_ms if step_s == DAY_S else midnight_ms // (step_s * SECOND_MS) * step_s * SECOND_MS


def _end_of(origin_ms: int, step_s: int, horizon: int) -> int:
    """End of the horizon; a day's step is counted long, for the days of 25 h."""
    return origin_ms + horizon * step_s * SECOND_MS + (3_600_000 if step_s == DAY_S else 0)

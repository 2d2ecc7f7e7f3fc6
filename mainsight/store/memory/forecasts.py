"""What is kept beside forecasts, in memory."""

from collections.abc import Sequence

from mainsight.store.forecast_port import DayScore, ForecastFit, WeatherIssue


class MemoryForecasts:
    """`ForecastState` in dictionaries."""

    def __init__(self) -> None:
        """Start empty."""
        self._scores: dict[tuple[str, str, str], list[DayScore]] = {}
        self._fits: dict[tuple[str, str], dict[int, ForecastFit]] = {}
        self._weather: dict[tuple[str, int], WeatherIssue] = {}

    async def save_forecast_scores(self, scores: Sequence[DayScore]) -> None:
        """See `ForecastState.save_forecast_scores`."""
        days: dict[tuple[str, str, str], list[DayScore]] = {}
        for one in scores:
            days.setdefault((one.target, one.quantity, one.day), []).append(one)
        self._scores |= days

    async def forecast_scores(
        self, target: str | None = None, quantity: str | None = None, *, first: str = "", last: str = "9999"
    ) -> list[DayScore]:
        """See `ForecastState.forecast_scores`."""
        return [
            one
            for key in sorted(self._scores)
            if target in {None, key[0]} and quantity in {None, key[1]} and first <= key[2] <= last
            for one in sorted(self._scores[key], key=lambda one: one.block_h)
        ]

    async def save_forecast_fit(self, fit: ForecastFit) -> None:
        """See `ForecastState.save_forecast_fit`."""
        self._fits.setdefault((fit.target, fit.quantity), {})[fit.since_ms] = fit

    async def forecast_fits(self, target: str, quantity: str, limit: int = 100) -> list[ForecastFit]:
        """See `ForecastState.forecast_fits`."""
        kept = self._fits.get((target, quantity), {})
        return [kept[since] for since in sorted(kept, reverse=True)[:limit]]

    async def latest_forecast_fits(self) -> list[ForecastFit]:
        """See `ForecastState.latest_forecast_fits`."""
        return [kept[max(kept)] for _, kept in sorted(self._fits.items())]

    async def save_weather(self, issues: Sequence[WeatherIssue]) -> None:
        """See `ForecastState.save_weather`."""
        for one in issues:
            self._weather.setdefault((one.source, one.issued_ms), one)

    async def weather_issues(self, source: str) -> list[WeatherIssue]:
        """See `ForecastState.weather_issues`."""
        kept = (self._weather[key] for key in sorted(self._weather))
        return [one for one in kept if one.source == source]

    async def expired_scores(self, before: str) -> int:
        """See `ForecastState.expired_scores`."""
        return sum(len(of_day) for key, of_day in self._scores.items() if key[2] < before)

    async def expire_scores(self, before: str) -> int:
        """See `ForecastState.expire_scores`."""
        gone = await self.expired_scores(before)
        self._scores = {key: of_day for key, of_day in self._scores.items() if key[2] >= before}
        return gone

    async def expired_weather(self, before_ms: int) -> int:
        """See `ForecastState.expired_weather`."""
        return sum(issued_ms < before_ms for _, issued_ms in self._weather)

    async def expire_weather(self, before_ms: int) -> int:
        """See `ForecastState.expire_weather`."""
        gone = await self.expired_weather(before_ms)
        self._weather = {key: one for key, one in self._weather.items() if key[1] >= before_ms}
        return gone

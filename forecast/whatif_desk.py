"""Answers what-if questions from what is stored; stores nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from forecast.demand import history
from forecast.targets import Target
from forecast.weather_desk import WeatherDesk
from forecast.whatif import Effect, temperature_effect
from mainsight.core.forecasts import Forecast
from mainsight.store.port import TimeSeriesStore


@dataclass(slots=True)
class WhatIf:
    """Learns how a target answers to temperature when somebody asks: half a second of a processor, one question at a time.

    Attributes:
        store: where history is.
        weather: gives the weather as it is known now.
        history_days: how far back is read.

    """

    store: TimeSeriesStore
    weather: Callable[[], WeatherDesk]
    history_days: int
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def temperature(self, target: Target, base: Forecast, delta_k: float) -> Effect:
        """What `delta_k` more degrees would do to a forecast.

        Raises:
            CannotForecastError: too little temperature is known.
            StoreError: the history could not be read.

        """
        horizon = len(base.time_ms)
        past = await history(self.store, target, base.issue_ms, self.history_days)
        known, _ = await self.weather().tell(past, horizon)
        async with self._turn:
            return await asyncio.to_thread(temperature_effect, known, delta_k, horizon)

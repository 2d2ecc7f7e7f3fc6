"""Answers what-if questions from what is stored; stores nothing."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from forecast.demand import history
from forecast.errors import CannotForecastError, ForecastError
from forecast.targets import Target
from forecast.weather_desk import WeatherDesk
from forecast.whatif import Effect, Tenant, changed, temperature_effect, tenants_load
from forecast.whatif_texts import OF_BANDS, of_temperature, of_tenants
from mainsight.core.forecasts import Forecast
from mainsight.core.intervals import FloatArray
from mainsight.core.network import Text
from mainsight.core.quantities import quantity
from mainsight.core.zonetime import SECOND_MS, day_start_ms
from mainsight.store.port import TimeSeriesStore

TEMPERATURE = "temperature_k"


class QuestionError(ForecastError):
    """A question that cannot be answered.

    Attributes:
        of: what is asked that cannot be answered: `TEMPERATURE`, or the number of the tenant.

    """

    def __init__(self, of: str | int, message: str) -> None:
        """Take what it is of, and why."""
        super().__init__(message)
        self.of = of


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """An answer.

    Attributes:
        base: the forecast as it was issued.
        told: as it would be.
        effect: what the temperature does; None when that was not asked.
        load: shape (h,), what tenants add, in the target's unit.
        explanation: what it rests on.

    """

    base: Forecast
    told: Forecast
    effect: Effect | None
    load: FloatArray
    explanation: list[Text]


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

    async def ask(self, target: Target, base: Forecast, delta_k: float | None, tenants: Sequence[Tenant]) -> Changed:
        """What a forecast would be with other temperatures, and with tenants that come or leave.

        Args:
            target: what is forecast.
            base: the forecast to change.
            delta_k: K added to the temperature, may be negative; None or 0 when that is not asked.
            tenants: in the unit of `Tenant`.

        Raises:
            QuestionError: too little temperature is known, or a tenant comes after the forecast's end.
            StoreError: the history could not be read.

        """
        end_ms = int(base.time_ms[-1]) + base.step_s * SECOND_MS
        for number, one in enumerate(tenants):
            if day_start_ms(one.start, target.calendar.timezone) >= end_ms:
                message = f"{one.start} lies behind the last hour of the forecast: for later dates ask the outlook"
                raise QuestionError(number, message)
        effect = await self._effect(target, base, delta_k) if delta_k else None
        load = tenants_load(base, tenants, target.calendar.timezone)
        told = replace(base, quantiles=changed(base, np.zeros(len(load)) if effect is None else effect.value, load))
        unit = quantity(base.quantity).unit
        explanation = [] if effect is None or not delta_k else of_temperature(effect, delta_k, unit)
        explanation += [of_tenants(load, unit)] if tenants else []
        return Changed(base, told, effect, load, [*explanation, OF_BANDS])

    async def _effect(self, target: Target, base: Forecast, delta_k: float) -> Effect:
        horizon = len(base.time_ms)
        past = await history(self.store, target, base.issue_ms, self.history_days)
        known, _ = await self.weather().tell(past, horizon)
        try:
            async with self._turn:
                return await asyncio.to_thread(temperature_effect, known, delta_k, horizon)
        except CannotForecastError as error:
            mend = "name a weather station of the registry in forecast.weather.station, or wait until more of it is known"
            message = f"what the temperature does to {target.quantity} of {target.id} is not known: {error}; {mend}"
            raise QuestionError(TEMPERATURE, message) from error

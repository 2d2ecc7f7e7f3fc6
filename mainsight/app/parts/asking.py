"""What-if questions about forecasts; apart from the forecasts' own part, which does without pandas."""

from forecast.whatif_desk import WhatIf
from mainsight.app.parts.common import Clock
from mainsight.app.parts.forecasting import TEMPERATURE, weather_desk
from mainsight.app.settings import Settings
from mainsight.core.network import Network, Role
from mainsight.store.forecast_port import ForecastState
from mainsight.store.port import TimeSeriesStore


def what_if(settings: Settings, of: Network, store: TimeSeriesStore, state: ForecastState, clock: Clock) -> WhatIf:
    """Answers to what-if questions, by the weather as it is stored; where no station is named, by the first of the registry."""
    asked = settings.forecast.weather
    stations = sorted(meter.id for meter in of.meters.values() if meter.role is Role.SENSOR and TEMPERATURE in meter.quantities)
    station = asked.station or next(iter(stations), None)
    as_asked = asked.model_copy(update={"station": station})
    return WhatIf(store, lambda: weather_desk(settings, as_asked, of, store, state, clock), settings.forecast.history_days)

"""Forecasts, and how they are."""

from functools import partial

from api.schemas import status as shown
from forecast.pool import process_pool
from forecast.schedule import ForecastService
from forecast.targets import targets
from mainsight.app.parts.common import Clock
from mainsight.app.settings import Settings
from mainsight.core.network import Network
from mainsight.store.port import TimeSeriesStore


def forecasts(settings: Settings, of: Network, store: TimeSeriesStore, clock: Clock) -> ForecastService:
    """Forecasts on a schedule, fitted in processes of their own."""
    asked = settings.forecast
    return ForecastService(store, targets(of, asked), partial(process_pool, asked.workers), asked, clock)


def forecast_status(forecasts: ForecastService) -> shown.ForecastStatus:
    """Counts of the forecast service."""
    counts = forecasts.numbers
    return shown.ForecastStatus(issued=counts["issued"], fallbacks=counts["fallbacks"], last_ms=counts["last_ms"] or None)

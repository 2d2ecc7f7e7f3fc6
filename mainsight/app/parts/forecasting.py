"""Forecasts, and how they are."""

from functools import partial

from api.schemas import status as shown
from forecast.pool import process_pool
from forecast.schedule import ForecastService
from forecast.targets import zone_targets
from mainsight.app.parts.common import Clock
from mainsight.app.settings import Settings
from mainsight.core.network import Network
from mainsight.store.port import TimeSeriesStore


def forecasts(settings: Settings, of: Network, store: TimeSeriesStore, clock: Clock) -> ForecastService:
    """Forecasts on a schedule, fitted in processes of their own."""
    return ForecastService(
        store, zone_targets(of, settings.forecast.zones), partial(process_pool, settings.forecast.workers), settings.forecast, clock
    )


def forecast_status(forecasts: ForecastService) -> shown.ForecastStatus:
    """Counts of the forecast service."""
    counts = forecasts.numbers
    return shown.ForecastStatus(issued=counts["issued"], fallbacks=counts["fallbacks"], last_ms=counts["last_ms"] or None)

"""Forecasts, and how they are."""

from functools import partial

from api.schemas import status as shown
from forecast.pool import process_pool
from forecast.reconciler import Reconciler
from forecast.schedule import ForecastService
from forecast.scorer import Scorer
from forecast.settings import WeatherSettings
from forecast.targets import targets
from forecast.weather_desk import Source, WeatherDesk
from forecast.weather_sources import CsvWeather, HttpWeather
from mainsight.app.parts.common import Clock
from mainsight.app.settings import Settings
from mainsight.core.network import Network
from mainsight.core.readings import Series
from mainsight.registry.problems import Problem, ProblemsError
from mainsight.store.forecast_port import ForecastState
from mainsight.store.port import TimeSeriesStore

TEMPERATURE = "temperature"


def forecasts(settings: Settings, of: Network, store: TimeSeriesStore, state: ForecastState, clock: Clock) -> ForecastService:
    """Forecasts on a schedule, fitted in processes of their own.

    Raises:
        ProblemsError: the settings name a weather station that is none.

    """
    asked = settings.forecast
    scorer = Scorer(store, state, asked.drift, clock)
    weather = weather_desk(settings, asked.weather, of, store, state, clock)
    reconciler = Reconciler(store, state)
    return ForecastService(store, targets(of, asked), partial(process_pool, asked.workers), scorer, weather, reconciler, asked, clock)


def weather_desk(
    settings: Settings, asked: WeatherSettings, of: Network, store: TimeSeriesStore, state: ForecastState, clock: Clock
) -> WeatherDesk:
    """What forecasts are told of the weather. Raises as `forecasts` does."""
    sources: dict[str, Source] = {}
    if asked.file is not None:
        sources["file"] = CsvWeather(asked.file, settings.store.timezone)
    if asked.url is not None:
        sources["http"] = HttpWeather(asked.url, asked.timeout_s)
    return WeatherDesk(store, state, _station(of, asked.station), sources, asked.mqtt, clock)


def _station(of: Network, named: str | None) -> Series | None:
    if named is None:
        return None
    if named not in of.meters or TEMPERATURE not in of.meters[named].quantities:
        able = sorted(meter.id for meter in of.meters.values() if TEMPERATURE in meter.quantities)
        what = f"{named!r} is no meter with the quantity {TEMPERATURE}"
        mend = f"name one of {', '.join(able)}" if able else "add the station to the registry"
        raise ProblemsError([Problem("settings", 0, "forecast.weather.station", what, mend)])
    return Series(named, TEMPERATURE)


def forecast_status(forecasts: ForecastService) -> shown.ForecastStatus:
    """Counts of the forecast service."""
    counts = forecasts.numbers
    return shown.ForecastStatus(issued=counts["issued"], fallbacks=counts["fallbacks"], last_ms=counts["last_ms"] or None)

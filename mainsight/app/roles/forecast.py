"""The role `forecast`: forecasts of every zone, on a schedule."""

from contextlib import AsyncExitStack

from mainsight.app.hearing import WEATHER_TOPIC, Hearing
from mainsight.app.parts import common, forecasting
from mainsight.app.parts.common import Clock
from mainsight.app.roles.process import alone, open_own_session, together
from mainsight.app.settings import Settings
from mainsight.app.status import Herald, RoleMessage
from mainsight.core.network import Network


async def run(settings: Settings, network: Network, clock: Clock) -> None:
    """Run until cancelled."""
    started_ms = clock()
    async with AsyncExitStack() as stack:
        alone(settings, "forecast", stack)
        store, state = await common.stores(settings, network, clock, stack)
        forecasts = forecasting.forecasts(settings, network, store, state, clock)
        asked = (WEATHER_TOPIC,) if forecasts.weather.mqtt else ()
        session = await open_own_session(settings, "forecast", asked, clock, stack)
        ears = Hearing(session, weather=forecasts.weather.hear)

        def tell() -> RoleMessage:
            return RoleMessage(role="forecast", started_ms=started_ms, sent_ms=clock(), forecasts=forecasting.forecast_status(forecasts))

        await together(Herald(session, tell), forecasts=forecasts.run(), hearing=ears.run())

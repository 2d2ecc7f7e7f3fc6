"""The whole system in one process, built from its settings out of `mainsight.app.parts`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

from fastapi import FastAPI

from api.application import create
from api.live import LiveStream
from api.schemas import status as shown
from api.services import Services
from collector.arrivals import Arrivals
from collector.pipeline import Pipeline
from collector.service import Collector
from collector.session.port import Session
from collector.sparkplug_host import Host
from forecast.schedule import ForecastService
from mainsight.alarms.outages import seed_outages
from mainsight.alarms.retrospect import Retrospect
from mainsight.alarms.service import AlarmService
from mainsight.app.alarm_feed import Shown, open_alarm_feed
from mainsight.app.backups.keeper import Keeper
from mainsight.app.decoding import DecodingDesk
from mainsight.app.editing import Editing
from mainsight.app.hearing import WEATHER_TOPIC, Hearing
from mainsight.app.parts import alarming, asking, collecting, common, forecasting
from mainsight.app.parts.common import Clock
from mainsight.app.questions import Questions
from mainsight.app.roles.process import open_own_session
from mainsight.app.settings import Settings
from mainsight.core.network import Network
from mainsight.core.picture import Picture
from mainsight.core.readings import Reading
from mainsight.metering.desk import MeteringDesk
from mainsight.metering.service import Metering
from mainsight.store.live import Broadcast
from mainsight.store.port import TimeSeriesStore
from mainsight.store.retention import Retention
from mainsight.store.state_port import StateStore
from mainsight.store.stock import Copies


@dataclass(frozen=True, slots=True)
class System:
    """Every part, wired. `mainsight.app.supervision` runs it."""

    settings: Settings
    network: Network
    store: TimeSeriesStore
    state: StateStore
    broadcast: Broadcast
    session: Session
    pipeline: Pipeline
    decoding: DecodingDesk
    collector: Collector
    sparkplug: Host | None
    metering: Metering
    editing: Editing
    questions: Questions
    forecasts: ForecastService
    weather: Hearing | None
    """Hears forecasts of the weather where the settings ask for them."""
    alarms: AlarmService
    feed: Shown
    live: LiveStream
    web: FastAPI
    retention: Retention
    keeper: Keeper | None
    """Copies the embedded store for backups."""
    clock: Clock
    started_ms: int

    async def status(self) -> shown.Status:
        """Counts and conditions of every part."""
        health, collected = await self.store.health(), self.collector.stats
        return shown.Status(
            version=version("mainsight"),
            started_ms=self.started_ms,
            store=shown.StoreStatus(
                ready=health.ready and collected.ready,
                detail=collected.detail or health.detail,
                numbers={**health.numbers, **self.retention.numbers()},
            ),
            collector=collecting.collector_status(self.collector, self.pipeline, self.sparkplug),
            metering=collecting.metering_status(self.metering),
            forecasts=forecasting.forecast_status(self.forecasts),
            alarms=alarming.alarm_status(self.alarms),
            live=shown.LiveStatus(listeners=self.live.listeners),
            roles=[],
        )


@asynccontextmanager
async def open_system(settings: Settings, network: Network, clock: Clock) -> AsyncIterator[System]:
    """Open stores and session and wire every part; everything is closed when the context ends.

    Raises:
        ProblemsError: routes, mappings or rules cannot be used.
        StoreError: the stores cannot be opened.
        SessionError: the broker refused us for good.

    """
    async with AsyncExitStack() as stack:
        store, state = await common.stores(settings, network, clock, stack)
        await seed_outages(state, common.outages(settings, network))
        pipeline = await collecting.pipeline(settings, network, state)
        broadcast, picture = Broadcast(), Picture(network, pipeline.presence)
        alarms = alarming.alarms(settings, network, store, state, broadcast, pipeline.presence, clock)
        forecasts = forecasting.forecasts(settings, network, store, state, clock)
        picture.update((await store.last()).values())
        session = await collecting.session(settings, state, clock, stack)

        def publish(batch: Sequence[Reading]) -> None:
            picture.update(batch)
            broadcast.publish(batch)

        decoding = DecodingDesk(state, store, pipeline, publish, lambda: collecting.rules(settings))
        services = Services(
            network=network,
            picture=picture,
            store=store,
            state=state,
            alarms=alarms,
            targets={(target.id, target.quantity): target for target in forecasts.targets},
            broadcast=broadcast,
            settings=settings.api,
            clock=clock,
            rules=alarming.rule_desk(settings, network, store, state, clock),
            retrospect=Retrospect(state, clock),
            what_if=asking.what_if(settings, network, store, state, clock),
            status=lambda: system.status(),  # noqa: PLW0108 - the system is made after the services that ask it
            metering=MeteringDesk(store, state, network, settings.store.timezone, clock),
            decoding=decoding,
            folders=(settings.store.state.parent, settings.store.readings.parent),
            alarm_settings=settings.alarms,
        )
        live = LiveStream(services)
        arrivals = await Arrivals.load(state, settings.broker.client_id)
        collector = Collector(
            session, pipeline, store, state, publish, clock, arrivals=arrivals, linger_s=settings.collect.linger_ms / 1000
        )
        retention = common.retention(settings, store, state, clock)
        system = System(
            settings=settings,
            network=network,
            store=store,
            state=state,
            broadcast=broadcast,
            session=session,
            pipeline=pipeline,
            decoding=decoding,
            collector=collector,
            sparkplug=await collecting.sparkplug_host(settings, session, collector, pipeline, clock, stack),
            metering=Metering(store, state, network, clock, settings.metering, common.metering_parameters(settings)),
            questions=Questions(services.what_if, store, state, services.targets, clock),
            editing=Editing(store, state, network, settings.store.timezone, clock),
            forecasts=forecasts,
            weather=await _weather_ears(settings, forecasts, clock, stack),
            alarms=alarms,
            feed=await stack.enter_async_context(open_alarm_feed(settings, network, store, state, clock)),
            live=live,
            web=create(services, live),
            retention=retention,
            keeper=Keeper(store, retention, state, clock) if isinstance(store, Copies) else None,
            clock=clock,
            started_ms=clock(),
        )
        yield system


async def _weather_ears(settings: Settings, forecasts: ForecastService, clock: Clock, stack: AsyncExitStack) -> Hearing | None:
    if not forecasts.weather.mqtt:
        return None
    return Hearing(await open_own_session(settings, "weather", (WEATHER_TOPIC,), clock, stack), weather=forecasts.weather.hear)

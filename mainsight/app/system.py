"""Builds the whole system from its settings: the only place where adapters meet the ports they serve."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI

from api.application import create
from api.live import LiveStream
from api.schemas import status as shown
from api.services import Services
from collector.configuration import load_mappings, load_routes
from collector.pipeline import Pipeline
from collector.service import Collector
from collector.session import aiomqtt, codec
from collector.session.port import Session
from forecast.pool import process_pool
from forecast.schedule import ForecastService
from forecast.targets import zone_targets
from mainsight.alarms.notify.apprise import AppriseNotifier
from mainsight.alarms.rulefile import load_rules
from mainsight.alarms.service import AlarmService
from mainsight.app.adoption import Adoption
from mainsight.app.settings import Settings
from mainsight.core.network import Network
from mainsight.core.picture import Picture
from mainsight.core.readings import Reading
from mainsight.core.topology import zone_of
from mainsight.metering.service import Metering
from mainsight.registry.problems import Problem, ProblemsError
from mainsight.store.duckdb.store import DuckDbStore
from mainsight.store.live import Broadcast
from mainsight.store.port import TimeSeriesStore
from mainsight.store.sql.state import SqlState
from mainsight.store.state_port import StateStore

Clock = Callable[[], int]
_SESSIONS = {"codec": codec.open_session, "aiomqtt": aiomqtt.open_session}


@dataclass(frozen=True, slots=True)
class System:
    """Every part, wired. `mainsight.app.supervision` runs it."""

    settings: Settings
    network: Network
    store: TimeSeriesStore
    state: StateStore
    broadcast: Broadcast
    session: Session
    collector: Collector
    metering: Metering
    forecasts: ForecastService
    alarms: AlarmService
    live: LiveStream
    web: FastAPI
    clock: Clock
    started_ms: int

    async def status(self) -> shown.Status:
        """Counts and conditions of every part."""
        health, collected, announced = await self.store.health(), self.collector.stats, self.alarms.numbers()
        return shown.Status(
            version=version("mainsight"),
            started_ms=self.started_ms,
            store=shown.StoreStatus(
                ready=health.ready and collected.ready, detail=collected.detail or health.detail, numbers=dict(health.numbers)
            ),
            collector=shown.CollectorStatus(
                connected=collected.session.connected,
                received=collected.received,
                readings=collected.readings,
                stored=collected.stored,
                duplicates=collected.duplicates,
                replaced=collected.replaced,
                quarantined=collected.quarantined,
                rejected=collected.rejected,
                waiting=collected.waiting,
                lag_s=collected.lag_ms / 1000 if collected.commits else None,
            ),
            forecasts=shown.ForecastStatus(
                issued=self.forecasts.numbers["issued"],
                fallbacks=self.forecasts.numbers["fallbacks"],
                last_ms=self.forecasts.numbers["last_ms"] or None,
            ),
            alarms=shown.AlarmStatus(
                raised=announced.raised, announced=announced.announced, delivered=announced.delivered, given_up=announced.given_up
            ),
            live=shown.LiveStatus(listeners=self.live.listeners),
        )


@asynccontextmanager
async def open_system(settings: Settings, network: Network, clock: Clock) -> AsyncIterator[System]:
    """Open stores and session and wire every part; everything is closed when the context ends.

    Raises:
        ProblemsError: routes, mappings or rules cannot be used.
        StoreError: the stores cannot be opened.
        SessionError: the broker refused us for good.

    """
    routes = load_routes(settings.registry / "routes.yaml")
    mappings = load_mappings(settings.registry / "mappings.yaml")
    rules = load_rules(settings.registry / "rules.yaml", settings.api.runbooks, network)
    async with AsyncExitStack() as stack:
        store = await DuckDbStore.open(settings.store, partial(zone_of, network))
        stack.push_async_callback(store.close)
        state = await SqlState.open(settings.store)
        stack.push_async_callback(state.close)
        pipeline = Pipeline(network, await state.aliases(), routes, mappings, settings.decode)
        broadcast, picture = Broadcast(), Picture(network)
        picture.update((await store.last()).values())
        opened = _SESSIONS[settings.broker.session](settings.broker.to_session(), clock=clock)
        session = await stack.enter_async_context(opened)

        def publish(batch: Sequence[Reading]) -> None:
            picture.update(batch)
            broadcast.publish(batch)

        alarms = AlarmService(
            network=network,
            rules=rules,
            store=store,
            state=state,
            broadcast=broadcast,
            notifier=_notifier(settings),
            settings=settings.alarms,
            clock=clock,
        )
        forecasts = ForecastService(
            store,
            zone_targets(network, settings.forecast.zones),
            partial(process_pool, settings.forecast.workers),
            settings.forecast,
            clock,
        )
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
            status=lambda: system.status(),  # noqa: PLW0108 - the system is made after the services that ask it
            adopt=Adoption(state, store, pipeline, publish).adopt,
        )
        live = LiveStream(services)
        system = System(
            settings=settings,
            network=network,
            store=store,
            state=state,
            broadcast=broadcast,
            session=session,
            collector=Collector(session, pipeline, store, state, publish, clock),
            metering=Metering(store, network, clock, settings.metering),
            forecasts=forecasts,
            alarms=alarms,
            live=live,
            web=create(services, live),
            clock=clock,
            started_ms=clock(),
        )
        yield system


def _notifier(settings: Settings) -> AppriseNotifier:
    try:
        return AppriseNotifier(settings.alarms.targets, settings.alarms.retry.timeout_s)
    except ValueError as error:
        raise ProblemsError([Problem("settings", 0, "alarms.targets", str(error))]) from error

"""One role a process: what each opens and runs. They share InfluxDB, the relational state and one broker.

`collect` also computes final values (metering): it is the one that knows when raw values change, and there is one of it.
Roles that must be alone hold a lock beside the state file; `api` may run several times.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any

import orjson

from api.application import create
from api.live import LiveStream
from api.schemas import status as shown
from api.services import Services
from collector.live_feed import Feed
from collector.service import Collector
from collector.session.port import Session, SessionSettings
from mainsight.alarms.asked import Attendant
from mainsight.alarms.remote import RemoteAlarms
from mainsight.alarms.service import AlarmService
from mainsight.app import hearing, parts
from mainsight.app.adoption import Adoption, RemoteAdoption
from mainsight.app.memory import calm_garbage_collector
from mainsight.app.parts import Clock
from mainsight.app.settings import Settings
from mainsight.app.status import Board, Herald, RoleMessage, alarm_status, collector_status, forecast_status
from mainsight.app.web import address, bind, serve
from mainsight.core.network import Network
from mainsight.core.picture import Picture
from mainsight.core.readings import Reading
from mainsight.metering.service import Metering
from mainsight.store.live import Broadcast
from mainsight.store.lock import RoleLock
from mainsight.store.port import StoreError, TimeSeriesStore

_log = logging.getLogger(__name__)
_CHANGES_S = 0.25
_REFRESH_S = 10.0
_RETRY_S = 5.0

Role = Callable[[Settings, Network, Clock], Coroutine[Any, Any, None]]


async def collect(settings: Settings, network: Network, clock: Clock) -> None:
    """Readings from the broker into the store, their final values, and word of them to the others."""
    started_ms = clock()
    async with AsyncExitStack() as stack:
        _alone(settings, "collect", stack)
        store, state = await parts.stores(settings, network, clock, stack)
        pipeline = await parts.pipeline(settings, network, state)
        session = await stack.enter_async_context(parts.session(settings, settings.broker.to_session(), clock))
        broadcast = Broadcast()
        collector = Collector(session, pipeline, store, state, broadcast.publish, clock)
        feed = Feed(session, broadcast, parts.zones_of_meters(network), f"collect-{secrets.token_hex(6)}", clock)

        def tell() -> RoleMessage:
            counts = collector.stats
            told = collector_status(collector)
            return RoleMessage(
                role="collect", started_ms=started_ms, sent_ms=clock(), ready=counts.ready, detail=counts.detail, collector=told
            )

        with calm_garbage_collector():
            await _together(
                Herald(session, tell),
                feed=feed.run(),
                collector=collector.run(),
                metering=Metering(store, network, clock, settings.metering).run(),
                adoption=Adoption(state, store, pipeline, broadcast.publish).attend(clock),
            )


async def forecast(settings: Settings, network: Network, clock: Clock) -> None:
    """Forecasts of every zone, on a schedule."""
    started_ms = clock()
    async with AsyncExitStack() as stack:
        _alone(settings, "forecast", stack)
        store, _ = await parts.stores(settings, network, clock, stack)
        session = await _session(settings, "forecast", (), clock, stack)
        forecasts = parts.forecasts(settings, network, store, clock)

        def tell() -> RoleMessage:
            return RoleMessage(role="forecast", started_ms=started_ms, sent_ms=clock(), forecasts=forecast_status(forecasts))

        await _together(Herald(session, tell), forecasts=forecasts.run())


async def alarms(settings: Settings, network: Network, clock: Clock) -> None:
    """Alarms: judged, kept, announced; and what people ask of them in other processes."""
    started_ms = clock()
    async with AsyncExitStack() as stack:
        _alone(settings, "alarms", stack)
        store, state = await parts.stores(settings, network, clock, stack)
        broadcast = Broadcast()
        service = parts.alarms(settings, network, store, state, broadcast, clock)
        session = await _session(settings, "alarms", (hearing.READINGS,), clock, stack)
        ears = hearing.Hearing(session, readings=broadcast.publish, gap=broadcast.lose)
        attendant = Attendant(service, state, settings.alarms, clock)

        def tell() -> RoleMessage:
            return RoleMessage(role="alarms", started_ms=started_ms, sent_ms=clock(), alarms=alarm_status(service))

        await _together(
            Herald(session, tell),
            hearing=ears.run(),
            alarms=service.run(),
            asked=_after(service.started, attendant.run),
            changes=_tell_changes(service, session, network.id),
        )


async def _tell_changes(service: AlarmService, session: Session, province: str) -> None:
    with service.subscribe() as changes:
        while True:
            await asyncio.sleep(_CHANGES_S)
            if changed := changes.take():
                payload = orjson.dumps({"v": 1, "changed": changed})
                await session.publish(f"{hearing.ALARMS_TOPIC}/{province}", payload, qos=0)


async def api(settings: Settings, network: Network, clock: Clock) -> None:
    """The API and the console, on what the other roles store and tell."""
    started_ms = clock()
    taken = bind(settings.api)
    async with AsyncExitStack() as stack:
        stack.callback(taken.close)
        store, state = await parts.stores(settings, network, clock, stack)
        desk = RemoteAlarms(network, parts.rules(settings, network), state, settings.alarms, clock)
        board = Board(("collect", "forecast", "alarms"), clock)
        broadcast, picture = Broadcast(), Picture(network)
        asked = (hearing.READINGS, hearing.ALARMS, hearing.STATUS)
        session = await _session(settings, "api", asked, clock, stack)

        def take(batch: Sequence[Reading]) -> None:
            picture.update(batch)
            desk.note(batch)
            broadcast.publish(batch)

        async def status() -> shown.Status:
            return board.status(await store.health(), started_ms, live.listeners)

        gap, changed = asyncio.Event(), asyncio.Event()
        ears = hearing.Hearing(session, readings=take, gap=gap.set, alarms=changed.set, status=board.hear)
        take(list((await store.last()).values()))
        await desk.refresh()
        services = Services(
            network=network,
            picture=picture,
            store=store,
            state=state,
            alarms=desk,
            targets={(target.id, target.quantity): target for target in parts.targets(settings, network)},
            broadcast=broadcast,
            settings=settings.api,
            clock=clock,
            status=status,
            adopt=RemoteAdoption(state, clock).adopt,
        )
        live = LiveStream(services)
        herald = Herald(session, lambda: RoleMessage(role="api", started_ms=started_ms, sent_ms=clock()))
        print(f"mainsight api: {address(taken)}", flush=True)
        await _together(
            herald,
            hearing=ears.run(),
            gaps=_close_gaps(gap, store, take),
            alarms=_follow_alarms(changed, desk),
            live=live.run(),
            web=serve(create(services, live), taken),
        )


async def _close_gaps(gap: asyncio.Event, store: TimeSeriesStore, take: Callable[[Sequence[Reading]], None]) -> None:
    """Read the newest readings from the store whenever something was lost on the way."""
    while True:
        await gap.wait()
        gap.clear()
        try:
            take(list((await store.last()).values()))
        except StoreError as error:
            _log.warning("lost readings could not be read yet: %s", error)
            gap.set()
        await asyncio.sleep(_RETRY_S)


async def _follow_alarms(changed: asyncio.Event, desk: RemoteAlarms) -> None:
    """Read alarms again when they are said to have changed, and now and then: a word may be lost."""
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), _REFRESH_S)
        changed.clear()
        try:
            await desk.refresh()
        except StoreError as error:
            _log.warning("alarms could not be read: %s", error)
        await asyncio.sleep(_CHANGES_S)


ROLES: dict[str, Role] = {"collect": collect, "forecast": forecast, "alarms": alarms, "api": api}
"""Roles by name; `simulate` is no part of the system itself."""


def refuse_embedded(settings: Settings, role: str) -> None:
    """Roles share a server.

    Raises:
        StoreError: the settings name the embedded store.

    """
    if settings.store.engine != "influxdb":
        raise StoreError(
            f"mainsight {role} is one process of several and needs a store for several: set store.engine to influxdb "
            "(MAINSIGHT__STORE__ENGINE=influxdb) and store.influx to your InfluxDB. The embedded store (duckdb) admits one process: "
            "`mainsight serve` runs everything in it"
        )


def _alone(settings: Settings, role: str, stack: AsyncExitStack) -> None:
    settings.store.state.parent.mkdir(parents=True, exist_ok=True)
    stack.callback(RoleLock(settings.store.state, role).release)


async def _session(settings: Settings, role: str, filters: tuple[str, ...], clock: Clock, stack: AsyncExitStack) -> Session:
    """A session for our own messages: under a name of its own, and nothing is kept for it while it is away."""
    base: SessionSettings = settings.broker.to_session(
        client_id=f"mainsight-{role}-{secrets.token_hex(4)}", filters=filters, session_expiry_s=0
    )
    return await stack.enter_async_context(parts.session(settings, base, clock))


async def _after(event: asyncio.Event, run: Callable[[], Awaitable[None]]) -> None:
    await event.wait()
    await run()


async def _together(herald: Herald, **running: Coroutine[Any, Any, None]) -> None:
    """Run until cancelled or one of them fails; then end the others, and have the last counts told."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for name, one in running.items():
                tasks.create_task(one, name=name)
            tasks.create_task(herald.run(), name="herald")
    finally:
        await herald.last_word()

"""The role `api`: the API and the console, on what the other roles store and tell."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from api.application import create
from api.live import LiveStream
from api.schemas import status as shown
from api.services import Services
from collector.gone_feed import GoneEar
from forecast.targets import targets
from mainsight.alarms.remote import RemoteAlarms
from mainsight.alarms.retrospect import Retrospect
from mainsight.app import hearing
from mainsight.app.decoding import RemoteDecodingDesk
from mainsight.app.first_sign_in import first_administrator
from mainsight.app.parts import alarming, asking, common
from mainsight.app.parts.common import Clock
from mainsight.app.roles.process import open_own_session, together
from mainsight.app.settings import Settings
from mainsight.app.status import Board, Herald, RoleMessage
from mainsight.app.web import address, bind, serve
from mainsight.core.network import Network
from mainsight.core.picture import Picture
from mainsight.core.readings import Reading
from mainsight.metering.desk import MeteringDesk
from mainsight.store.live import Broadcast
from mainsight.store.port import StoreError, TimeSeriesStore

_log = logging.getLogger(__name__)
_CHANGES_S = 0.25
_REFRESH_S = 10.0
_RETRY_S = 5.0


async def run(settings: Settings, network: Network, clock: Clock) -> None:
    """Run until cancelled."""
    started_ms = clock()
    taken = bind(settings.api)
    async with AsyncExitStack() as stack:
        stack.callback(taken.close)
        store, state = await common.stores(settings, network, clock, stack)
        presence = await common.presence(network, state)
        desk = RemoteAlarms(network, common.rules(settings, network), state, settings.alarms, clock, presence=presence)
        board = Board(("collect", "forecast", "alarms"), clock)
        broadcast, picture = Broadcast(), Picture(network, presence)
        asked = (hearing.READINGS, hearing.GONE, hearing.ALARMS, hearing.STATUS)
        session = await open_own_session(settings, "api", asked, clock, stack)

        def take(batch: Sequence[Reading]) -> None:
            picture.update(batch)
            desk.note(batch)
            broadcast.publish(batch)

        async def status() -> shown.Status:
            return board.status(await store.health(), started_ms, live.listeners)

        gap, changed = asyncio.Event(), asyncio.Event()
        gone = GoneEar(presence, common.zones_of_meters(network))
        ears = hearing.Hearing(session, readings=take, gap=gap.set, gone=gone.hear, alarms=changed.set, status=board.hear)
        take(list((await store.last()).values()))
        await desk.refresh()
        services = Services(
            network=network,
            picture=picture,
            store=store,
            state=state,
            alarms=desk,
            targets={(target.id, target.quantity): target for target in targets(network, settings.forecast)},
            broadcast=broadcast,
            settings=settings.api,
            clock=clock,
            rules=alarming.rule_desk(settings, network, store, state, clock),
            retrospect=Retrospect(state, clock),
            what_if=asking.what_if(settings, network, store, state, clock),
            status=status,
            metering=MeteringDesk(store, state, network, settings.store.timezone, clock),
            decoding=RemoteDecodingDesk(state, clock),
            folders=(settings.store.state.parent,),
            alarm_settings=settings.alarms,
        )
        live = LiveStream(services)
        herald = Herald(session, lambda: RoleMessage(role="api", started_ms=started_ms, sent_ms=clock()))
        await first_administrator(state, settings.store.state.parent)
        print(f"mainsight api: {address(taken, settings.api)}", flush=True)
        await together(
            herald,
            hearing=ears.run(),
            gaps=_close_gaps(gap, store, take),
            alarms=_follow_alarms(changed, desk),
            live=live.run(),
            web=serve(create(services, live), taken, settings.api),
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

"""The role `alarms`: alarms judged, kept and announced, and what people ask of them in other processes."""

import asyncio
from contextlib import AsyncExitStack

import orjson

from collector.gone_feed import GoneEar
from collector.session.port import Session
from mainsight.alarms.asked import Attendant
from mainsight.alarms.outages import seed_outages
from mainsight.alarms.service import AlarmService
from mainsight.app import hearing
from mainsight.app.alarm_feed import open_alarm_feed
from mainsight.app.parts import alarming, common
from mainsight.app.parts.common import Clock
from mainsight.app.roles.process import alone, open_own_session, together
from mainsight.app.settings import Settings
from mainsight.app.status import Herald, RoleMessage
from mainsight.core.network import Network
from mainsight.store.live import Broadcast

_CHANGES_S = 0.25


async def run(settings: Settings, network: Network, clock: Clock) -> None:
    """Run until cancelled."""
    started_ms = clock()
    async with AsyncExitStack() as stack:
        alone(settings, "alarms", stack)
        store, state = await common.stores(settings, network, clock, stack)
        await seed_outages(state, common.outages(settings, network))
        broadcast, presence = Broadcast(), await common.presence(network, state)
        service = alarming.alarms(settings, network, store, state, broadcast, presence, clock)
        session = await open_own_session(settings, "alarms", (hearing.READINGS, hearing.GONE), clock, stack)
        gone = GoneEar(presence, common.zones_of_meters(network))
        ears = hearing.Hearing(session, readings=broadcast.publish, gap=broadcast.lose, gone=gone.hear)
        feed = await stack.enter_async_context(open_alarm_feed(settings, network, store, state, clock))
        attendant = Attendant(service, state, settings.alarms, clock)

        def tell() -> RoleMessage:
            return RoleMessage(role="alarms", started_ms=started_ms, sent_ms=clock(), alarms=alarming.alarm_status(service))

        await together(
            Herald(session, tell),
            hearing=ears.run(),
            alarms=service.run(),
            feed=feed.run(),
            asked=_attend(service, attendant),
            changes=_tell_changes(service, session, network.id),
        )


async def _attend(service: AlarmService, attendant: Attendant) -> None:
    """Not before what is stored has been taken up: it would be overwritten."""
    await service.started.wait()
    await attendant.run()


async def _tell_changes(service: AlarmService, session: Session, province: str) -> None:
    with service.subscribe() as changes:
        while True:
            await asyncio.sleep(_CHANGES_S)
            if changed := changes.take():
                payload = orjson.dumps({"v": 1, "changed": [[*alarm] for alarm in changed]})
                await session.publish(f"{hearing.ALARMS_TOPIC}/{province}", payload, qos=0)

"""The role `collect`: readings from the broker into the store, their final values, and word of them to the others."""

import secrets
from contextlib import AsyncExitStack

from collector.arrivals import Arrivals
from collector.gone_feed import GoneFeed
from collector.live_feed import Feed
from collector.service import Collector
from mainsight.app.decoding import DecodingDesk
from mainsight.app.memory import calm_garbage_collector
from mainsight.app.parts import collecting, common
from mainsight.app.parts.common import Clock
from mainsight.app.roles.process import alone, together
from mainsight.app.settings import Settings
from mainsight.app.status import Herald, RoleMessage
from mainsight.core.network import Network
from mainsight.metering.service import Metering
from mainsight.store.live import Broadcast


async def run(settings: Settings, network: Network, clock: Clock) -> None:
    """Run until cancelled."""
    started_ms = clock()
    async with AsyncExitStack() as stack:
        alone(settings, "collect", stack)
        store, state = await common.stores(settings, network, clock, stack)
        pipeline = await collecting.pipeline(settings, network, state)
        session = await collecting.session(settings, state, clock, stack)
        broadcast = Broadcast()
        arrivals = await Arrivals.load(state, settings.broker.client_id)
        collector = Collector(
            session, pipeline, store, state, broadcast.publish, clock, arrivals=arrivals, linger_s=settings.collect.linger_ms / 1000
        )
        host = await collecting.sparkplug_host(settings, session, collector, pipeline, clock, stack)
        zones = common.zones_of_meters(network)
        feed = Feed(session, broadcast, zones, f"collect-{secrets.token_hex(6)}", clock)

        desk = DecodingDesk(state, store, pipeline, broadcast.publish, lambda: collecting.rules(settings))

        metering = Metering(store, state, network, clock, settings.metering, common.metering_parameters(settings))

        def tell() -> RoleMessage:
            counts = collector.stats
            told = collecting.collector_status(collector, pipeline, host)
            return RoleMessage(
                role="collect",
                started_ms=started_ms,
                sent_ms=clock(),
                ready=counts.ready,
                detail=counts.detail,
                collector=told,
                metering=collecting.metering_status(metering),
            )

        with calm_garbage_collector():
            await together(
                Herald(session, tell),
                feed=feed.run(),
                gone=GoneFeed(session, pipeline.presence, zones, clock).run(),
                collector=collector.run(),
                metering=metering.run(),
                retention=common.retention(settings, store, state, clock).run(),
                decoding=desk.attend(clock),
                health=pipeline.health.keep(state),
                **({} if host is None else {"sparkplug_host": host.run()}),
            )

"""The collector's session and decoding, Sparkplug's host, and how they are."""

from contextlib import AsyncExitStack
from dataclasses import replace

from api.schemas import status as shown
from collector.configuration import load_mappings, load_routes
from collector.mapping import Mappings
from collector.pipeline import Pipeline
from collector.routes import Routes
from collector.service import Collector
from collector.session.port import Session
from collector.sparkplug_host import Host, as_host, for_2_2
from mainsight.app.decoding import rules_in_force
from mainsight.app.parts import common
from mainsight.app.parts.common import Clock
from mainsight.app.settings import Settings
from mainsight.core.network import Network
from mainsight.metering.service import Metering
from mainsight.store.session_port import SessionState
from mainsight.store.state_port import StateStore


async def pipeline(settings: Settings, of: Network, state: StateStore) -> Pipeline:
    """Decoding, as routes and mappings of the registry say, and mapping rules that people have saved.

    Raises:
        ProblemsError: routes or mappings cannot be used.

    """
    in_force = await rules_in_force(state, lambda: rules(settings))
    made = Pipeline(of, await state.aliases(), *in_force, settings.decode)
    made.restore(await state.health())
    return made


def rules(settings: Settings) -> tuple[Routes, Mappings]:
    """Routes and mapping rules from the registry's files, as they are now.

    Raises:
        ProblemsError: they cannot be used.

    """
    return load_routes(settings.registry / "routes.yaml"), load_mappings(settings.registry / "mappings.yaml")


async def session(settings: Settings, state: SessionState, clock: Clock, stack: AsyncExitStack) -> Session:
    """The collector's session with the broker, open until the stack ends; filters that the settings no longer name are given up.

    Raises:
        SessionError: the broker refused us for good.
        StoreUnavailableError: which filters there were cannot be known now.

    """
    asked, host_id = settings.broker.to_session(), settings.sparkplug.host_id
    asked = asked if host_id is None else as_host(asked, host_id)
    ever = await state.subscribed(asked.client_id, asked.filters)
    former = tuple(pattern for pattern in ever if pattern not in asked.filters)
    return await stack.enter_async_context(common.session(settings, replace(asked, former_filters=former), clock))


async def sparkplug_host(
    settings: Settings, session: Session, collector: Collector, pipeline: Pipeline, clock: Clock, stack: AsyncExitStack
) -> Host | None:
    """The Sparkplug host, where the settings name one.

    Raises:
        SessionError: the broker refused us for good.

    """
    sparkplug = settings.sparkplug
    if sparkplug.host_id is None:
        return None
    older = None
    if sparkplug.state_2_2:
        asked = for_2_2(settings.broker.to_session(), sparkplug.host_id)
        older = await stack.enter_async_context(common.session(settings, asked, clock))
    return Host(session, older, pipeline.sparkplug, sparkplug, lambda: collector.stats.ready, clock)


def collector_status(collector: Collector, pipeline: Pipeline, host: Host | None) -> shown.CollectorStatus:
    """Counts of the collector."""
    counts = collector.stats
    return shown.CollectorStatus(
        connected=counts.session.connected,
        received=counts.received,
        committed=counts.committed,
        readings=counts.readings,
        stored=counts.stored,
        duplicates=counts.duplicates,
        replaced=counts.replaced,
        quarantined=counts.quarantined,
        left_out=pipeline.left_out,
        rejected=counts.rejected,
        waiting=counts.waiting,
        lag_s=counts.lag_ms / 1000 if counts.commits else None,
        sparkplug_nodes=pipeline.sparkplug.online,
        births_asked=host.asked if host else 0,
    )


def metering_status(metering: Metering) -> shown.MeteringStatus:
    """Counts of final values."""
    counts = metering.stats
    return shown.MeteringStatus(
        stretches=counts.stretches,
        values=counts.values,
        replaced=counts.replaced,
        estimated=counts.estimated,
        suspect=counts.suspect,
        rules=dict(counts.told),
        failures=counts.failures,
        trouble=counts.trouble,
        turn_ms=counts.turn_ms,
    )

"""What every process stands on: network, rules, stores, a session with the broker."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from collector.device_names import meters_by_device
from collector.gone_feed import presence_of
from collector.session import codec
from collector.session.port import Session, SessionSettings
from mainsight.alarms.outages import load_outages
from mainsight.alarms.rulefile import load_rules
from mainsight.alarms.rules import Rule
from mainsight.app.settings import Settings
from mainsight.app.stores import open_store
from mainsight.core.network import Network, with_reports
from mainsight.core.presence import Presence
from mainsight.core.topology import zone_of
from mainsight.metering.parameters import FILE, Parameters, load_parameters
from mainsight.registry.reading import load_network
from mainsight.store.port import TimeSeriesStore
from mainsight.store.retention import Retention
from mainsight.store.rule_port import PlannedOutage
from mainsight.store.sql.state import SqlState
from mainsight.store.state_port import StateStore

Clock = Callable[[], int]
"""Now, UTC milliseconds."""


def network(settings: Settings) -> Network:
    """The network of the registry.

    Raises:
        ProblemsError: the registry cannot be used.

    """
    found = load_network(settings.registry)
    return found if settings.reports_s is None else with_reports(found, settings.reports_s)


async def stores(settings: Settings, of: Network, clock: Clock, stack: AsyncExitStack) -> tuple[TimeSeriesStore, SqlState]:
    """Time series and relational state, open until the stack ends.

    Raises:
        StoreError: they cannot be opened.

    """
    store = await open_store(settings.store, of, clock)
    stack.push_async_callback(store.close)
    state = await SqlState.open(settings.store)
    stack.push_async_callback(state.close)
    return store, state


def retention(settings: Settings, store: TimeSeriesStore, state: SqlState, clock: Clock) -> Retention:
    """What takes away values that are older than the settings keep them."""
    return Retention(store, state, settings.store.retention, settings.store.timezone, clock)


def metering_parameters(settings: Settings) -> Parameters:
    """How readings are validated and estimated, by class of meter, as the registry says.

    Raises:
        ProblemsError: they cannot be used.

    """
    return load_parameters(settings.registry / FILE)


async def presence(of: Network, state: StateStore) -> Presence:
    """Who is gone, by what the collector has kept."""
    return presence_of(await state.health(), meters_by_device(of, await state.aliases()))


def zones_of_meters(of: Network) -> dict[str, str | None]:
    """Each meter's zone; None for one that serves several."""
    return {meter: zone_of(of, meter) for meter in of.meters}


def session(settings: Settings, asked: SessionSettings, clock: Clock) -> AbstractAsyncContextManager[Session]:
    """A session with the broker, by the adapter that the settings name."""
    if settings.broker.session == "aiomqtt":
        from collector.session import aiomqtt  # noqa: PLC0415 - its libraries are for who uses it

        return aiomqtt.open_session(asked, clock=clock)
    return codec.open_session(asked, clock=clock)


def rules(settings: Settings, of: Network) -> tuple[Rule, ...]:
    """Alarm rules of the registry.

    Raises:
        ProblemsError: they cannot be used.

    """
    return load_rules(settings.registry / "rules.yaml", settings.api.runbooks, of)


def outages(settings: Settings, of: Network) -> list[PlannedOutage]:
    """Notices of planned outages of the registry.

    Raises:
        ProblemsError: they cannot be used.

    """
    return load_outages(settings.registry / "planned_outages.yaml", of)

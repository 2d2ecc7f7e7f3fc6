"""The parts of the system, each built by one function: a process that runs them all and one that runs a role share these."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial

from collector.configuration import load_mappings, load_routes
from collector.pipeline import Pipeline
from collector.session import aiomqtt, codec
from collector.session.port import Session, SessionSettings
from forecast.pool import process_pool
from forecast.schedule import ForecastService
from forecast.targets import Target, zone_targets
from mainsight.alarms.notify.apprise import AppriseNotifier
from mainsight.alarms.rulefile import load_rules
from mainsight.alarms.rules import Rule
from mainsight.alarms.service import AlarmService
from mainsight.app.settings import Settings
from mainsight.app.stores import open_store
from mainsight.core.network import Network, with_reports
from mainsight.core.topology import zone_of
from mainsight.registry.problems import Problem, ProblemsError
from mainsight.registry.reading import load_network
from mainsight.store.live import Broadcast
from mainsight.store.port import TimeSeriesStore
from mainsight.store.sql.state import SqlState
from mainsight.store.state_port import StateStore

Clock = Callable[[], int]
_SESSIONS = {"codec": codec.open_session, "aiomqtt": aiomqtt.open_session}


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


def session(settings: Settings, asked: SessionSettings, clock: Clock) -> AbstractAsyncContextManager[Session]:
    """A session with the broker, by the adapter that the settings name."""
    return _SESSIONS[settings.broker.session](asked, clock=clock)


async def pipeline(settings: Settings, of: Network, state: StateStore) -> Pipeline:
    """Decoding, as routes and mappings of the registry say.

    Raises:
        ProblemsError: routes or mappings cannot be used.

    """
    routes, mappings = load_routes(settings.registry / "routes.yaml"), load_mappings(settings.registry / "mappings.yaml")
    return Pipeline(of, await state.aliases(), routes, mappings, settings.decode)


def rules(settings: Settings, of: Network) -> tuple[Rule, ...]:
    """Alarm rules of the registry.

    Raises:
        ProblemsError: they cannot be used.

    """
    return load_rules(settings.registry / "rules.yaml", settings.api.runbooks, of)


def alarms(settings: Settings, of: Network, store: TimeSeriesStore, state: StateStore, broadcast: Broadcast, clock: Clock) -> AlarmService:
    """Alarms by the rules of the registry.

    Raises:
        ProblemsError: rules or targets cannot be used.

    """
    return AlarmService(
        network=of,
        rules=rules(settings, of),
        store=store,
        state=state,
        broadcast=broadcast,
        notifier=_notifier(settings),
        settings=settings.alarms,
        clock=clock,
    )


def _notifier(settings: Settings) -> AppriseNotifier:
    try:
        return AppriseNotifier(settings.alarms.targets, settings.alarms.retry.timeout_s)
    except ValueError as error:
        raise ProblemsError([Problem("settings", 0, "alarms.targets", str(error))]) from error


def targets(settings: Settings, of: Network) -> tuple[Target, ...]:
    """What is forecast."""
    return zone_targets(of, settings.forecast.zones)


def forecasts(settings: Settings, of: Network, store: TimeSeriesStore, clock: Clock) -> ForecastService:
    """Forecasts on a schedule, fitted in processes of their own."""
    return ForecastService(store, targets(settings, of), partial(process_pool, settings.forecast.workers), settings.forecast, clock)


def zones_of_meters(of: Network) -> dict[str, str | None]:
    """Each meter's zone; None for one that serves several."""
    return {meter: zone_of(of, meter) for meter in of.meters}

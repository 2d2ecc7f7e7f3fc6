"""Alarms, and how they are."""

from api.schemas import status as shown
from mainsight.alarms.notify.choice import ByTarget
from mainsight.alarms.ruledesk import RuleDesk
from mainsight.alarms.service import AlarmService
from mainsight.app.parts import common
from mainsight.app.parts.common import Clock
from mainsight.app.settings import Settings
from mainsight.core.network import Network
from mainsight.core.presence import Presence
from mainsight.registry.problems import Problem, ProblemsError
from mainsight.store.live import Broadcast
from mainsight.store.port import TimeSeriesStore
from mainsight.store.state_port import StateStore


def alarms(
    settings: Settings,
    of: Network,
    store: TimeSeriesStore,
    state: StateStore,
    broadcast: Broadcast,
    presence: Presence,
    clock: Clock,
) -> AlarmService:
    """Alarms by the rules of the registry; who is gone by `presence` is silent.

    Raises:
        ProblemsError: rules or targets cannot be used.

    """
    return AlarmService(
        network=of,
        rules=common.rules(settings, of),
        store=store,
        state=state,
        broadcast=broadcast,
        notifier=_notifier(settings),
        settings=settings.alarms,
        clock=clock,
        presence=presence,
    )


def rule_desk(settings: Settings, of: Network, store: TimeSeriesStore, state: StateStore, clock: Clock) -> RuleDesk:
    """Where people see and change rules.

    Raises:
        ProblemsError: the registry's rules cannot be used.

    """
    return RuleDesk(
        network=of,
        written=common.rules(settings, of),
        runbooks=settings.api.runbooks,
        store=store,
        state=state,
        settings=settings.alarms,
        clock=clock,
    )


def _notifier(settings: Settings) -> ByTarget:
    try:
        return ByTarget(settings.alarms.targets, settings.alarms.retry.timeout_s)
    except ValueError as error:
        raise ProblemsError([Problem("settings", 0, "alarms.targets", str(error))]) from error


def alarm_status(alarms: AlarmService) -> shown.AlarmStatus:
    """Counts of the alarm service."""
    counts = alarms.numbers()
    return shown.AlarmStatus(
        raised=counts.raised,
        announced=counts.announced,
        delivered=counts.delivered,
        given_up=counts.given_up,
        last_delivered_ms=counts.last_delivered_ms,
    )

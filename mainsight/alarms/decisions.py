"""What people decide in any process, and alarms take up: edits of rules, notices of planned outages, factors of meters."""

from collections.abc import Callable, Iterable
from typing import Protocol

from mainsight.alarms.rulebook import RuleBook
from mainsight.alarms.rules import Rule
from mainsight.core.factors import Entered
from mainsight.core.network import Network
from mainsight.store.metering_port import MeterChanges, entered_factors
from mainsight.store.rule_port import OutageState, PlannedOutage, RuleEdit, RuleState


class DecisionState(RuleState, OutageState, MeterChanges, Protocol):
    """Where decisions are kept."""


class Decisions:
    """The latest decisions, as of when they were last read."""

    def __init__(self, network: Network, written: Iterable[Rule], state: DecisionState, clock: Callable[[], int]) -> None:
        """Begin with the file's rules and no notices."""
        self._network = network
        self._written = tuple(written)
        self._state = state
        self._clock = clock
        self._edits: list[RuleEdit] = []
        self.outages: list[PlannedOutage] = []
        """Notices that stand and are not over."""
        self.entered: Entered = {}
        """Factors of meters that stand."""

    async def read(self) -> bool:
        """Read what has been decided; whether the rules are others than before.

        Raises:
            StoreError: it could not be read.

        """
        edits, outages = await self._state.rule_edits(), await self._state.planned_outages(self._clock())
        changed, self._edits = edits != self._edits, edits
        self.entered = entered_factors(await self._state.meter_changes())
        self.outages = [one for one in outages if one.withdrawn_ms is None]
        return changed

    @property
    def in_force(self) -> tuple[Rule, ...]:
        """The rules to judge by."""
        return self._book.in_force

    @property
    def off(self) -> set[str]:
        """Rules that are there and not judged."""
        return {entry.rule.id for entry in self._book if not entry.enabled}

    @property
    def _book(self) -> RuleBook:
        return RuleBook.of(self._written, self._edits, self._network)

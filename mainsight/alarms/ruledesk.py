"""Where people see and change rules: looked at, checked, tried on the past, saved, switched on and off.

Changes are kept in the relational state; whoever judges alarms takes them up within seconds, in whichever process.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import orjson

from mainsight.alarms.engine import Engine
from mainsight.alarms.past import Column, Past
from mainsight.alarms.replay import Replayed, replay
from mainsight.alarms.rulebook import Entry, RuleBook, definition_of, hash_of
from mainsight.alarms.rulefile import Checked, RuleError, check_rules
from mainsight.alarms.rules import CompositeRule, Rule, check_members
from mainsight.alarms.settings import AlarmSettings
from mainsight.core.network import Network
from mainsight.core.readings import Series
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.registry.problems import Problem
from mainsight.store.metering_port import MeterChanges, entered_factors
from mainsight.store.port import Raw, TimeSeriesStore
from mainsight.store.rule_port import RuleEdit, RuleState

_DAY_MS = DAY_S * SECOND_MS
LONGEST_TRIAL_MS = 31 * _DAY_MS
MOST_READINGS = 3_000_000
"""That a trial looks at: some minutes of work, outside the event loop."""
_TEXT = Path("text")


class RuleDeskState(RuleState, MeterChanges, Protocol):
    """Where rules are kept, and what people entered for meters."""


class UnknownRuleError(KeyError):
    """There is no such rule."""


class RuleConflictError(Exception):
    """Somebody else was faster, or other rules stand on it; the message says which."""


class TrialTooLongError(ValueError):
    """A trial over more than can be looked at; the message says how much."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What rules would have done over a stretch of the past, and how many readings were looked at."""

    replayed: Replayed
    readings: int


class RuleDesk:
    """Rules of one network, on the file's rules and what is decided of them."""

    def __init__(
        self,
        *,
        network: Network,
        written: Iterable[Rule],
        runbooks: Path,
        store: TimeSeriesStore,
        state: RuleDeskState,
        settings: AlarmSettings,
        clock: Callable[[], int],
    ) -> None:
        """Take the parts; `written` are the rules of the file."""
        self._network = network
        self._written = {rule.id: rule for rule in written}
        self._runbooks = runbooks
        self._store = store
        self._state = state
        self._settings = settings
        self._clock = clock

    async def book(self) -> RuleBook:
        """All rules as they stand.

        Raises:
            StoreError: they could not be read.

        """
        return RuleBook.of(self._written.values(), await self._state.rule_edits(), self._network)

    async def history(self, rule: str) -> list[RuleEdit]:
        """Edits of a rule, latest first.

        Raises:
            StoreError: they could not be read.

        """
        return await self._state.rule_history(rule)

    async def check(self, content: bytes) -> Checked:
        """Check a text of rules (`rules: [...]`, YAML or JSON) against network, runbooks and the rules that are there.

        Raises:
            StoreError: the rules that are there could not be read.

        """
        checked = check_rules(content, _TEXT, self._runbooks, self._network, members=False)
        kinds = dict((await self.book()).kinds()) | {rule.id: rule.kind for rule in checked.rules}
        problems = [*checked.problems]
        for number, rule in enumerate(checked.rules):
            if isinstance(rule, CompositeRule):
                try:
                    check_members(rule, kinds)
                except ValueError as error:
                    what, _, mend = str(error).partition("; ")
                    problems.append(Problem(str(_TEXT), 0, f"rules.{number}.of", what, mend))
        return Checked(checked.rules, tuple(problems))

    async def save(self, rule: str, definition: dict[str, Any], *, version: int, person: str) -> Entry:
        """Keep a rule under its id: a new one, or another wording.

        Args:
            rule: its id; that of the definition.
            definition: as a file would have it.
            version: of the rule as the person has seen it; 0 where nobody has touched it, or it is new.
            person: who.

        Raises:
            RuleError: it is no rule; every problem with its key.
            RuleConflictError: somebody has changed it meanwhile.
            StoreError: it could not be kept.

        """
        checked = await self.check(orjson.dumps({"rules": [definition]}))
        if checked.problems:
            raise RuleError(checked.problems)
        if checked.rules[0].id != rule:
            raise RuleError(
                [Problem(str(_TEXT), 0, "rules.0.id", f"is {checked.rules[0].id}, not {rule}", "keep its id, or save it under the new one")]
            )
        before = (await self.book()).get(rule)
        base = hash_of(self._written.get(rule))
        edit = RuleEdit(rule, version + 1, definition, before is None or before.enabled, base, person, self._clock())
        return await self._keep(edit, before)

    async def switch(self, rule: str, *, on: bool, person: str) -> Entry:
        """Judge by a rule from now on, or no more.

        Raises:
            UnknownRuleError: there is none.
            RuleConflictError: a composite that is on stands on it.
            StoreError: it could not be kept.

        """
        book = await self.book()
        before = book.get(rule)
        if before is None:
            raise UnknownRuleError(rule)
        above = [name for name in book.composites_of(rule) if (entry := book.get(name)) and entry.enabled]
        if not on and above:
            raise RuleConflictError(f"{', '.join(above)} adds it up; switch that off first")
        definition = None if before.source == "file" else definition_of(before.rule)
        base = hash_of(self._written.get(rule))
        return await self._keep(RuleEdit(rule, before.version + 1, definition, on, base, person, self._clock()), before)

    async def revert(self, rule: str, *, person: str) -> Entry:
        """Go back to the file's wording.

        Raises:
            UnknownRuleError: the file has none.
            RuleConflictError: somebody has changed it meanwhile.
            StoreError: it could not be kept.

        """
        before = (await self.book()).get(rule)
        if before is None or rule not in self._written:
            raise UnknownRuleError(rule)
        base = hash_of(self._written[rule])
        return await self._keep(RuleEdit(rule, before.version + 1, None, before.enabled, base, person, self._clock()), before)

    async def try_out(self, content: bytes, start_ms: int, end_ms: int) -> Trial:
        """Say what rules would have done over [start, end) of the stored readings, without switching them on.

        Forecasts of the past are not looked at, and planned outages neither.

        Raises:
            RuleError: they are no rules.
            TrialTooLongError: the stretch is too long, or holds too many readings.
            StoreError: the past could not be read.

        """
        checked = await self.check(content)
        if checked.problems:
            raise RuleError(checked.problems)
        if not 0 < end_ms - start_ms <= LONGEST_TRIAL_MS:
            raise TrialTooLongError(
                f"a trial looks at 31 days at most, from its start to its end; this is {(end_ms - start_ms) / 86_400_000:.1f} days"
            )
        rules = [*checked.rules, *await self._members(checked.rules)]
        past = await self._past(rules, start_ms, end_ms)
        entered = entered_factors(await self._state.meter_changes())
        replayed = await asyncio.to_thread(replay, self._network, rules, self._settings, past, entered)
        return Trial(replayed, len(past))

    async def _members(self, rules: Sequence[Rule]) -> list[Rule]:
        """Rules that composites among these add up, and that are not among them."""
        given = {rule.id for rule in rules}
        wanted = [member for rule in rules if isinstance(rule, CompositeRule) for member in rule.of if member not in given]
        book = await self.book()
        return [entry.rule for member in dict.fromkeys(wanted) if (entry := book.get(member)) is not None]

    async def _past(self, rules: Sequence[Rule], start_ms: int, end_ms: int) -> Past:
        """Readings that rules look at, read a day at a time."""
        wanted = sorted(Engine(self._network, rules, self._settings, start_ms).needed)
        parts: dict[Series, list[Raw]] = {}
        count = 0
        for begin in range(start_ms, end_ms, _DAY_MS):
            found = await self._store.raw_many(wanted, begin, min(begin + _DAY_MS, end_ms))
            count += sum(len(raw.time_ms) for raw in found.values())
            if count > MOST_READINGS:
                raise TrialTooLongError(f"more than {MOST_READINGS:,} readings; ask for fewer days or fewer assets")
            for series, raw in found.items():
                parts.setdefault(series, []).append(raw)
        return Past({series: _column(found) for series, found in parts.items()})

    async def _keep(self, edit: RuleEdit, before: Entry | None) -> Entry:
        seen = 0 if before is None else before.version
        if edit.version != seen + 1 or not await self._state.save_rule(edit):
            raise RuleConflictError(f"{edit.rule} is at version {seen} by now; look at it and save again")
        entry = (await self.book()).get(edit.rule)
        assert entry is not None, "it has just been kept"
        return entry


def _column(parts: Sequence[Raw]) -> Column:
    at_ms, value, flags = (np.concatenate([getattr(raw, name) for raw in parts]) for name in ("time_ms", "value", "flags"))
    return Column.of(at_ms, value, flags)

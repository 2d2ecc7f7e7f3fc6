"""The rules in force: those of the file, with what people decided of them since laid over them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import orjson

from mainsight.alarms.rulefile import check_rules
from mainsight.alarms.rules import CompositeRule, Rule
from mainsight.core.network import Network
from mainsight.store.rule_port import RuleEdit

_SHOWN_AS = Path("rule")


def definition_of(rule: Rule) -> dict[str, Any]:
    """A rule as a file would have it, as plain data."""
    return rule.model_dump(mode="json", exclude_unset=True)


def hash_of(rule: Rule | None) -> str:
    """Short name of what a rule says; empty for none."""
    if rule is None:
        return ""
    return hashlib.blake2b(orjson.dumps(rule.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule of the book.

    Attributes:
        rule: as it is judged, or would be if it were on.
        source: file, edited (over the file's) or added (the file has none).
        enabled: whether it is judged.
        version: of the edits; 0 where nobody has touched it.
        conflict: the file's rule has changed since the edit was made over it: look at both and save again.
        problem: why the edit cannot be used, so that the file's rule stands in; empty where it can.
        person, at_ms: of the latest edit.

    """

    rule: Rule
    source: Literal["file", "edited", "added"]
    enabled: bool = True
    version: int = 0
    conflict: bool = False
    problem: str = ""
    person: str = ""
    at_ms: int = 0


class RuleBook:
    """Rules by id: the file's in its order, then those that were added."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Take entries, each id once."""
        self._entries = {entry.rule.id: entry for entry in entries}

    @classmethod
    def of(cls, written: Iterable[Rule], edits: Iterable[RuleEdit], network: Network) -> Self:
        """Lay edits over a file's rules; an edit that does not fit the network any more is shown, and not used."""
        by_rule = {edit.rule: edit for edit in edits}
        entries = [_entry(rule, by_rule.pop(rule.id, None), network) for rule in written]
        entries += [entry for edit in by_rule.values() if (entry := _added(edit, network)) is not None]
        return cls(entries)

    def __iter__(self) -> Iterator[Entry]:
        """All entries."""
        return iter(self._entries.values())

    def get(self, rule: str) -> Entry | None:
        """One of them."""
        return self._entries.get(rule)

    @property
    def in_force(self) -> tuple[Rule, ...]:
        """What is judged."""
        return tuple(entry.rule for entry in self if entry.enabled)

    def kinds(self) -> Mapping[str, str]:
        """Kind of each rule, by id."""
        return {entry.rule.id: entry.rule.kind for entry in self}

    def composites_of(self, rule: str) -> list[str]:
        """Composite rules that have a rule as a member."""
        return [entry.rule.id for entry in self if isinstance(entry.rule, CompositeRule) and rule in entry.rule.of]


def _entry(written: Rule, edit: RuleEdit | None, network: Network) -> Entry:
    if edit is None:
        return Entry(written, "file")
    rule, problem = _edited(edit, network)
    return Entry(
        rule or written,
        "edited" if rule else "file",
        edit.enabled,
        edit.version,
        conflict=rule is not None and edit.base != hash_of(written),
        problem=problem,
        person=edit.person,
        at_ms=edit.at_ms,
    )


def _added(edit: RuleEdit, network: Network) -> Entry | None:
    rule, _ = _edited(edit, network)
    if rule is None:
        return None
    return Entry(rule, "added", edit.enabled, edit.version, person=edit.person, at_ms=edit.at_ms)


def _edited(edit: RuleEdit, network: Network) -> tuple[Rule | None, str]:
    """The rule of an edit, or why there is none."""
    if edit.definition is None:
        return None, ""
    checked = check_rules(orjson.dumps({"rules": [edit.definition]}), _SHOWN_AS, network=network, members=False)
    return (checked.rules[0], "") if not checked.problems else (None, str(checked.problems[0]))

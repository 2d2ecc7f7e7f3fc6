"""Ids of the rules that validate and estimate, and the version of their whole."""

from enum import IntEnum

VERSION = 1
"""Kept with every final value; it goes up when any rule computes something else."""


class Rule(IntEnum):
    """Why a final value is what it is; the number is only for arrays, the name is what is kept and shown.

    Where several apply the one of the greater number is told.
    """

    NONE = 0
    """Plainly measured."""
    V15 = 1
    """The register went down: it rolled over (measured) or was reset or exchanged (suspect)."""
    E2 = 2
    """Linear over a gap of up to an hour."""
    E4 = 3
    """A known register difference shared out evenly over a gap."""
    V3 = 4
    """Fewer readings than the meter is registered for: they cover less than half of the interval."""
    V5 = 5
    """The device itself doubts the value."""
    V8 = 6
    """Negative, and the meter is not bidirectional."""
    V7 = 7
    """More than is physically possible."""

    @property
    def id(self) -> str:
        """As kept with final values; empty for plainly measured."""
        return "" if self is Rule.NONE else self.name


RULE_IDS = tuple(rule.id for rule in Rule)
"""Ids by number."""

"""Ids of the rules that validate, estimate and edit, and the version of their whole.

V1 (unknown device, channel or unit) and the first half of V6 (not finite) are the collector's, which keeps such messages in
quarantine; V2 (duplicates and conflicts) is the stores', which drop and count the ones and keep the others as revisions. None
of them ever gives a final value. All others are in this package.
"""

from enum import IntEnum

VERSION = 4
"""Kept with every final value; it goes up when any rule computes something else."""


class Rule(IntEnum):
    """Why a final value is what it is; the number is only for arrays, the name is what is kept and shown.

    Where several apply the one of the greater number is told. Those up to `COURSE` compare a value that is measured with others,
    and are asked again whenever these change; what comes after them follows from the readings alone.
    """

    NONE = 0
    """Plainly measured."""
    V18 = 1
    """A sibling channel is missing."""
    V16 = 2
    """Parent and children, or meter and check meter, do not agree."""
    V17 = 3
    """kW, kvar, kVA, V and A do not agree."""
    V14 = 4
    """The gauge's intervals do not add up to the register's difference."""
    V13 = 5
    """High or low against the same weekday's history."""
    V10 = 6
    """A greater step than the meter's class allows."""
    V12 = 7
    """Zero, and nothing explains it."""
    V11 = 8
    """Static for too many intervals."""
    V9 = 9
    """A spike: far above the third-highest interval."""
    V15 = 10
    """The register went down: exchanged or rolled over (measured), or reset (suspect)."""
    E1 = 11
    """From the check meter beside it."""
    E2 = 12
    """Linear over a gap of up to an hour."""
    E3 = 13
    """Mean of the three nearest like days."""
    E4 = 14
    """A known register difference shared out over a gap."""
    E5 = 15
    """The series' own profile; zero during an outage."""
    V19 = 16
    """Estimated for too long."""
    V3 = 17
    """Fewer readings than the meter is registered for: they cover less than half of the interval."""
    V4 = 18
    """The device's clock is wrong, or it was not installed yet."""
    V5 = 19
    """The device itself doubts the value."""
    V8 = 20
    """Negative, and the meter is not bidirectional."""
    V6 = 21
    """A sentinel instead of a value."""
    V7 = 22
    """More than is physically possible."""
    E6 = 23
    """A person decided."""

    @property
    def id(self) -> str:
        """As kept with final values; empty for plainly measured."""
        return "" if self is Rule.NONE else self.name


COURSE = Rule.V9
"""The last of the rules that compare."""
RULE_IDS = tuple(rule.id for rule in Rule)
"""Ids by number."""
NUMBERS = {rule.id: int(rule) for rule in Rule}
"""Numbers by id."""

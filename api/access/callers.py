"""Roles by zone, and who asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from api.access.trail import Told, Trail


class Role(IntEnum):
    """What its holder may do; each may do all that those below may.

    VIEWER reads, OPERATOR acts on alarms, PLANNER edits values, rules and outages, ADMINISTRATOR does devices, people and keys.
    """

    VIEWER = 1
    OPERATOR = 2
    PLANNER = 3
    ADMINISTRATOR = 4

    @property
    def label(self) -> str:
        """Its name as people and settings write it."""
        return self.name.lower()


ROLES = tuple(role.label for role in Role)
EVERYWHERE = "*"
"""In place of a zone: every zone, and what belongs to none."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        name: written beside what is done; empty for nobody.
        roles: zone or "*" -> role there.
        by: how it was proved.
        ident: the key's id or the user's name; what limits are counted by.
        address: where from.
        token_hash: of the session.
        csrf: what changing requests of the session have to carry.
        must_change: nothing but another password may be asked for.
        trail: what is written down of this request.

    """

    name: str
    roles: Mapping[str, Role]
    by: Literal["session", "key", "nobody"]
    ident: str
    address: str
    token_hash: str = ""
    csrf: str = ""
    must_change: bool = False
    trail: Trail = field(default_factory=Trail, compare=False)

    def tell(self, action: str, subject: str, before: Told = "", after: Told = "") -> None:
        """Say what this request changes, for the audit trail; see `Trail.tell`."""
        self.trail.tell(action, subject, before, after)

    def role_in(self, zone: str | None) -> Role | None:
        """The role in a zone; None asks for one that holds everywhere."""
        there = [role for name in (EVERYWHERE, zone) if name is not None and (role := self.roles.get(name)) is not None]
        return max(there, default=None)

    @property
    def highest(self) -> Role | None:
        """The highest role in any zone."""
        return max(self.roles.values(), default=None)

    @property
    def zones(self) -> frozenset[str] | None:
        """The zones it may read; None is all."""
        return None if EVERYWHERE in self.roles else frozenset(self.roles)

    def sees(self, zone: str | None) -> bool:
        """Whether it may read what is in a zone; what serves several (None) is seen by all who see anything."""
        return bool(self.roles) if zone is None else self.role_in(zone) is not None

    @property
    def origin(self) -> str:
        """Where from and by what, for the audit trail: the key's id is no secret."""
        return f"{self.address} {self.by}" + (f" {self.ident}" if self.by == "key" else "")


def roles_of(stored: Mapping[str, str]) -> dict[str, Role]:
    """Roles as they are kept, by their names."""
    return {zone: Role[name.upper()] for zone, name in stored.items()}

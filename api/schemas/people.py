"""People, their keys and sessions, and what they changed."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from api.access.callers import EVERYWHERE
from api.access.passwords import MAX_LENGTH
from api.schemas.base import Schema

RoleName = Literal["viewer", "operator", "planner", "administrator"]
UserName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
ZoneName = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z0-9][a-z0-9-]{0,62})$")]
Roles = Annotated[
    dict[ZoneName, RoleName], Field(min_length=1, max_length=100, examples=[{EVERYWHERE: "viewer", "quang-chau": "operator"}])
]
"""Zone -> role; "*" is all zones and what belongs to none."""
Password = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)]


class SignIn(Schema):
    """Name and password."""

    name: Annotated[str, Field(min_length=1, max_length=64, examples=["lan"])]
    password: Annotated[Password, Field(examples=["one-time-password-or-own"])]


class SignInByCode(Schema):
    """A code that signs somebody in once, as a demo prints it in its address."""

    code: Annotated[str, Field(min_length=1, max_length=100)]


class NewPassword(Schema):
    """The present password, and the one to take its place."""

    old: Password
    new: Password


class Me(Schema):
    """Who this request came from; names are null for nobody.

    `role` is the highest one anywhere; `roles` says it by zone. `csrf` is what changing requests of a session carry in
    X-CSRF-Token. With `must_change`, nothing but choosing another password is possible.
    """

    name: str | None
    role: RoleName | None
    user: str | None
    roles: dict[str, RoleName]
    by: Literal["session", "key", "nobody"]
    csrf: str | None
    must_change: bool


class User(Schema):
    """A person who can sign in."""

    name: str
    full_name: str
    roles: dict[str, RoleName]
    created_ms: int
    must_change: bool
    disabled: bool


class Users(Schema):
    """All of them."""

    items: list[User]


class NewUser(Schema):
    """Somebody to add."""

    name: Annotated[UserName, Field(examples=["lan"])]
    full_name: Annotated[str, Field(max_length=100, examples=["Nguyen Thi Lan"])] = ""
    roles: Roles


class UserChange(Schema):
    """What to change; what is left out or null stays as it is."""

    full_name: Annotated[str | None, Field(max_length=100)] = None
    roles: Roles | None = None
    disabled: bool | None = None


class OneTime(Schema):
    """A password for one use, shown this once."""

    name: str
    password: str


class Key(Schema):
    """An API key, without what proves it; no zones means all."""

    id: str
    name: str
    role: RoleName
    zones: tuple[str, ...]
    created_ms: int
    expires_ms: int | None
    revoked: bool


class Keys(Schema):
    """All of them, revoked ones too."""

    items: list[Key]


class NewKey(Schema):
    """A key to make."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["grafana"])]
    role: RoleName = "viewer"
    zones: Annotated[tuple[ZoneName, ...], Field(max_length=100)] = ()
    days: Annotated[int | None, Field(ge=1, le=3660, description="until it expires; null: never")] = 365

    @field_validator("zones")
    @classmethod
    def _names_only(cls, zones: tuple[str, ...]) -> tuple[str, ...]:
        if EVERYWHERE in zones:
            raise ValueError("leave zones empty for all")
        return zones


class MadeKey(Key):
    """A new key and its text, shown this once."""

    key: str


class AuditItem(Schema):
    """One change: who, what, before, after, from where, and what became of it."""

    seq: int
    at_ms: int
    person: str
    action: str
    subject: str
    before: str
    after: str
    origin: str
    outcome: str


class Audit(Schema):
    """A page of the trail, latest first; `next` is the `cursor` of the page after."""

    items: list[AuditItem]
    next: int | None

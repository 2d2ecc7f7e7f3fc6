"""Ports of who may use the system: people, their sessions, failed sign-ins, and answers kept for repeated requests.

Passwords and tokens are never kept, only what proves them. Instants are UTC milliseconds. `mainsight.store.state_port` adds
these to the relational state.
"""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in with a name and a password.

    Attributes:
        name: what is typed to sign in; lower case.
        full_name: what is shown.
        roles: zone -> role; "*" is every zone and what belongs to none.
        password_hash: Argon2's encoded hash.
        must_change: the password is for one use: it lets its holder choose another and nothing else.
        disabled: cannot sign in.

    """

    name: str
    full_name: str
    roles: dict[str, str]
    password_hash: str
    created_ms: int
    must_change: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one user on one browser, known by the hash of its token."""

    token_hash: str
    user: str
    created_ms: int
    used_ms: int
    expires_ms: int
    address: str


@dataclass(frozen=True, slots=True)
class SignInCode:
    """What signs a user in once, without a password, known by its hash."""

    code_hash: str
    user: str
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Failures:
    """Sign-ins that failed in a row, of whom or from where `subject` says."""

    subject: str
    count: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a changing request that came with an idempotency key.

    Attributes:
        holder, key: identity; the holder is who asked, so that keys of two callers never meet.
        fingerprint: hash of method, path and body; the same key with another one is a mistake of the caller's.
        status: None while the request is under way.

    """

    holder: str
    key: str
    fingerprint: str
    at_ms: int
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class PeopleState(Protocol):
    """People, sessions, codes and failed sign-ins."""

    async def users(self) -> list[User]:
        """All people, by name."""
        ...

    async def user(self, name: str) -> User | None:
        """One of them."""
        ...

    async def save_user(self, user: User) -> None:
        """Add or replace one by name."""
        ...

    async def add_first_user(self, user: User) -> bool:
        """Add one if there is nobody yet, in one transaction; whether it was added."""
        ...

    async def session(self, token_hash: str) -> Session | None:
        """One session, expired or not."""
        ...

    async def save_session(self, session: Session) -> None:
        """Add or replace one."""
        ...

    async def end_sessions(self, user: str, *, but: str = "") -> None:
        """End all sessions of a user, save the one with a token hash."""
        ...

    async def end_session(self, token_hash: str) -> None:
        """End one."""
        ...

    async def forget_sessions(self, expired_by_ms: int) -> None:
        """Forget sessions that had expired by then."""
        ...

    async def save_code(self, code: SignInCode) -> None:
        """Keep a code."""
        ...

    async def take_code(self, code_hash: str, now_ms: int) -> str | None:
        """Whom a code signs in, for the first who asks; None when it is not known, was taken or has expired."""
        ...

    async def failures(self, subjects: tuple[str, ...]) -> list[Failures]:
        """Failures in a row of these."""
        ...

    async def note_failure(self, subjects: tuple[str, ...], now_ms: int, forget_before_ms: int) -> None:
        """Count one more of each; those whose last was before an instant begin anew."""
        ...

    async def clear_failures(self, subjects: tuple[str, ...]) -> None:
        """Forget them after a sign-in that succeeded."""
        ...


class ReplyState(Protocol):
    """Answers to requests that may be repeated."""

    async def claim_reply(self, reply: Reply, forget_before_ms: int) -> Reply | None:
        """Note that a request is under way, in one transaction; the one that is there already instead, or None.

        Replies from before an instant are forgotten.
        """
        ...

    async def save_reply(self, reply: Reply) -> None:
        """Keep the answer."""
        ...

    async def drop_reply(self, holder: str, key: str) -> None:
        """Forget a request that came to nothing, so that it may be tried again."""
        ...

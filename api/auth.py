"""API keys: who may change state.

A key reads `ms_<id>_<secret>`; the secret has 256 random bits, so its SHA-256 is all that is kept and a slow
password hash would add nothing. Reading needs no key while the API listens on loopback.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from enum import IntEnum
from typing import Annotated

from fastapi import Depends, Header

from api.problems import Problem
from api.services import Services, services
from mainsight.store.state_port import ApiKey


class Role(IntEnum):
    """What a key's holder may do; each may do all that those below may."""

    VIEWER = 1
    OPERATOR = 2
    PLANNER = 3
    ADMINISTRATOR = 4


ROLES = tuple(role.name.lower() for role in Role)


def make_key(name: str, role: str, now_ms: int, expires_ms: int | None = None) -> tuple[str, ApiKey]:
    """Make a key: the text to hand out once, and the record to keep."""
    key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    return f"ms_{key_id}_{secret}", ApiKey(key_id, name, role, _hash(secret), now_ms, expires_ms)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def match(text: str, keys: list[ApiKey], now_ms: int) -> ApiKey | None:
    """Find the valid key that a text is; None when there is none (unknown, revoked, expired)."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != "ms":
        return None
    for key in keys:
        if key.id == parts[1] and hmac.compare_digest(key.key_hash, _hash(parts[2])):
            expired = key.expires_ms is not None and key.expires_ms <= now_ms
            return None if key.revoked or expired else key
    return None


async def holder(
    deps: Annotated[Services, Depends(services)],
    x_api_key: Annotated[str | None, Header(description="key made by `mainsight key make`")] = None,
) -> ApiKey | None:
    """Give the key a request came with; None when it came with none.

    Raises:
        Problem: 401 when the key is not valid.

    """
    if x_api_key is None:
        return None
    key = match(x_api_key, await deps.state.keys(), deps.clock())
    if key is None:
        raise Problem(401, "this API key is not known, was revoked or has expired", "header/x-api-key")
    return key


def require(role: Role) -> Callable[..., ApiKey]:
    """Dependency that lets a request pass only with a key of a role or above."""

    def check(key: Annotated[ApiKey | None, Depends(holder)]) -> ApiKey:
        if key is None:
            raise Problem(401, "this changes state and needs an API key in the header X-API-Key", "header/x-api-key")
        if Role[key.role.upper()] < role:
            raise Problem(403, f"the key {key.name!r} is a {key.role}'s; this needs a {role.name.lower()}'s", "header/x-api-key")
        return key

    return check


Holder = Annotated[ApiKey | None, Depends(holder)]
Operator = Annotated[ApiKey, Depends(require(Role.OPERATOR))]
Administrator = Annotated[ApiKey, Depends(require(Role.ADMINISTRATOR))]

"""API keys, session tokens and one-time codes: made, hashed, matched.

A key reads `ms_<id>_<secret>`. Each carries 256 random bits, so their SHA-256 is all that is kept: a slow password hash
would add nothing.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from mainsight.store.people_port import SignInCode
from mainsight.store.state_port import ApiKey


def make_key(name: str, role: str, now_ms: int, expires_ms: int | None = None, zones: Sequence[str] = ()) -> tuple[str, ApiKey]:
    """Make a key: the text to hand out once, and the record to keep. Without zones it holds for all."""
    key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    return f"ms_{key_id}_{secret}", ApiKey(key_id, name, role, digest(secret), now_ms, expires_ms, zones=tuple(zones))


def digest(secret: str) -> str:
    """What is kept of a secret of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def match(text: str, keys: Sequence[ApiKey], now_ms: int) -> ApiKey | None:
    """Find the valid key that a text is; None when there is none (unknown, revoked, expired)."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != "ms":
        return None
    for key in keys:
        if key.id == parts[1] and hmac.compare_digest(key.key_hash, digest(parts[2])):
            expired = key.expires_ms is not None and key.expires_ms <= now_ms
            return None if key.revoked or expired else key
    return None


def make_token() -> str:
    """Make a session's token: only its hash is kept."""
    return secrets.token_urlsafe(32)


def make_code(user: str, expires_ms: int) -> tuple[str, SignInCode]:
    """Make a code that signs a user in once: the text to hand out, and the record to keep."""
    code = secrets.token_urlsafe(32)
    return code, SignInCode(digest(code), user, expires_ms)


def csrf_of(token: str) -> str:
    """The CSRF token that goes with a session's token: only who has the cookie's value could compute it."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()

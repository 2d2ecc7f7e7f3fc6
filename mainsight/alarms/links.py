"""Links in messages by which an alarm is acknowledged: signed, expiring, made out to one person.

A link acts only when its page is sent back (POST): mail scanners and previews fetch links, and must change nothing.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from hashlib import sha256

_SIGNATURE_BYTES = 16


class LinkError(Exception):
    """A link that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a link is good for: one person's acknowledgement of one incident.

    Attributes:
        rule, asset, incident: what.
        person: whose name is written down.
        language: of its page, vi or en.
        expires_ms: until when, UTC milliseconds.

    """

    rule: str
    asset: str
    incident: str
    person: str
    language: str
    expires_ms: int


def sign(secret: bytes, claim: Claim) -> str:
    """Make a link's token: letters, digits, hyphens, underscores and a dot."""
    content = _text(json.dumps(list(asdict(claim).values()), ensure_ascii=False, separators=(",", ":")).encode())
    return f"{content}.{_text(_signature(secret, content))}"


def read(secret: bytes, token: str, now_ms: int) -> Claim:
    """Read a token.

    Raises:
        LinkError: it is not one of ours, or its time is over.

    """
    content, _, signature = token.partition(".")
    if not hmac.compare_digest(_text(_signature(secret, content)).encode(), signature.encode()):
        raise LinkError("this link is not whole: copy all of it from the message")
    claim = Claim(*json.loads(urlsafe_b64decode(content + "=" * (-len(content) % 4))))
    if now_ms >= claim.expires_ms:
        raise LinkError("this link has expired: acknowledge in the console")
    return claim


def _signature(secret: bytes, content: str) -> bytes:
    return hmac.new(secret, content.encode(), sha256).digest()[:_SIGNATURE_BYTES]


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")

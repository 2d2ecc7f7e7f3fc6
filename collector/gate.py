"""The gate: what is refused before anything is parsed."""

import re
import unicodedata
from itertools import accumulate
from typing import Final

from collector.numbers import Reason

_OTHER_BYTES: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
JSON_START: Final = frozenset((b"{", b"[", b" ", b"\t", b"\r", b"\n"))
"""First bytes of a payload that may be a JSON object or array."""
_TAB: Final = 9
_OPEN: Final = ord("[")
_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\Z)', re.DOTALL)  # an open one runs to the end: no second look at what follows
_MAX_TOPIC_BYTES: Final = 65_535
_MAX_LEVELS: Final = 64


class Gate:
    """Caps on size and nesting, and the sanity of topics.

    Args:
        max_payload_bytes: greatest size of a payload.
        max_nesting: greatest depth of brackets in a JSON payload.
        max_level_chars: greatest length of one topic level.

    """

    def __init__(self, max_payload_bytes: int, max_nesting: int, max_level_chars: int) -> None:
        self._max_payload_bytes = max_payload_bytes
        self._max_nesting = max_nesting
        self._max_level_chars = max_level_chars

    def topic(self, topic: str) -> Reason | None:
        """Why a topic is refused, or None."""
        return None if sane_topic(topic, self._max_level_chars) else "bad_topic"

    def payload(self, payload: bytes) -> Reason | None:
        """Why a payload is refused, or None."""
        if len(payload) > self._max_payload_bytes:
            return "too_large"
        if payload[:1] in JSON_START and nested_deeper(payload, self._max_nesting):
            return "too_deep"
        return None


def stripped(payload: bytes) -> bytes:
    """Take one trailing NUL off a text (C clients send it); a binary payload is left as it is."""
    if payload[-1:] == b"\0" and len(payload) > 1 and min(payload[:-1]) >= _TAB:
        return payload[:-1]
    return payload


def sane_topic(topic: str, max_level_chars: int) -> bool:
    """Whether a topic is fit to be matched, shown and logged.

    Wildcards, control and format characters (NUL, line breaks, direction marks), path steps (`..`), over-long levels and
    topics without a single name are not. An empty first level (`/meter/1`) is.
    """
    levels = topic.split("/")
    return (
        any(levels)
        and len(levels) <= _MAX_LEVELS
        and max(map(len, levels)) <= max_level_chars
        and len(topic.encode(errors="replace")) <= _MAX_TOPIC_BYTES
        and not any(level in {".", ".."} for level in levels)
        and not any(character in "+#" or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in topic)
    )


def nested_deeper(payload: bytes, limit: int) -> bool:
    """Whether brackets outside strings nest deeper than a limit, without parsing."""
    if payload.count(b"[") + payload.count(b"{") <= limit:
        return False
    if _collapses(payload.translate(_ONE_KIND, _OTHER_BYTES), limit):
        return False
    brackets = _STRINGS.sub(b"", payload).translate(_ONE_KIND, _OTHER_BYTES)
    return max(accumulate(1 if bracket == _OPEN else -1 for bracket in brackets), default=0) > limit


def _collapses(brackets: bytes, limit: int) -> bool:
    """Whether innermost pairs, taken away round by round, leave nothing within so many rounds."""
    for _ in range(limit):
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return True
    return False

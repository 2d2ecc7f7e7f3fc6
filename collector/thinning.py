"""Quarantine's guard against floods: of messages that wait for the same cause, one in so many minutes is kept."""

from typing import Final

_MINUTE_MS: Final = 60_000
_MOST: Final = 100_000


class Thinning:
    """Remembers, bounded, when a message was last kept for a cause.

    Args:
        minutes: how long after one message no other of the same cause is kept; 0 keeps all.

    Attributes:
        left_out: messages not kept.

    """

    def __init__(self, minutes: float) -> None:
        self._span_ms = int(minutes * _MINUTE_MS)
        self._kept: dict[int, int] = {}
        self.left_out = 0

    def keeps(self, cause: tuple[str, ...], arrival_ms: int) -> bool:
        """Whether to keep a message that arrived at an instant. One that is replayed (no later than the last) always is."""
        key = hash(cause)
        last = self._kept.get(key)
        if last is not None and last < arrival_ms < last + self._span_ms:
            self.left_out += 1
            return False
        if last is None and len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[key] = arrival_ms if last is None else max(last, arrival_ms)
        return True

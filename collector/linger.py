"""How long a batch waits for more messages before it is committed.

A commit costs about the same for one message as for a hundred, so while messages trickle in a batch waits until its oldest
has waited long enough. But a broker that allows few unacknowledged messages sends nothing more until we acknowledge, and
waiting would only stall it. How many it allows it does not say; it shows: a batch waited, and nothing came. Then batches
go as soon as they are of that size or nothing more is on its way, until more comes before they are acknowledged, and now
and then one waits again, for messages may only have been few.
"""

from typing import Final

_PAUSE_S: Final = 0.002
"""After so long without a message none is on its way."""
_TRY_AGAIN_S: Final = 1.0


class Linger:
    """Decides. No clock: whoever asks says what time it is, in seconds that only run forward."""

    def __init__(self, longest_s: float) -> None:
        """Let no message wait longer than this for others."""
        self._longest_s = longest_s
        self._began_s = 0.0
        self._newest_s = 0.0
        self._came = False
        self._allowed: int | None = None
        self._try_s = 0.0

    def arrived(self, now_s: float, *, unacknowledged: bool) -> None:
        """Note that messages have come, and whether others were unacknowledged then."""
        self._came |= unacknowledged and now_s - self._newest_s > _PAUSE_S
        self._newest_s = now_s

    def begin(self, now_s: float) -> None:
        """Note that a batch has its first message."""
        self._began_s = now_s

    def wait_s(self, messages: int, now_s: float) -> float:
        """How long a batch waits at most before it is asked again, seconds; 0 or less when it is to be committed."""
        due_s = self._began_s + self._longest_s
        if self._waits(now_s):
            return due_s - now_s
        assert self._allowed is not None, "else it waits"
        return 0.0 if messages >= self._allowed else min(due_s, self._newest_s + _PAUSE_S) - now_s

    def acknowledged(self, messages: int, now_s: float) -> None:
        """Note that a batch was acknowledged."""
        if self._came:
            self._allowed = None
        elif self._waits(now_s):
            self._allowed = messages if now_s - self._newest_s > self._longest_s / 2 else None
            self._try_s = now_s + _TRY_AGAIN_S
        self._came = False

    def _waits(self, now_s: float) -> bool:
        return self._allowed is None or now_s >= self._try_s

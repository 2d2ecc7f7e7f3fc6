"""How long to wait before the next try to connect."""

from random import Random


class BackOff:
    """Waits that are drawn at random up to a bound, which doubles from the first to the longest.

    The draw keeps a fleet of collectors from coming back to a restarted broker all at once.
    """

    def __init__(self, first_s: float, longest_s: float, random: Random) -> None:
        self._first_s = first_s
        self._longest_s = max(first_s, longest_s)
        self._bound_s = first_s
        self._random = random

    def after_failure(self) -> float:
        """Seconds to wait after a try that failed."""
        bound_s, self._bound_s = self._bound_s, min(2 * self._bound_s, self._longest_s)
        return self._random.uniform(0, bound_s)

    def after_loss(self, lived_s: float) -> float:
        """Seconds to wait after a connection that lived so long. One that ended at once counts as a failure."""
        if lived_s > self._bound_s:
            self._bound_s = self._first_s
        return self.after_failure()

    def after_refusal(self) -> float:
        """Seconds to wait after an answer that will not change by itself: half of the longest wait at least."""
        self._bound_s = self._longest_s
        return self._random.uniform(self._longest_s / 2, self._longest_s)

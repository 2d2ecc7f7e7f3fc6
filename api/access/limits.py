"""How often somebody may ask, and how long to wait after failed sign-ins. Pure but for the buckets' memory."""

from collections import OrderedDict
from dataclasses import dataclass

from mainsight.store.people_port import Failures

_HOLDERS = 10_000
_LONGEST_S = 900
_FREE_OF_PAIR, _FREE_OF_NAME = 5, 50
FORGET_MS = 24 * 3600 * 1000
"""Failed sign-ins this old count no more."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_ms: int


class RateLimit:
    """A token bucket a holder: `per_minute` on average, as many at once after a quiet minute. The least recent are forgotten."""

    def __init__(self, per_minute: int) -> None:
        """Allow this many; 0 is no limit."""
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, holder: str, now_ms: int) -> int:
        """Take one; 0, or the seconds to wait when there is none."""
        if not self._per_minute:
            return 0
        bucket = self._buckets.pop(holder, None) or _Bucket(self._per_minute, now_ms)
        self._buckets[holder] = bucket
        if len(self._buckets) > _HOLDERS:
            self._buckets.popitem(last=False)
        per_ms = self._per_minute / 60_000
        bucket.tokens = min(self._per_minute, bucket.tokens + max(0, now_ms - bucket.at_ms) * per_ms)
        bucket.at_ms = now_ms
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return int((1 - bucket.tokens) / per_ms / 1000) + 1


def subjects(name: str, address: str) -> tuple[str, str]:
    """What failed sign-ins are counted by: the pair, and, far more patiently, the name from wherever it is tried."""
    return f"{name}|{address}", name


def locked_s(failures: list[Failures], now_ms: int) -> int:
    """Seconds until the next try: doubled with each failure past the free ones, at most a quarter of an hour.

    The name alone is locked only after ten times as many, so that a stranger cannot easily lock its owner out.
    """
    return max((_locked_s(one, now_ms) for one in failures), default=0)


def _locked_s(one: Failures, now_ms: int) -> int:
    beyond = one.count - (_FREE_OF_PAIR if "|" in one.subject else _FREE_OF_NAME)
    if beyond < 0:
        return 0
    wait_ms = min(_LONGEST_S, 1 << min(beyond, 10)) * 1000
    return max(0, -(-(one.last_ms + wait_ms - now_ms) // 1000))

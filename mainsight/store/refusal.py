"""What no store takes: readings that could not be read back as what they were."""

import math

from mainsight.core.quantities import is_quantity
from mainsight.core.readings import Reading
from mainsight.core.zonetime import rfc3339

LATEST_MS = 7_258_118_400_000
"""1 January 2200. Device times outside [1970, 2200) are never meant."""
LONGEST_LAG_MS = 2**31 * 1000
"""The lag is kept in seconds, in 32 bits."""
MOST_FLAGS = 255


def refusal(reading: Reading, since_ms: int = 0) -> str:
    """Why a reading can never be stored; empty when it can. `since_ms` is from when final values are kept."""
    if not math.isfinite(reading.value):
        return f"value {reading.value} is not finite"
    if not 0 <= reading.time_ms < LATEST_MS:
        return f"time {reading.time_ms} ms is not between 1970 and 2200"
    if reading.time_ms < since_ms:
        return f"time {rfc3339(reading.time_ms)} is before {rfc3339(since_ms)}: final values are kept no longer (store.retention)"
    if not 0 <= reading.arrival_ms < LATEST_MS:
        return f"arrival {reading.arrival_ms} ms is not between 1970 and 2200"
    if abs(reading.arrival_ms - reading.time_ms) >= LONGEST_LAG_MS:
        return "time and arrival are more than 68 years apart"
    if not 0 <= reading.flags <= MOST_FLAGS:
        return f"flags {reading.flags} are not between 0 and {MOST_FLAGS}"
    if not is_quantity(reading.quantity):
        return f"quantity {reading.quantity!r} is not in the vocabulary"
    return ""

"""The one place that reads the clock."""

import time


def now_ms() -> int:
    """Now, UTC milliseconds since 1970."""
    return time.time_ns() // 1_000_000

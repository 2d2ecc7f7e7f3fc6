"""What is to be said of a device's health, as a pure function of what is kept of it and now."""

from typing import Final

from api.schemas.devices import Condition
from mainsight.store.device_port import DeviceHealth

_SILENT_FACTOR: Final = 3.0
_SILENT_LEAST_S: Final = 30.0
_SLOW_FACTOR: Final = 2.0
_CLOCK_MS: Final = 60_000
_ERROR_MS: Final = 3_600_000


def conditions(device: DeviceHealth, now_ms: int, *, meters_silent: bool) -> list[Condition]:
    """What is wrong with a device; nothing where it is well.

    gone: it, or the broker for it, told so; silent: not heard of for three of its usual intervals, and half a minute more, or, while
    its interval is not known (all that came was sent after an outage), where its meters are silent; slow:
    of late, twice its usual interval from one transmission to the next; clock: more than a minute off; errors: something it
    sent in the last hour gave no reading.
    """
    found: list[Condition] = [] if device.gone_ms is None else ["gone"]
    if _silent(device, now_ms, meters_silent=meters_silent):
        found.append("silent")
    elif device.interval_s and device.recent_s and device.recent_s > _SLOW_FACTOR * device.interval_s:
        found.append("slow")
    if device.drift_ms is not None and abs(device.drift_ms) > _CLOCK_MS:
        found.append("clock")
    if device.last_error_ms is not None and now_ms - device.last_error_ms < _ERROR_MS:
        found.append("errors")
    return found


def _silent(device: DeviceHealth, now_ms: int, *, meters_silent: bool) -> bool:
    if device.interval_s is None:
        return meters_silent
    return (now_ms - device.last_seen_ms) / 1_000 > _SILENT_FACTOR * device.interval_s + _SILENT_LEAST_S

"""Clock drift of devices: the least arrival lag over their last messages, never one message's (back-fill is not drift)."""

from collections import deque


class Drift:
    """Remembers arrival lags by device.

    Args:
        messages: over how many messages the least lag is taken.

    """

    def __init__(self, messages: int) -> None:
        self._messages = messages
        self._lags: dict[str, deque[int]] = {}

    def note(self, device: str, lag_ms: int) -> None:
        """Note by how much a message arrived after its newest time; negative when the device's clock is ahead."""
        lags = self._lags.get(device)
        if lags is None:
            lags = self._lags[device] = deque(maxlen=self._messages)
        lags.append(lag_ms)

    def least_ms(self) -> dict[str, int]:
        """Least lag of each device that has sent enough messages to tell."""
        return {device: min(lags) for device, lags in self._lags.items() if len(lags) == self._messages}

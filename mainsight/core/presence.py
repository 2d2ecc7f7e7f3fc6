"""Which meters are gone by word of their devices, or of the broker for them: what they said last is no longer to be trusted."""

from collections.abc import Mapping


class Presence:
    """Meters that are gone, and since when; those that are not are there as far as anybody said. Used from one event loop."""

    def __init__(self) -> None:
        """Nobody is gone."""
        self._gone: dict[str, int] = {}

    @property
    def gone(self) -> Mapping[str, int]:
        """Ids of meters that are gone, and when that was told, UTC milliseconds."""
        return self._gone

    def leave(self, meter: str, at_ms: int) -> None:
        """Note that a meter is gone; told again, the first time holds."""
        self._gone.setdefault(meter, at_ms)

    def back(self, meter: str) -> None:
        """Note that a meter is there again."""
        self._gone.pop(meter, None)

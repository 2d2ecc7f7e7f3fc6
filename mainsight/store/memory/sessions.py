"""What MQTT sessions must remember, in memory."""

from collections.abc import Sequence

from mainsight.store.session_port import Arrival


class MemorySessions:
    """`SessionState` in dictionaries."""

    def __init__(self) -> None:
        """Start empty."""
        self._filters: dict[str, set[str]] = {}
        self._arrivals: dict[tuple[str, int], Arrival] = {}

    async def subscribed(self, client_id: str, filters: Sequence[str]) -> list[str]:
        """See `SessionState.subscribed`."""
        known = self._filters.setdefault(client_id, set())
        known.update(filters)
        return sorted(known)

    async def arrivals(self, client_id: str) -> list[Arrival]:
        """See `SessionState.arrivals`."""
        return sorted(arrival for (client, _), arrival in self._arrivals.items() if client == client_id)

    async def note_arrivals(self, client_id: str, arrivals: Sequence[Arrival]) -> None:
        """See `SessionState.note_arrivals`."""
        self._arrivals.update({(client_id, arrival.packet_id): arrival for arrival in arrivals})

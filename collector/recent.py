"""The last messages as they came, for trying rules on: in memory, bounded by count and bytes, gone at a restart."""

from collections import deque
from collections.abc import Callable

from collector.session.port import Message


class Recent:
    """A ring of messages.

    Args:
        messages: how many are kept at most.
        most_bytes: how much their topics and payloads may take in all.

    """

    def __init__(self, messages: int, most_bytes: int) -> None:
        self._messages = messages
        self._most_bytes = most_bytes
        self._held = 0
        self._ring: deque[Message] = deque()

    def add(self, message: Message) -> None:
        """Keep a message; the oldest go where there is no room."""
        ring = self._ring
        ring.append(message)
        self._held += len(message.topic) + len(message.payload)
        while len(ring) > self._messages or self._held > self._most_bytes:
            oldest = ring.popleft()
            self._held -= len(oldest.topic) + len(oldest.payload)

    def __len__(self) -> int:
        return len(self._ring)

    def last(self, count: int, wanted: Callable[[str], bool]) -> list[Message]:
        """Newest messages of the topics that are wanted, oldest first."""
        found: list[Message] = []
        for message in reversed(self._ring):
            if len(found) == count:
                break
            if wanted(message.topic):
                found.append(message)
        return found[::-1]

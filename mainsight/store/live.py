"""Live values inside a process: a broadcast whose slow listeners lose the oldest, never stall the writer."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from mainsight.core.readings import Reading


@dataclass(slots=True)
class Listener:
    """One listener's bounded queue of batches."""

    size: int
    dropped: int = 0
    _batches: deque[Sequence[Reading]] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, batch: Sequence[Reading]) -> None:
        """Queue a batch; the oldest goes when the queue is full, and is counted."""
        if len(self._batches) >= self.size:
            self._batches.popleft()
            self.dropped += 1
        self._batches.append(batch)
        self._wake.set()

    def take_gap(self) -> int:
        """Number of batches lost since the last call: a listener that needs them all reads the store again."""
        lost, self.dropped = self.dropped, 0
        return lost

    async def batches(self) -> AsyncIterator[Sequence[Reading]]:
        """Batches as they come, for ever."""
        while True:
            while self._batches:
                yield self._batches.popleft()
            self._wake.clear()
            await self._wake.wait()


class Broadcast:
    """Hands each committed batch to every listener. Used from one event loop."""

    def __init__(self) -> None:
        """Start without listeners."""
        self._by_id: dict[int, Listener] = {}

    def publish(self, batch: Sequence[Reading]) -> None:
        """Offer a committed batch to all listeners; never blocks."""
        if batch:
            for listener in self._by_id.values():
                listener.offer(batch)

    def lose(self) -> None:
        """Something was lost before it came here: every listener counts a gap, and hears of it with the next batch."""
        for listener in self._by_id.values():
            listener.dropped += 1

    @contextmanager
    def listen(self, size: int = 256) -> Iterator[Listener]:
        """Listen while the context lasts."""
        listener = Listener(size)
        self._by_id[id(listener)] = listener
        try:
            yield listener
        finally:
            del self._by_id[id(listener)]

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._by_id)

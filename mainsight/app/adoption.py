"""Giving an unknown device to a meter, and storing what had waited for it in quarantine.

The collector's process does it, since it decodes; the API's process asks for it.
"""

from collections.abc import Callable, Sequence

from collector.pipeline import Pipeline
from collector.session.port import Message
from mainsight.core.readings import Reading
from mainsight.store.asking import answer_of, attend
from mainsight.store.port import TimeSeriesStore
from mainsight.store.state_port import Answer, Quarantined, Request, RequestState, StateStore

ROLE = "collect"
_PAGE = 500
_WAIT_S = 10.0


class Adoption:
    """Adopts devices while the collector runs; both stand on the same pipeline."""

    def __init__(self, state: StateStore, store: TimeSeriesStore, pipeline: Pipeline, publish: Callable[[Sequence[Reading]], None]) -> None:
        """Take what an adoption touches; `publish` tells live listeners of what was stored."""
        self._state = state
        self._store = store
        self._pipeline = pipeline
        self._publish = publish

    async def adopt(self, device: str, meter: str) -> int:
        """Give a device's name to a meter, for good, and replay what waited; the number of readings stored.

        Messages leave the quarantine only after their readings are durable.
        """
        await self._state.adopt(device, meter)
        self._pipeline.adopt(device, meter)
        stored = 0
        before: int | None = None
        while page := await self._state.quarantined(device=device, before_id=before, limit=_PAGE):
            stored += await self._replay(page)
            before = page[-1].id
        return stored

    async def _replay(self, page: Sequence[Quarantined]) -> int:
        processed = [(item, self._pipeline.process(_message(item))) for item in page]
        readings = [reading for _, result in processed for reading in result.readings]
        if not readings:
            return 0
        result = await self._store.write(readings)
        self._publish(readings)
        await self._state.release([item.id for item, done in processed if done.readings and not done.quarantined])
        return result.stored

    async def attend(self, clock: Callable[[], int]) -> None:
        """Do what other processes ask for, until cancelled. Done twice it changes nothing."""

        async def carry_out(request: Request) -> None:
            stored = await self.adopt(request.arguments["device"], request.arguments["meter"])
            await self._state.answer(Answer(request.id, clock(), done=True, detail={"stored": stored}))

        await attend(self._state, ROLE, carry_out)


class RemoteAdoption:
    """Asks the collector's process."""

    def __init__(self, state: RequestState, clock: Callable[[], int]) -> None:
        """Ask through `state`."""
        self._state = state
        self._clock = clock

    async def adopt(self, device: str, meter: str) -> int:
        """Have a device's name given to a meter; the number of readings stored.

        Raises:
            NotAnsweredError: it is noted and not done yet.
            StoreUnavailableError: it could not be noted.

        """
        request = Request(ROLE, "adopt", {"device": device, "meter": meter}, self._clock())
        stored: int = (await answer_of(self._state, request, _WAIT_S)).detail["stored"]
        return stored


def _message(item: Quarantined) -> Message:
    return Message(item.topic, item.payload, retained=False, qos=1, arrival_ms=item.arrival_ms)

"""The part of a running system that copies the embedded store, which no other process may open, when it is asked to."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from mainsight.store.asking import attend
from mainsight.store.port import StoreError
from mainsight.store.request_port import Answer, Request, RequestState
from mainsight.store.stock import Copies

ROLE = "serve"
"""Who is asked: `mainsight serve` and `mainsight demo`."""


class Keeper:
    """Copies the store on request, and answers with what is in the copy."""

    def __init__(self, store: Copies, state: RequestState, clock: Callable[[], int]) -> None:
        """`clock` gives UTC milliseconds."""
        self._store = store
        self._state = state
        self._clock = clock

    async def run(self) -> None:
        """Attend until cancelled."""
        await attend(self._state, ROLE, self.carry_out)

    async def carry_out(self, request: Request) -> None:
        """Copy the store to where the request says, unless whoever asked has given up since."""
        if self._clock() > request.arguments["until_ms"]:
            await self._answer(request, refused="nobody waits for it any more")
            return
        try:
            found = await self._store.copy_to(Path(request.arguments["target"]))
        except StoreError as error:
            await self._answer(request, refused=str(error))
        else:
            await self._state.answer(Answer(request.id, self._clock(), done=True, detail=asdict(found)))

    async def _answer(self, request: Request, refused: str) -> None:
        await self._state.answer(Answer(request.id, self._clock(), done=False, detail={"refused": refused}))

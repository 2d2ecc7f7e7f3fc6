"""The part of a running system that does what other processes ask of the embedded store, which none of them may open."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mainsight.store.asking import attend
from mainsight.store.port import StoreError
from mainsight.store.request_port import Answer, Request, RequestState
from mainsight.store.retention import Retention
from mainsight.store.stock import Copies

ROLE = "serve"
"""Who is asked: `mainsight serve` and `mainsight demo`."""


class Keeper:
    """Copies the store on request, and answers with what is in the copy; tells what retention would take away."""

    def __init__(self, store: Copies, retention: Retention, state: RequestState, clock: Callable[[], int]) -> None:
        """`clock` gives UTC milliseconds."""
        self._store = store
        self._retention = retention
        self._state = state
        self._clock = clock

    async def run(self) -> None:
        """Attend until cancelled."""
        await attend(self._state, ROLE, self.carry_out)

    async def carry_out(self, request: Request) -> None:
        """Do what the request says, unless whoever asked has given up since."""
        if self._clock() > request.arguments["until_ms"]:
            await self._answer(request, refused="nobody waits for it any more")
            return
        try:
            if request.action == "retention":
                await self._answer(request, due=[asdict(one) for one in await self._retention.due()])
            else:
                await self._answer(request, **asdict(await self._store.copy_to(Path(request.arguments["target"]))))
        except StoreError as error:
            await self._answer(request, refused=str(error))

    async def _answer(self, request: Request, **detail: Any) -> None:
        await self._state.answer(Answer(request.id, self._clock(), done="refused" not in detail, detail=detail))

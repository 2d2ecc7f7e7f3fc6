"""Final values looked at and edited from the command line: by the process that has the store open, or by the command itself."""

from collections.abc import Callable
from typing import Any, Protocol

import orjson

from mainsight.core.network import Network
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.metering.desk import MeteringDesk
from mainsight.metering.edits import EditError, signed
from mainsight.store.asking import attend
from mainsight.store.metering_port import Edit, MeteringState, Undone
from mainsight.store.port import TimeSeriesStore
from mainsight.store.request_port import Answer, Request, RequestState
from mainsight.store.state_port import AuditEntry

ROLE = "metering"
_ORIGIN = "command line"


class EditingState(MeteringState, RequestState, Protocol):
    """Where edits, requests and the audit trail are kept."""

    async def audit(self, entry: AuditEntry) -> None:
        """See `StateStore.audit`."""
        ...


class Editing:
    """Does what `mainsight vee values | edit | undo` ask for."""

    def __init__(self, store: TimeSeriesStore, state: EditingState, network: Network, timezone: str, clock: Callable[[], int]) -> None:
        """`timezone` is that of the store's days; `clock` gives UTC milliseconds."""
        self._desk = MeteringDesk(store, state, network, timezone, clock)
        self._state = state
        self._network = network
        self._clock = clock

    async def attend(self) -> None:
        """Do what other processes ask for, until cancelled."""
        await attend(self._state, ROLE, self._answer)

    async def _answer(self, request: Request) -> None:
        try:
            detail, done = await self.carry_out(request), True
        except EditError as error:
            detail, done = {"refused": str(error)}, False
        await self._state.answer(Answer(request.id, self._clock(), done=done, detail=detail))

    async def carry_out(self, request: Request) -> dict[str, Any]:
        """Do one thing.

        Raises:
            EditError: it makes no sense; the message says what to mend.
            StoreError: it could not be done.

        """
        said = request.arguments
        match request.action:
            case "values":
                return await self._values(self._series(said), said["start_ms"], said["end_ms"], said["as_of_ms"])
            case "edit":
                return await self._edit(self._series(said), said)
            case "undo":
                return await self._undo(said["edit"], said["person"], said["reason"])
            case other:
                raise EditError(f"this version of mainsight does not know how to {other!r}; update the running system")

    def _series(self, said: dict[str, Any]) -> Series:
        meter = self._network.meters.get(said["meter"])
        if meter is None:
            raise EditError(f"there is no meter {said['meter']!r} in the registry")
        if said["quantity"] not in meter.quantities:
            raise EditError(f"meter {meter.id} has no {said['quantity']}; it has {', '.join(meter.quantities)}")
        return Series(meter.id, said["quantity"])

    async def _values(self, series: Series, start_ms: int, end_ms: int, as_of_ms: int | None) -> dict[str, Any]:
        found = await self._desk.slots(series, start_ms, end_ms, as_of_ms)
        return {
            "start_ms": found.start_ms.tolist(),
            "raw": _plain(found.raw.tolist()),
            "final": _plain(found.final.tolist()),
            "quality": [Quality(rank).label for rank in found.quality.tolist()],
            "rule": list(found.rule),
            "edit": found.edit.tolist(),
        }

    async def _edit(self, series: Series, said: dict[str, Any]) -> dict[str, Any]:
        span, values = (said["start_ms"], said["end_ms"]), tuple(said["values"])
        made = await self._desk.edit(Edit(*series, *span, said["action"], said["person"], said["reason"], self._clock(), values))
        await self._note(made, "edit", {"values": [row[1] for row in made.before]}, {"values": made.values or made.action})
        return {"id": made.id, "before": made.before}

    async def _undo(self, number: int, person: str, reason: str) -> dict[str, Any]:
        signed(person, reason)
        undone = await self._desk.undo_edit(number, Undone(self._clock(), person, reason))
        if undone is None or undone.undone is None:
            raise EditError(f"there is no edit {number}; `mainsight vee history` lists them")
        await self._note(undone, "undo", {}, {"reason": reason})
        return {"meter": undone.meter, "quantity": undone.quantity, "by": undone.undone.person, "reason": undone.undone.reason}

    async def _note(self, edit: Edit, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        person = edit.person if edit.undone is None else edit.undone.person
        was, is_now = (orjson.dumps(one).decode() if one else "" for one in (before, after))
        await self._state.audit(AuditEntry(self._clock(), person, action, f"edit/{edit.id}", was, is_now, _ORIGIN))


def _plain(values: list[float]) -> list[float | None]:
    return [None if value != value else value for value in values]  # noqa: PLR0124 - NaN

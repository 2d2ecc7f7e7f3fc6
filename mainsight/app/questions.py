"""What-if questions from the command line: answered by the process that has the store open, or by the command itself."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from api.schemas.what_if import WhatIfAsked
from forecast.metrics import P50, P90
from forecast.targets import Target
from forecast.whatif_desk import QuestionError, WhatIf
from mainsight.core.forecasts import Forecast
from mainsight.core.quantities import quantity
from mainsight.store.asking import attend
from mainsight.store.port import TimeSeriesStore
from mainsight.store.request_port import Answer, Request, RequestState

ROLE = "what-if"


class UnanswerableError(Exception):
    """A question that makes no sense, or to which too little is known; the message says what to mend."""


class Questions:
    """Does what `mainsight what-if` asks for, by the same desk as the API."""

    def __init__(
        self,
        desk: WhatIf,
        store: TimeSeriesStore,
        state: RequestState,
        targets: Mapping[tuple[str, str], Target],
        clock: Callable[[], int],
    ) -> None:
        """`targets` are what is forecast, by id and quantity; `clock` gives UTC milliseconds."""
        self._desk = desk
        self._store = store
        self.state = state
        self._targets = targets
        self._clock = clock

    async def attend(self) -> None:
        """Answer what other processes ask, until cancelled."""
        await attend(self.state, ROLE, self._answer)

    async def _answer(self, request: Request) -> None:
        try:
            detail, done = await self.answer(request.arguments), True
        except UnanswerableError as error:
            detail, done = {"refused": str(error)}, False
        await self.state.answer(Answer(request.id, self._clock(), done=done, detail=detail))

    async def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a question, as the API takes it.

        Raises:
            UnanswerableError: it makes no sense, or too little is known.
            StoreError: the stores could not be read.

        """
        try:
            body = WhatIfAsked.model_validate(asked)
            tenants = [one.tenant(body.quantity) for one in body.tenants]
        except (ValidationError, ValueError) as error:
            raise UnanswerableError(_told(error)) from error
        target, base = await self._base(body)
        try:
            found = await self._desk.ask(target, base, body.temperature_k, tenants)
        except QuestionError as error:
            raise UnanswerableError(str(error)) from error
        return {
            "unit": quantity(body.quantity).unit,
            "timezone": target.calendar.timezone,
            "issue_ms": base.issue_ms,
            "time_ms": base.time_ms.tolist(),
            **_columns("baseline", base),
            **_columns("changed", found.told),
            "explanation": [one.en for one in found.explanation],
        }

    async def _base(self, body: WhatIfAsked) -> tuple[Target, Forecast]:
        target = self._targets.get((body.target, body.quantity))
        if target is None:
            of_it = sorted(quantity for known, quantity in self._targets if known == body.target)
            there = f"{body.target} has {', '.join(of_it)}" if of_it else f"nothing is forecast of {body.target!r}"
            raise UnanswerableError(f"no {body.quantity} of {body.target} is forecast: {there}")
        base = await self._store.forecast(body.target, body.quantity, body.issued_by_ms)
        if base is None:
            raise UnanswerableError(f"there is no forecast of {body.quantity} of {body.target} yet; they are issued on a schedule")
        return target, base


def _columns(when: str, told: Forecast) -> dict[str, list[float]]:
    return {f"{when}_{name}": told.quantiles[:, at].tolist() for name, at in (("p50", P50), ("p90", P90))}


def _told(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}".removeprefix(": ") for one in error.errors(include_url=False))
    return str(error)

"""Port of what one process asks of another, and the answers. `mainsight.store.state_port` adds it."""

from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """What one process asks of another that alone may do it.

    Attributes:
        role: who is to do it (alarms, collect).
        action, arguments: what is asked; JSON.
        asked_ms: when.
        id: given by the store; 0 before.

    """

    role: str
    action: str
    arguments: dict[str, Any]
    asked_ms: int
    id: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request: done, or refused with the reason in `detail["refused"]`."""

    request: int
    answered_ms: int
    done: bool
    detail: dict[str, Any] = field(default_factory=dict)


class RequestState(Protocol):
    """What processes ask of each other: kept until it is answered, by whichever process lives to do it."""

    async def ask(self, request: Request) -> int:
        """Keep a request, durably; its id."""
        ...

    async def open_requests(self, role: str) -> list[Request]:
        """Requests to a role that have no answer, in the order in which they were asked."""
        ...

    async def answer(self, answer: Answer) -> None:
        """Answer a request; one that has an answer keeps it."""
        ...

    async def answer_to(self, request: int) -> Answer | None:
        """The answer to a request; None while there is none."""
        ...

"""Port of who stands in for whom, and of the secret that signs links in messages. `mainsight.store.state_port` adds it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DutyOverride:
    """Somebody stands in on a rota.

    Attributes:
        id: given by the writer.
        rota: id of the rota.
        target: name of the target that is told instead.
        start_ms, end_ms: from when until when, UTC milliseconds.
        reason, person, made_ms: why, who entered it, and when.
        withdrawn_ms, withdrawn_by: when and by whom it was taken back; None while it stands.

    """

    id: str
    rota: str
    target: str
    start_ms: int
    end_ms: int
    reason: str
    person: str
    made_ms: int
    withdrawn_ms: int | None = None
    withdrawn_by: str = ""


class DutyState(Protocol):
    """Overrides of rotas, none of which is ever deleted, and a secret."""

    async def duty_overrides(self, ending_after_ms: int = 0) -> list[DutyOverride]:
        """Overrides that end after an instant, withdrawn ones included, in order of their start, then id."""
        ...

    async def stand_in(self, override: DutyOverride) -> bool:
        """Keep an override; False, and nothing done, where its id is taken."""
        ...

    async def withdraw_stand_in(self, override_id: str, at_ms: int, person: str) -> DutyOverride | None:
        """Take an override back; one that was taken back already stays as it is. None where there is none of that id."""
        ...

    async def link_secret(self) -> bytes:
        """The secret that signs links in messages, the same for every process; made with the first call."""
        ...

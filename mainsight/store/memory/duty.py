"""Overrides of rotas and the secret of links in memory."""

import secrets
from dataclasses import replace

from mainsight.store.duty_port import DutyOverride


class MemoryDuty:
    """`DutyState` in a dictionary."""

    def __init__(self) -> None:
        """Start empty."""
        self._overrides: dict[str, DutyOverride] = {}
        self._link_secret = secrets.token_bytes(32)

    async def duty_overrides(self, ending_after_ms: int = 0) -> list[DutyOverride]:
        """See `DutyState.duty_overrides`."""
        found = [one for one in self._overrides.values() if one.end_ms > ending_after_ms]
        return sorted(found, key=lambda one: (one.start_ms, one.id))

    async def stand_in(self, override: DutyOverride) -> bool:
        """See `DutyState.stand_in`."""
        if override.id in self._overrides:
            return False
        self._overrides[override.id] = override
        return True

    async def withdraw_stand_in(self, override_id: str, at_ms: int, person: str) -> DutyOverride | None:
        """See `DutyState.withdraw_stand_in`."""
        found = self._overrides.get(override_id)
        if found is not None and found.withdrawn_ms is None:
            self._overrides[override_id] = replace(found, withdrawn_ms=at_ms, withdrawn_by=person)
        return self._overrides.get(override_id)

    async def link_secret(self) -> bytes:
        """See `DutyState.link_secret`."""
        return self._link_secret

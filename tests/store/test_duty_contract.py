"""What every state store promises of stand-ins and the secret of links."""

from dataclasses import replace

import pytest

from mainsight.store.duty_port import DutyOverride
from mainsight.store.state_port import StateStore

pytestmark = pytest.mark.anyio


async def test_stand_ins_are_found_by_their_end_and_withdrawn_once(state_store: StateStore) -> None:
    early = DutyOverride("o-1", "control-room", "shift-c", 1_000, 2_000, "ốm", "Lan", 10)
    late = DutyOverride("o-2", "control-room", "shift-b", 5_000, 9_000, "swap", "Minh", 11)
    assert await state_store.stand_in(late)
    assert await state_store.stand_in(early)
    assert not await state_store.stand_in(replace(early, target="shift-a"))
    assert await state_store.duty_overrides() == [early, late]
    assert await state_store.duty_overrides(2_000) == [late], "an end is not part of it"
    withdrawn = replace(late, withdrawn_ms=20, withdrawn_by="Hoa")
    assert await state_store.withdraw_stand_in("o-2", 20, "Hoa") == withdrawn
    assert await state_store.withdraw_stand_in("o-2", 30, "Lan") == withdrawn
    assert await state_store.withdraw_stand_in("none", 30, "Lan") is None
    assert await state_store.duty_overrides() == [early, withdrawn]


async def test_the_secret_of_links_stays(state_store: StateStore) -> None:
    secret = await state_store.link_secret()
    assert len(secret) == 32
    assert await state_store.link_secret() == secret

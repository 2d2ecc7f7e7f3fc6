"""What every state store promises of the memory of MQTT sessions."""

import pytest

from mainsight.store.session_port import Arrival
from mainsight.store.state_port import StateStore

pytestmark = pytest.mark.anyio


async def test_all_filters_a_session_ever_asked_for_are_known(state_store: StateStore) -> None:
    assert await state_store.subscribed("a", ["x/#", "#"]) == ["#", "x/#"]
    assert await state_store.subscribed("b", ["y"]) == ["y"]
    assert await state_store.subscribed("a", ["z", "x/#"]) == ["#", "x/#", "z"]


async def test_the_newest_arrival_under_a_packet_id_is_kept(state_store: StateStore) -> None:
    assert await state_store.arrivals("a") == []
    first, second, third = Arrival(7, b"\x00one", 1), Arrival(3, b"two", 2), Arrival(7, b"three", 3)
    await state_store.note_arrivals("a", [first, second])
    await state_store.note_arrivals("b", [first])
    assert await state_store.arrivals("a") == [second, first]
    await state_store.note_arrivals("a", [Arrival(7, b"between", 2), third])
    await state_store.note_arrivals("a", [])
    assert await state_store.arrivals("a") == [second, third]
    assert await state_store.arrivals("b") == [first]

"""Waits between tries to connect, and the bounded inbox."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.session.backoff import BackOff
from collector.session.inbox import Inbox, make_token, packet_ids
from collector.session.port import Message

pytestmark = pytest.mark.anyio


@given(st.integers())
def test_waits_grow_to_the_longest_and_are_drawn_below_their_bound(seed: int) -> None:
    back_off = BackOff(0.5, 30.0, Random(seed))
    for bound in (0.5, 1, 2, 4, 8, 16, 30, 30):
        assert 0 <= back_off.after_failure() <= bound


def test_a_fleet_does_not_come_back_all_at_once() -> None:
    waits = {round(BackOff(10, 30, Random(seed)).after_failure(), 3) for seed in range(50)}
    assert len(waits) > 40


@given(st.integers())
def test_a_connection_that_lasted_starts_over_and_one_that_did_not_counts_as_a_failure(seed: int) -> None:
    back_off = BackOff(0.5, 30.0, Random(seed))
    for _ in range(6):
        back_off.after_loss(lived_s=0.01)
    assert 15 <= back_off.after_refusal() <= 30
    assert back_off.after_loss(lived_s=60) <= 0.5


def message(connection: int, packet_id: int, payload: bytes = b"x") -> Message:
    token = make_token(connection, packet_id) if packet_id else 0
    return Message("t", payload, False, 1 if packet_id else 0, 0, token)


def test_only_messages_of_the_connection_have_packet_ids() -> None:
    assert packet_ids([message(1, 5), message(2, 6), message(2, 0), message(2, 65_535)], 2) == [6, 65_535]


async def test_inbox_is_full_at_its_bounds_and_tells_of_room() -> None:
    inbox = Inbox(most_messages=3, most_bytes=100)
    told: list[bool] = []
    inbox.tell_room(lambda: told.append(True))
    inbox.put([message(1, 1), message(1, 2)])
    assert not inbox.full
    inbox.put([message(1, 3)])
    assert inbox.full
    assert len(await inbox.take()) == 3
    assert told == [True]
    inbox.put([message(1, 4, bytes(100))])
    assert inbox.full


async def test_what_the_broker_sends_again_is_dropped_when_it_kept_the_session() -> None:
    inbox = Inbox()
    at_qos_0 = message(1, 0)
    inbox.put([message(1, 1), at_qos_0, message(2, 1)])
    inbox.drop_before(2)
    assert await inbox.take() == [at_qos_0, message(2, 1)]
    assert inbox.payload_bytes == 0


async def test_closed_inbox_ends() -> None:
    inbox = Inbox()
    inbox.put([message(1, 1)])
    inbox.close()
    assert len(await inbox.take()) == 1
    assert await inbox.take() == []

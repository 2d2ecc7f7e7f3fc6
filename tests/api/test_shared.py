"""What many ask for at once is made once, and nobody is given what is another's."""

import asyncio
from typing import Any

import pytest

from api.schemas.base import Text
from api.shared import SharedAnswers
from tests.api.people import closed

pytestmark = pytest.mark.anyio


async def test_those_who_come_meanwhile_and_shortly_after_get_the_same() -> None:
    shared, made = SharedAnswers(60), 0

    async def make() -> Text:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        return Text(vi="a", en=str(made))

    answers = await asyncio.gather(*(shared.get("x", make) for _ in range(5)))
    answers.append(await shared.get("x", make))
    assert {bytes(answer.body) for answer in answers} == {b'{"vi":"a","en":"1"}'}
    assert bytes((await shared.get("y", make)).body) == b'{"vi":"a","en":"2"}'


async def test_without_keeping_each_is_made_anew_and_a_failure_is_not_kept() -> None:
    shared, results = SharedAnswers(0), [ValueError("away"), Text(vi="", en="1"), Text(vi="", en="2")]

    async def make() -> Text:
        found = results.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    with pytest.raises(ValueError, match="away"):
        await shared.get("x", make)
    assert [bytes((await shared.get("x", make)).body)[-3:] for _ in range(2)] == [b'1"}', b'2"}']


async def test_who_may_see_less_is_not_given_what_was_made_for_another(bench: Any) -> None:
    house = closed(bench.services, bench.live)
    house.app.state.shared = SharedAnswers(60)
    async with house.signed_in("root", everywhere="viewer") as root, house.signed_in("lan", quang_chau="viewer") as lan:
        for path in ("/overview", "/headroom"):
            everything, own = [(await one.get(f"/api/v1{path}")).json() for one in (root, lan)]
            assert "van-trung" in str(everything)
            assert "van-trung" not in str(own)


async def test_the_live_stream_answers_over_http(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client here waits for whole answers, so the stream is ended first: it begins all the same."""
    monkeypatch.setattr(type(bench.live), "events", lambda _self, _zones: _two())
    answer = await bench.client.get("/api/v1/stream")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert answer.text == "event: live\n\n: ping\n\n"


async def _two() -> Any:
    yield b"event: live\n\n"
    yield b": ping\n\n"

"""What a device tells on several topics at once is stored once."""

from typing import Any

from collector.pipeline import Pipeline
from tests.collector.decode.pipelines import NOW, build, send

SHELLY = "dev-1"


def event(pipeline: Pipeline, watts: float, at_ms: int) -> list[Any]:
    params = {"ts": at_ms / 1_000, "em:0": {"id": 0, "total_act_power": watts}}
    message = {"src": SHELLY, "dst": f"{SHELLY}/events", "method": "NotifyStatus", "params": params}
    return list(send(pipeline, message, f"{SHELLY}/events/rpc", arrival_ms=at_ms + 50).readings)


def status(pipeline: Pipeline, watts: float, at_ms: int) -> list[Any]:
    return list(send(pipeline, {"id": 0, "total_act_power": watts}, f"{SHELLY}/status/em:0", arrival_ms=at_ms).readings)


def answer(pipeline: Pipeline, watts: float, at_ms: int) -> list[Any]:
    message = {"id": 1, "src": SHELLY, "dst": "us", "result": {"id": 0, "a_act_power": None, "total_act_power": watts}}
    return list(send(pipeline, message, "us/rpc", arrival_ms=at_ms).readings)


def test_a_reading_told_on_three_topics_is_stored_once_whichever_comes_first() -> None:
    for tellers in ((event, status, answer), (status, event, answer), (answer, status, event)):
        pipeline = build()
        readings = [reading for teller in tellers for reading in teller(pipeline, 500, NOW)]
        assert [(reading.meter, reading.quantity, reading.value) for reading in readings] == [("m-1", "power", 0.5)]


def test_another_value_and_the_same_topic_again_are_no_echoes() -> None:
    pipeline = build()
    assert len(event(pipeline, 500, NOW)) == 1
    assert len(status(pipeline, 501, NOW + 100)) == 1
    assert len(status(pipeline, 501, NOW + 200)) == 1
    assert event(pipeline, 501, NOW + 300) == []


def test_a_value_that_stands_is_told_anew_after_a_while() -> None:
    pipeline = build()
    assert len(event(pipeline, 500, NOW)) == 1
    assert len(status(pipeline, 500, NOW + 10_000)) == 1


def test_formats_that_tell_once_are_left_alone() -> None:
    pipeline = build()
    body = {"device": "dev-1", "time": NOW, "power_kw": 1}
    assert [len(send(pipeline, body, topic).readings) for topic in ("a", "b")] == [1, 1]

"""Rules tried on messages: what would come, change, go and wait."""

from typing import Any

import orjson

from collector.mapping import Mappings
from collector.pipeline import Pipeline
from collector.recent import Recent
from collector.session.port import Message
from collector.trial import Outcome, concerned, merged, trial
from tests.collector.decode.pipelines import NOW, build, send

TOPIC = "v1/devices/me/telemetry"


def rules(**fields: Any) -> Mappings:
    return Mappings.model_validate({"rules": [{"topic": "t", "device": "dev-1", "fields": fields}]})


def message(body: Any, topic: str = "t") -> Message:
    return Message(topic, orjson.dumps(body), False, 1, NOW)


def tried(pipeline: Pipeline, tried_rules: Mappings, *messages: Message) -> Outcome:
    return trial(pipeline.scratch(), pipeline.scratch(merged(tried_rules, pipeline.mappings, instead=False)), messages, [])


def test_readings_come_change_and_stay() -> None:
    present = rules(P={"quantity": "power", "unit": "kW"}, E={"quantity": "energy_import", "unit": "kWh"})
    new = rules(P={"quantity": "power", "unit": "W"}, E={"quantity": "energy_import", "unit": "kWh"})
    outcome = tried(build(mappings=present), new, message({"P": 2_000, "E": 7}))
    assert [(line.quantity, line.before, line.after) for line in outcome.changed] == [("power", 2_000.0, 2.0)]
    assert (outcome.same, outcome.counts) == (1, {"added": 0, "changed": 1, "gone": 0, "unregistered": 0, "waiting": 0})


def test_a_rule_that_takes_a_reading_away_shows_it() -> None:
    outcome = tried(build(), rules(x={"quantity": "power", "unit": "W"}), message({"device": "dev-1", "time": NOW, "power_kw": 1}))
    assert [(line.quantity, line.before, line.after) for line in outcome.gone] == [("power", 1.0, None)]
    assert [(cause.reason, cause.messages) for cause in outcome.waiting] == [("needs_mapping", 1)]


def test_what_waits_is_told_by_cause_with_its_field() -> None:
    new = rules(P={"quantity": "power", "unit": "kW", "range": [0, 10]}, V={"quantity": "voltage", "unit": "V"})
    outcome = tried(build(), new, *[message({"P": 99, "V": 230})] * 3)
    assert [(cause.reason, cause.device, cause.detail, cause.messages) for cause in outcome.waiting] == [
        ("unknown_channel", "dev-1", "voltage", 3), ("out_of_range", "", "P", 3)
    ]  # fmt: skip


def test_what_a_stranger_would_give_once_adopted_is_shown() -> None:
    new = Mappings.model_validate({"rules": [{"topic": "t", "device": "stranger", "fields": {"P": {"quantity": "power", "unit": "W"}}}]})
    outcome = tried(build(), new, message({"P": 1_500}))
    assert [(line.device, line.quantity, line.value, line.time_ms) for line in outcome.unregistered] == [("stranger", "power", 1.5, NOW)]
    assert [(cause.reason, cause.device) for cause in outcome.waiting] == [("unknown_device", "stranger")]


def test_a_stranger_whom_the_rules_do_not_touch_is_not_shown() -> None:
    said = {"device": "stranger", "time": NOW, "power_kw": 1}
    outcome = tried(build(), rules(P={"quantity": "power", "unit": "W"}), message(said, "elsewhere"))
    assert outcome.counts["unregistered"] == 0


def test_a_message_that_came_and_waits_is_read_once() -> None:
    pipeline, new = build(), rules(P={"quantity": "power", "unit": "W"})
    came, waits = message({"P": 1_000}), message({"P": 2_000})
    outcome = trial(pipeline.scratch(), pipeline.scratch(new), [came], [waits, came])
    assert (outcome.recent, outcome.quarantined, outcome.counts["added"]) == (1, 2, 2)


def test_each_rule_tells_of_how_many_messages_it_speaks() -> None:
    pipeline, new = build(), rules(P={"quantity": "power", "unit": "W"})
    elsewhere = new.rules[0].model_copy(update={"topic": "misspelt/#"})
    outcome = trial(
        pipeline.scratch(), pipeline.scratch(new), [message({"P": 1}), message({"P": 2}), message(1, "u")], [], (*new.rules, elsewhere)
    )
    assert [tuple(rule) for rule in outcome.rules] == [("t", 2), ("misspelt/#", 0)]


def test_a_trial_leaves_the_pipeline_as_it_was() -> None:
    pipeline = build()
    tried(pipeline, rules(P={"quantity": "power", "unit": "W"}), message({"P": 1}))
    assert pipeline.mappings == Mappings()
    assert send(pipeline, {"P": 1}).readings == []
    assert len(pipeline.recent) == 1


def test_a_trial_knows_what_profiles_have_been_told() -> None:
    pipeline = build()
    config = {"stat_t": "hall/x", "dev_cla": "power", "unit_of_meas": "W", "dev": {"ids": ["dev-1"]}}
    send(pipeline, config, topic="homeassistant/sensor/hall/p/config")
    outcome = tried(pipeline, rules(P={"quantity": "power", "unit": "W"}), Message("hall/x", b"1500", False, 1, NOW))
    assert outcome.same == 1


def test_rules_may_stand_instead_of_those_in_use() -> None:
    one, two = rules(P={"quantity": "power", "unit": "W"}), rules(E={"quantity": "energy_import", "unit": "Wh"})
    assert merged(one, two, instead=True) == one
    assert [list(rule.fields) for rule in merged(one, two, instead=False).rules] == [["P"], ["E"]]
    assert concerned(one, "t")
    assert not concerned(one, TOPIC)


def test_the_last_messages_are_kept_by_count_and_bytes() -> None:
    recent = Recent(3, 20)
    for n in range(5):
        recent.add(message(n, f"t/{n % 2}"))
    assert [kept.payload for kept in recent.last(9, lambda _: True)] == [b"2", b"3", b"4"]
    assert [kept.payload for kept in recent.last(1, lambda topic: topic == "t/0")] == [b"4"]
    recent.add(message("123456789012345678"))
    assert len(recent) == 0


def test_long_topics_count_among_the_bytes_of_the_last_messages() -> None:
    recent = Recent(10, 1_000)
    for n in range(10):
        recent.add(Message("t" * 400, b"", False, 1, n))
    assert [kept.arrival_ms for kept in recent.last(10, lambda _: True)] == [8, 9]


def test_rules_are_taken_up_while_it_runs() -> None:
    pipeline = build()
    assert send(pipeline, {"P": 1}).readings == []
    pipeline.use(pipeline.routes, rules(P={"quantity": "power", "unit": "W"}))
    assert [reading.value for reading in send(pipeline, {"P": 1500}).readings] == [1.5]

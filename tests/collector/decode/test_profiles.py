"""One conformance suite for all profiles: their samples, their manners, and what no bytes may do to them."""

import copy
import json
from base64 import b64decode
from math import isclose, isfinite
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import profiles
from collector.decode import Decoder, load_profiles
from collector.envelope import Decoded, Envelope, FieldNames
from collector.routes import Route, Routes
from collector.settings import DecodeSettings
from mainsight.core.quantities import is_quantity
from mainsight.core.zonetime import rfc3339

SAMPLES = Path(profiles.__file__).parent / "samples"


def samples(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / f"{name}.jsonl").read_text().splitlines()]


ALL = [pytest.param(name, sample, id=f"{name}-{n}") for name in profiles.profile_names() for n, sample in enumerate(samples(name), 1)]


def payload(sample: dict[str, Any]) -> bytes:
    if "payload_b64" in sample:
        return b64decode(sample["payload_b64"])
    body = sample["payload"]
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def flat(decoded: Decoded) -> list[tuple[str, str, float, str | None]]:
    return [
        (block.device, quantity, value, None if time is None else rfc3339(time))
        for block in decoded.blocks
        for quantity, values in zip(block.quantities, block.columns, strict=True)
        for time, value in zip(block.times, values, strict=True)
        if value is not None
    ]


def decoder(sample: dict[str, Any]) -> Decoder:
    return Decoder(DecodeSettings(), Routes(routes=(Route(topic="#", zone=sample.get("zone")),)))


def assert_well_mannered(decoded: Decoded) -> None:
    for device, quantity, value, _ in flat(decoded):
        assert isinstance(device, str)
        assert is_quantity(quantity)
        assert type(value) is float
        assert isfinite(value)
    for block in decoded.blocks:
        assert len(block.quantities) == len(block.columns)
        assert all(len(values) == len(block.times) for values in block.columns)


def test_what_a_format_does_not_tell_alone_is_read_as_home_assistant_announced_it() -> None:
    reader = decoder({})
    telegram = json.dumps({"Time": "2026-01-01T00:00:00Z", "Type": "SCM", "Message": {"ID": 7, "Consumption": 100}}).encode()
    alone = reader.decode("rtlamr/7/state", telegram)
    assert (alone.profile, flat(alone), alone.quarantined) == ("rtlamr", [], "needs_mapping")
    said = {"state_topic": "rtlamr/7/state", "device_class": "gas", "state_class": "total", "unit_of_measurement": "m³", "unique_id": "g"}
    said["value_template"] = "{{ value_json.Message.Consumption | float }}"
    reader.decode("homeassistant/sensor/7/config", json.dumps(said | {"device": {"identifiers": ["meter-7"]}}).encode())
    announced = reader.decode("rtlamr/7/state", telegram)
    assert (announced.profile, flat(announced)) == ("homeassistant", [("meter-7", "gas_volume", 100.0, None)])


@pytest.mark.parametrize(("name", "sample"), ALL)
def test_a_sample_gives_what_it_should(name: str, sample: dict[str, Any]) -> None:
    """Samples that need earlier ones name them in `after`."""
    reader = decoder(sample)
    for number in sample.get("after", []):
        earlier = samples(name)[number - 1]
        reader.decode(earlier["topic"], payload(earlier))
    decoded = reader.decode(sample["topic"], payload(sample))
    assert decoded.profile == name
    assert_well_mannered(decoded)
    got, wanted = sorted(flat(decoded), key=str), sorted(map(tuple, sample["expect"]), key=str)
    assert [(device, quantity, time) for device, quantity, _, time in got] == [(d, q, t) for d, q, _, t in wanted]
    assert all(isclose(is_, should, rel_tol=1e-6, abs_tol=1e-12) for (_, _, is_, _), (_, _, should, _) in zip(got, wanted, strict=True))
    assert {rejected.field: rejected.reason for rejected in decoded.rejected} == sample.get("rejected", {})
    assert decoded.quarantined == sample.get("quarantined")


@pytest.mark.parametrize(("name", "sample"), ALL)
def test_signatures_do_not_overlap(name: str, sample: dict[str, Any]) -> None:
    message = Envelope(sample["topic"], payload(sample))
    loaded = load_profiles()
    for number in sample.get("after", []):
        earlier = samples(name)[number - 1]
        before = Envelope(earlier["topic"], payload(earlier))
        before.names = FieldNames({})
        loaded[name].decode(before)
    claims = []
    for other, profile in loaded.items():
        message.names = FieldNames({})
        if profile.recognise(message):
            claims.append(other)
    assert claims == [name]


@pytest.mark.parametrize(("name", "sample"), ALL)
def test_decoding_changes_nothing_in_the_message(name: str, sample: dict[str, Any]) -> None:
    message = Envelope(sample["topic"], payload(sample), zone=ZoneInfo("Asia/Ho_Chi_Minh"))
    message.names = FieldNames({})
    before = copy.deepcopy(message.json)
    load_profiles()[name].decode(message)
    assert message.json == before


@pytest.mark.parametrize("name", profiles.profile_names())
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_no_bytes_make_a_profile_raise(name: str, data: st.DataObject) -> None:
    """Samples with bytes changed, cut or doubled are read as far as they can be."""
    sample = data.draw(st.sampled_from(samples(name)))
    body = bytearray(payload(sample))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, max(0, len(body) - 1)))
        cut = data.draw(st.integers(0, 8))
        body[at : at + cut] = data.draw(st.binary(max_size=8))
    assert_well_mannered(decoder(sample).decode(sample["topic"], bytes(body)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def replaced(value: Any, data: st.DataObject) -> Any:
    """Put anything in the place of anything in a JSON value."""
    if data.draw(st.integers(0, 5)) == 0:
        return data.draw(JSON)
    if isinstance(value, dict):
        return {key: replaced(inner, data) for key, inner in value.items()}
    return [replaced(inner, data) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", profiles.profile_names())
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_no_json_makes_a_profile_raise(name: str, data: st.DataObject) -> None:
    sample = data.draw(
        st.sampled_from([sample for sample in samples(name) if not isinstance(sample.get("payload", ""), str)] or samples(name))
    )
    body = json.dumps(replaced(sample["payload"], data)).encode() if "payload" in sample else payload(sample)
    assert_well_mannered(decoder(sample).decode(sample["topic"], body))

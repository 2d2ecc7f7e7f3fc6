"""Routes and rules from files: what they do, and how their mistakes are told."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from collector.configuration import load_mappings, load_routes
from collector.decode import Decoder
from collector.envelope import Decoded
from collector.mapping import FieldRule, Mappings
from collector.routes import EVERYTHING, Routes
from collector.settings import DecodeSettings
from mainsight.core.zonetime import rfc3339
from mainsight.registry.problems import ProblemsError

Flat = list[tuple[str, str, float, str | None]]


def decode(rules: list[dict[str, object]], topic: str, body: object, routes: Routes = EVERYTHING) -> Decoded:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Decoder(DecodeSettings(), routes, Mappings.model_validate({"rules": rules})).decode(topic, payload)


def flat(decoded: Decoded) -> Flat:
    return [
        (block.device, quantity, float(values[0] or 0), None if block.times[0] is None else rfc3339(block.times[0]))
        for block in decoded.blocks
        for quantity, values in zip(block.quantities, block.columns, strict=True)
    ]


def test_a_rule_names_fields_of_a_format() -> None:
    rule = {
        "topic": "v1/gateway/telemetry",
        "profile": "thingsboard",
        "fields": {"P": {"quantity": "power", "unit": "W", "sign": -1}},
        "ignore": ["rssi"],
    }
    decoded = decode([rule], "v1/gateway/telemetry", {"a": {"P": 1500, "rssi": -60, "Q": 1}})
    assert flat(decoded) == [("a", "power", -1.5, None)]
    assert decoded.rejected == [("Q", "needs_mapping")]


def test_a_rule_reads_any_json_by_path() -> None:
    rule = {
        "topic": "site/{name}/up",
        "records": "meters",
        "device_path": "meter",
        "time_path": "at",
        "zone": "Asia/Ho_Chi_Minh",
        "fields": {"v.E": {"quantity": "energy_import", "unit": "Wh", "scale": 10, "sentinels": [65535], "range": [0, 1000]}},
    }
    meters = [
        {"meter": "a", "at": "2026-01-01 07:00:00", "v": {"E": "120"}},
        {"meter": 7, "v": {"E": 65535}},
        {"meter": "c", "v": {"E": 65534000}},
        {"v": {"E": 1}},
        {"meter": "e", "v": 5},
    ]
    decoded = decode([rule], "site/hall/up", {"meters": meters})
    assert flat(decoded) == [("a", "energy_import", pytest.approx(1.2), "2026-01-01T00:00:00Z")]
    assert decoded.rejected == [("v.E", "sentinel"), ("v.E", "out_of_range")]


def test_a_bare_number_is_read_with_the_topics_device() -> None:
    rule = {"topic": "plant/{line}/{sensor}", "device": "{line}-{sensor}", "fields": {"@": {"quantity": "pressure", "unit": "kPa"}}}
    assert flat(decode([rule], "plant/2/p1", b" 350\n")) == [("2-p1", "pressure", 3.5, None)]
    assert decode([rule], "plant/2/p1", b"off").quarantined == "not_decodable"


def test_a_delta_becomes_the_mean_of_its_interval() -> None:
    rule = {
        "topic": "pulse/{device}",
        "device": "{device}",
        "time_path": "t",
        "fields": {"n": {"quantity": "power", "unit": "Wh", "kind": "delta", "interval_s": 900, "scale": 2}},
    }
    assert flat(decode([rule], "pulse/a", {"t": 1767226500, "n": 125})) == [("a", "power", pytest.approx(1.0), "2026-01-01T00:00:00Z")]


def test_rules_come_before_recognition_and_the_first_wins() -> None:
    body = {"device": "x", "time": 1767225600, "power_kw": 5}
    rules = [{"topic": "a", "device": "mine", "fields": {"power_kw": {"quantity": "power", "unit": unit}}} for unit in ("W", "MW")]
    assert flat(decode(rules, "a", body)) == [("mine", "power", 0.005, None)]
    assert flat(decode(rules, "b", body))[0][:3] == ("x", "power", 5.0)


def test_a_path_that_fits_nothing_raises_nothing() -> None:
    rule = {"topic": "#", "device": "d", "records": "max(@)", "fields": {"sum(a)": {"quantity": "power", "unit": "W"}}}
    for body in (["a"], {"a": "x"}, [], {}, 5, [[1]]):
        assert decode([rule], "t", body).blocks == []


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({"quantity": "powr", "unit": "W"}, "did you mean power"),
        ({"quantity": "power", "unit": "bar"}, "not one of kW's"),
        ({"quantity": "power"}, "not one of kW's"),
        ({"quantity": "energy_import", "unit": "kWh", "kind": "gauge"}, "is a register, not a gauge"),
        ({"quantity": "voltage", "unit": "V", "kind": "delta", "interval_s": 60}, "has no mean"),
        ({"quantity": "power", "unit": "kWh", "kind": "delta"}, "needs interval_s"),
        ({"quantity": "power", "unit": "kW", "interval_s": 60}, "belongs to kind: delta"),
    ],
)
def test_a_field_that_makes_no_sense_says_why(field: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        FieldRule.model_validate(field)


def test_mistakes_are_told_with_line_key_and_mend(tmp_path: Path) -> None:
    file = tmp_path / "mappings.yaml"
    file.write_text(
        "rules:\n"
        "  - topic: a/#/b\n"
        "    profile: thingsbord\n"
        "    fields:\n"
        "      P: {quantity: power, unitt: kW}\n"
        "  - topic: a/{x}\n"
        "    device: '{y}'\n"
        "    fields: {'a b': {quantity: power, unit: kW}}\n"
    )
    with pytest.raises(ProblemsError) as caught:
        load_mappings(file)
    told = str(caught.value)
    assert f"{file}:2: rules.0.topic: topic 'a/#/b': # must be the last level" in told
    assert f"{file}:5: rules.0.fields.P.unitt: is an unknown key; did you mean unit?" in told


def test_a_rule_of_two_kinds_is_refused() -> None:
    fields = {"P": {"quantity": "power", "unit": "kW"}}
    for rule, said in [
        ({"topic": "a", "fields": fields}, "needs either device or device_path"),
        ({"topic": "a", "profile": "thingsboard", "device": "x", "fields": fields}, "the profile knows this already"),
        ({"topic": "a", "profile": "nosuch", "fields": fields}, "there is no profile"),
        ({"topic": "a/{x}", "device": "{y}", "fields": fields}, "it keeps x"),
        ({"topic": "a", "device": "x", "fields": {"a b": fields["P"]}}, "not a JMESPath expression"),
        ({"topic": "a", "device": "x", "fields": {"sqrt(a)": fields["P"]}}, "Unknown function"),
        ({"topic": "a", "device": "x", "fields": {"a." * 200 + "b": fields["P"]}}, "write at most 300"),
        ({"topic": "a", "profile": "tasmotta", "fields": fields}, "did you mean tasmota"),
        ({"topic": "a/{x}", "device": "{x:>99999999}", "fields": fields}, "it keeps x"),
        ({"topic": "a/{x}", "device": "{x.__class__}", "fields": fields}, "it keeps x"),
    ]:
        with pytest.raises(ValidationError, match=said):
            Mappings.model_validate({"rules": [rule]})


@pytest.mark.parametrize("path", ["!" * 299 + "a", "(" * 149 + "a" + ")" * 149, "a" + "[]" * 149, "max(a)", ".".join("a" * 150)])
def test_a_path_that_is_as_deep_as_may_be_raises_nothing(path: str) -> None:
    rules = {"rules": [{"topic": "t", "device": "x", "fields": {path: {"quantity": "power", "unit": "W"}}}]}
    decoder = Decoder(DecodeSettings(), mappings=Mappings.model_validate(rules))
    for body in (b'{"a": [[[1]]]}', b"[" * 30 + b"]" * 30, b"5"):
        assert decoder.decode("t", body).blocks == []


def test_routes_name_the_decoder_and_the_first_wins(tmp_path: Path) -> None:
    file = tmp_path / "routes.yaml"
    file.write_text("routes:\n  - {topic: a/b, decoder: tasmota}\n  - {topic: a/#, window: none, zone: Asia/Ho_Chi_Minh}\n")
    routes = load_routes(file)
    body = {"device": "x", "time": "2026-01-01 07:00:00", "power_kw": 5}
    assert decode([], "a/b", body, routes).quarantined == "unknown_format"
    assert decode([], "b", body, routes).quarantined == "unknown_format"
    assert flat(decode([], "a/c", body, routes)) == [("x", "power", 5.0, "2026-01-01T00:00:00Z")]


@pytest.mark.parametrize("route", ["decoder: tasmotta", "zone: Mars/Olympus", "window: {past_days: 0}", "topic: a#"])
def test_a_wrong_route_is_refused(tmp_path: Path, route: str) -> None:
    file = tmp_path / "routes.yaml"
    file.write_text(f"routes:\n  - {{{'topic: a, ' if 'topic' not in route else ''}{route}}}\n")
    with pytest.raises(ProblemsError, match=r"routes\.yaml:2"):
        load_routes(file)


def test_the_sample_provinces_files_are_good() -> None:
    registry = Path(__file__).parents[3] / "registry"
    assert load_routes(registry / "routes.yaml").find("mainsight/bac-giang/f-1").decoder == "plain_json"  # type: ignore[union-attr]
    assert load_mappings(registry / "mappings.yaml").rules

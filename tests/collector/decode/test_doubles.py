"""Two fields of one record that speak of one quantity."""

import json

import pytest

from collector.decode import Decoder
from collector.mapping import FieldRule, Mappings, Rule
from collector.settings import DecodeSettings


@pytest.mark.parametrize(
    ("record", "value"),
    [
        ({"power_kw": 0.8, "power_w": 812}, 0.812),
        ({"power_w": 812, "power_kw": 0.8}, 0.812),
        ({"power_kw": 5, "power_w": None}, 5.0),
        ({"power_kw": "5.00", "power_w": 5001}, 5.001),
    ],
)
def test_two_keys_of_one_quantity_that_agree_give_the_finer(record: dict[str, object], value: float) -> None:
    decoded = Decoder(DecodeSettings()).decode("x", json.dumps({"device": "d", "time": 1_767_225_600, **record}).encode())
    assert [(block.quantities, block.columns) for block in decoded.blocks] == [(["power"], [(value,)])]
    assert decoded.rejected == []


@pytest.mark.parametrize(
    "body",
    [
        {"time": 1_767_225_600, "power_kw": 5, "power_w": 6000, "voltage_v": 230},
        {"columns": ["time", "power_kw", "power_w", "voltage_v"], "rows": [[1_767_225_600, 5, 6000, 230]]},
    ],
)
def test_two_keys_of_one_quantity_that_do_not_agree_give_none(body: dict[str, object]) -> None:
    decoded = Decoder(DecodeSettings()).decode("x", json.dumps({"device": "d", **body}).encode())
    assert [quantity for block in decoded.blocks for quantity in block.quantities] == ["voltage"]
    assert {rejected.reason for rejected in decoded.rejected} == {"needs_mapping"}


@pytest.mark.parametrize("values", [[5, 6, 7], [5, 6, 6], [5, 6, 5, 8]])
def test_of_many_names_of_one_quantity_that_do_not_agree_none_is_read(values: list[int]) -> None:
    """Three as well: what two disputed, a third does not settle."""
    body = {"device": "d", "time": 1_767_225_600, "readings": [{"name": "power", "value": value, "unit": "kW"} for value in values]}
    decoded = Decoder(DecodeSettings()).decode("x", json.dumps(body).encode())
    assert decoded.blocks == []
    assert (decoded.quarantined, decoded.rejected_count) == ("needs_mapping", len(values))


@pytest.mark.parametrize(
    ("payload", "quantities", "rejected"),
    [
        ('{"device": "d", "time": 1767225600, "power_kw": 5, "power_kw": 6, "voltage_v": 230}', ["voltage"], ["power_kw"]),
        ('{"device":"d","time":1767225600,"power_kw":5,"note":"a \\":b\\" key","voltage_v":230}', ["power", "voltage"], []),
        (
            '{"device":"d","records":[{"time":1767225600,"power_kw":5,"power_kw":5},{"time":1767225660,"power_kw":6}]}',
            ["power"],
            ["power_kw"],
        ),
    ],
)
def test_a_key_that_an_object_holds_twice_is_left_out(payload: str, quantities: list[str], rejected: list[str]) -> None:
    decoded = Decoder(DecodeSettings()).decode("x", payload.encode())
    assert [quantity for block in decoded.blocks for quantity in block.quantities] == quantities
    assert [(told.field, told.reason) for told in decoded.rejected] == [(key, "not_decodable") for key in rejected]


def test_a_text_that_looks_like_json_for_a_moment_is_none() -> None:
    for payload in (b" 5", b' "a":', b"\t[", b" true"):
        assert Decoder(DecodeSettings()).decode("x", payload).blocks == []


def test_a_rule_says_which_of_two_keys_counts() -> None:
    rules = Mappings(
        rules=(
            Rule(
                topic="#", profile="plain_json", fields={"power_kw": FieldRule(quantity="power", unit="kW")}, ignore=frozenset({"power_w"})
            ),
        )
    )
    decoded = Decoder(DecodeSettings(), mappings=rules).decode("x", b'{"device": "d", "time": 1767225600, "power_kw": 5, "power_w": 6000}')
    assert [block.columns for block in decoded.blocks] == [[(5.0,)]]
    assert decoded.rejected == []

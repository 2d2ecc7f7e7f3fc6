"""Numbers, times, the gate, line protocol: pure functions at the edge."""

import contextlib
import json
import math
from datetime import UTC, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.decode import Decoder
from collector.gate import Gate, nested_deeper, stripped
from collector.normalise import column
from collector.numbers import RefusedError, number
from collector.profiles.line_protocol import LineError, parse_line
from collector.settings import DecodeSettings
from collector.times import EARLIEST_MS, LATEST_MS, epoch_ms, text_ms, time_ms
from collector.topics import TopicFilter, TopicFilterError
from mainsight.core.zonetime import rfc3339

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("text", ["12", "-0.5", "+3.", ".5", "1e3", "005779.835", "1E-3"])
def test_ascii_decimals_are_numbers(text: str) -> None:
    assert number(text) == float(text)


@pytest.mark.parametrize("raw", ["", " 1", "1_000", "١٢٣", "1,5", "0x10", "1e9999", "12 kW", True, None, [], {}, "1" * 100])
def test_other_things_are_not(raw: object) -> None:
    with pytest.raises(RefusedError, match="not_a_number"):
        number(raw)


@pytest.mark.parametrize("raw", ["nan", "-Infinity", float("inf"), float("nan"), 10**400, "1e999"])
def test_what_is_not_finite_is_named_so(raw: object) -> None:
    with pytest.raises(RefusedError, match="not_finite"):
        number(raw)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_number_survives_its_own_text(value: float) -> None:
    assert number(repr(value)) == value


@given(st.integers(EARLIEST_MS, LATEST_MS - 1), st.sampled_from([1, 10**3, 10**6]))
def test_the_size_of_a_count_tells_its_unit(instant: int, per_ms: int) -> None:
    assert epoch_ms(instant * per_ms) == instant


@given(st.integers(EARLIEST_MS // 1000, LATEST_MS // 1000 - 1))
def test_seconds_are_told_too(second: int) -> None:
    assert epoch_ms(second) == second * 1000
    assert epoch_ms(second + 0.25) == second * 1000 + 250
    assert time_ms(str(second)) == second * 1000


@pytest.mark.parametrize("count", [0, -1, 10_000, 86_400_000, 1e308, 2**63])
def test_a_clock_that_was_never_set_gives_no_time(count: float) -> None:
    assert epoch_ms(count) is None


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-01T07:00:00+07:00", "2026-01-01T07:00:00+0700", "2026-01-01 00:00:00Z", "2026-01-01t00:00:00.0000z"),
        *("2025-12-31T23:00-0100", "2026.01.01 00:00:00Z", "2026/01/01T07:00:00+07:00", "2026-01-01-00:00:00Z"),
    ],
)
def test_variants_of_rfc_3339_are_one_instant(text: str) -> None:
    assert text_ms(text) == 1_767_225_600_000


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30T25:61:61Z",
        "1111-11-11T11:11:11Z",
        "2024-13-01T00:00:00Z",
        "soon",
        "",
        "20260101",
        "2026-01-01T00:00:00+99:99",
        "2026-01.01T00:00:00Z",
    ],
)
def test_impossible_texts_give_no_time(text: str) -> None:
    assert text_ms(text, HANOI) is None


def test_naive_time_needs_a_zone() -> None:
    assert text_ms("2026-01-01T07:00:00") is None
    assert text_ms("2026-01-01T07:00:00", HANOI) == 1_767_225_600_000


def test_the_repeated_hour_is_read_as_the_rule_says() -> None:
    first, second = (text_ms("2025-10-26T02:30:00", BERLIN, fold) for fold in (0, 1))
    assert first is not None
    assert second is not None
    assert (rfc3339(first), rfc3339(second)) == ("2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z")


@given(st.integers(EARLIEST_MS * 1000, LATEST_MS * 1000 - 1).map(lambda us: datetime.fromtimestamp(0, UTC) + timedelta(microseconds=us)))
def test_nanoseconds_are_cut_not_rounded(moment: datetime) -> None:
    text = moment.isoformat(timespec="microseconds").replace("+00:00", "999Z")
    assert text_ms(text) == math.floor(moment.replace(microsecond=0).timestamp()) * 1000 + moment.microsecond // 1000


@pytest.mark.parametrize(
    "topic",
    ["", "/", "//", "a/+/b", "a/#", "a\0b", "a\r\nb", "a\u202eb", "a/../b", "a/./b", "x" * 300, "/".join("a" * 80), "\ud800"],
)
def test_topics_that_are_refused(topic: str) -> None:
    assert Gate(10, 10, 256).topic(topic) == "bad_topic"


@pytest.mark.parametrize("topic", ["a", "/a/b", "tele/đồng hồ 1/SENSOR", "a//b", "$SYS/broker"])
def test_topics_that_pass(topic: str) -> None:
    assert Gate(10, 10, 256).topic(topic) is None


def test_size_and_nesting_are_capped_before_parsing() -> None:
    gate = Gate(100_000, 32, 256)
    assert gate.payload(b"x" * 100_001) == "too_large"
    assert gate.payload(b"[" * 50_000) == "too_deep"
    assert gate.payload(b'{"a":' * 33 + b"1" + b"}" * 33) == "too_deep"
    assert gate.payload(b'{"a":' * 32 + b"1" + b"}" * 32) is None
    assert gate.payload(json.dumps([[n] for n in range(1000)]).encode()) is None


def test_brackets_in_strings_are_not_nesting() -> None:
    assert not nested_deeper(json.dumps({"a": "[" * 500 + '"', "b": ["}" * 40]}).encode(), 32)


@given(
    st.recursive(
        st.integers() | st.text('[]{}\\" a'),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('[{"', max_size=3), inner, max_size=3),
        max_leaves=30,
    )
)
def test_nesting_is_measured_as_parsed(value: object) -> None:
    def depth(inner: object) -> int:
        parts = inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else None
        return 0 if parts is None else 1 + max(map(depth, parts), default=0)

    for limit in (1, 2, 3):
        assert nested_deeper(json.dumps(value).encode(), limit) == (depth(value) > limit)


def test_one_trailing_nul_is_taken_off_texts_only() -> None:
    assert stripped(b"12.5\0") == b"12.5"
    assert stripped(b"{}\0\0") == b"{}\0\0"
    assert stripped(b"\x08\x01\x18\x00") == b"\x08\x01\x18\x00"


@given(
    st.lists(st.floats(-1e6, 1e6) | st.integers(-(10**6), 10**6) | st.none() | st.text(max_size=3) | st.booleans(), max_size=6),
    st.sampled_from(["kW", "W"]),
)
def test_a_column_reads_as_its_values_do_one_by_one(raws: list[object], unit: str) -> None:
    power = column("power", unit)
    values, _ = power.read_all(raws)
    for raw, value in zip(raws, values, strict=True):
        try:
            expected = None if raw is None else power.read(raw)
        except RefusedError:
            expected = None
        assert value == expected


def test_a_status_takes_booleans_and_nothing_between() -> None:
    breaker = column("breaker_closed", "1")
    assert [breaker.read(raw) for raw in (True, False, 1, 0.0, "1", "true")] == [1, 0, 1, 0, 1, 1]
    for raw in (2, 0.5, "open", None, []):
        with pytest.raises(RefusedError):
            breaker.read(raw)


NAMES = st.text(
    st.characters(exclude_characters='\n\r\\"#\0', exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]) | st.just(" "), min_size=1, max_size=8
).filter(lambda text: text.strip() == text)


def escaped(text: str) -> str:
    return text.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


@given(
    NAMES,
    st.dictionaries(NAMES, NAMES, max_size=3),
    st.dictionaries(
        NAMES,
        st.floats(allow_nan=False, allow_infinity=False)
        | st.integers(-(2**63), 2**63 - 1)
        | st.booleans()
        | st.text('ab "\\,=', max_size=6),
        min_size=1,
        max_size=4,
    ),
    st.none() | st.integers(-(2**63), 2**63 - 1),
)
def test_line_protocol_is_read_back(measurement: str, tags: dict[str, str], fields: dict[str, object], time: int | None) -> None:
    def shown(value: object) -> str:
        if isinstance(value, str):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{value}i" if type(value) is int else str(value)

    line = ",".join([escaped(measurement), *(f"{escaped(k)}={escaped(v)}" for k, v in tags.items())])
    line += " " + ",".join(f"{escaped(k)}={shown(v)}" for k, v in fields.items()) + ("" if time is None else f" {time}")
    assert parse_line(line) == (tags, fields, time)


@given(st.text('m,=t a1.5e"i\\ -n', max_size=30))
def test_no_line_raises_anything_else(line: str) -> None:
    with contextlib.suppress(LineError):
        parse_line(line)


@pytest.mark.parametrize(
    ("text", "topic", "kept"),
    [
        ("a/{device}/+", "a/x/y", {"device": "x"}),
        ("a/#", "a", {}),
        ("a/#", "a/b/c", {}),
        ("#", "$SYS/x", None),
        ("a/+", "a/b/c", None),
        ("+/b", "/b", {}),
    ],
)
def test_filters(text: str, topic: str, kept: dict[str, str] | None) -> None:
    assert TopicFilter(text).match(topic) == kept


@pytest.mark.parametrize("text", ["", "a/#/b", "a/b+", "{x}/{x}", "a{x}"])
def test_filters_that_are_refused(text: str) -> None:
    with pytest.raises(TopicFilterError):
        TopicFilter(text)


HOSTILE = [
    b"{" * 40 + b'"' + b'\\"' * 120_000,
    b'm a="' + b'\\"' * 120_000,
    b"m " + b'a="\\' * 60_000,
    b"m," + b"a=b," * 60_000,
    b"m a" + b"=1," * 80_000,
    b"/\r\n1-0:1.8.0(" + b"(" * 250_000 + b"\r\n!\r\n",
    b"/\r\n1-0:1.8.0(1)" + b"()" * 120_000 + b"\r\n!\r\n",
    b"~\xa0" + b"~" * 250_000,
    b"\x12\x04\x0a\x02aa" * 40_000,
    b"\x1b\x1b\x1b\x1b\x01\x01\x01\x01" + b"\x7f" * 250_000,
    b"\x9f" * 250_000,
    b'{"device":"d","time":1,"columns":[' + b'"power_kw",' * 20_000 + b'"a"],"rows":[[]]}',
    b'{"d":{' + b",".join(b'"k%d":1' % n for n in range(20_000)) + b"}}",
]


@pytest.mark.parametrize("topic", ["v1/gateway/telemetry", "spBv1.0/G/NDATA/E", "x/senml/y"])
@pytest.mark.parametrize("payload", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_takes_long_to_refuse(topic: str, payload: bytes) -> None:
    """Each was made to find what is quadratic; a whole second is a hundred times what the slowest takes."""
    started = process_time()
    Decoder(DecodeSettings()).decode(topic, payload)
    assert process_time() - started < 1.0


@pytest.mark.parametrize("topic", ["zigbee2mqtt/plug", "emon/node", "homie/5/d/$description", "x"])
@pytest.mark.parametrize("payload", [b'{"power": 1e400}', b'{"power": 1', b"[NaN]"])
def test_broken_json_is_told_whatever_the_topic_promised(topic: str, payload: bytes) -> None:
    assert Decoder(DecodeSettings()).decode(topic, payload).quarantined == "not_decodable"


@pytest.mark.parametrize(
    "topic", ["emon/hall/power", "tele/plug-1/STATE", "shellies/shellyem-1/emeter/0/power", "zigbee2mqtt/plug/power", "mbmd/a/Power"]
)
@pytest.mark.parametrize("payload", [b"\xff\xfe5\x00", b"\x1f\x8b\x08\x00\x00", b"5\xa0", b"\xed\xa0\x80"])
def test_bytes_where_a_format_sends_text_are_told(topic: str, payload: bytes) -> None:
    decoded = Decoder(DecodeSettings()).decode(topic, payload)
    assert (decoded.blocks, decoded.quarantined) == ([], "not_decodable")


@pytest.mark.parametrize("name", ["a\nb", "a\x00", "a\u202eb", "a\x1b[31mb", "a\u2028b", "\ufeffa"])
def test_a_device_s_name_that_spoils_logs_is_refused(name: str) -> None:
    body = {"Device A": {"temperature": 5}, name: {"temperature": 6}}
    decoded = Decoder(DecodeSettings()).decode("v1/gateway/telemetry", json.dumps(body).encode())
    assert [block.device for block in decoded.blocks] == ["Device A"]
    assert [rejected.reason for rejected in decoded.rejected] == ["not_decodable"]
    assert decoded.rejected[0].field.isprintable()


def test_a_field_s_name_that_spoils_terminals_is_told_escaped() -> None:
    body = {"Device A": {"\x1b[2J": 5, "điện áp": 6}}
    decoded = Decoder(DecodeSettings()).decode("v1/gateway/telemetry", json.dumps(body).encode())
    assert [rejected.field for rejected in decoded.rejected] == ["\\x1b[2J", "điện áp"]


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        *((text, ["not_a_number"]) for text in ("1,5", "1.234,5", "5 kWh", "١٢٣")),
        *((text, []) for text in ("ready", "192.168.1.5", "2026.3.1", "1.2.3beta")),
    ],
)
def test_what_is_written_like_a_number_and_is_none_is_told(text: str, reasons: list[str]) -> None:
    decoded = Decoder(DecodeSettings()).decode("emon/hall/power", text.encode())
    assert [rejected.reason for rejected in decoded.rejected] == reasons

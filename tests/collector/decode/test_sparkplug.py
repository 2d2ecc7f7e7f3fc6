"""Sparkplug B as a session: births, gaps, deaths, templates and values of the past."""

import struct
from typing import Any

import pytest

from collector.decode import Decoder
from collector.envelope import Decoded
from collector.settings import DecodeSettings

T0 = 1_767_225_600_000
FLOAT = 9


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def metric(name: str = "", value: float | None = 1.5, **said: Any) -> bytes:
    fields = [field(1, name)] if name else []
    for number, key in ((2, "alias"), (3, "timestamp"), (4, "datatype"), (5, "historical"), (18, "template"), (17, "dataset")):
        if key in said:
            fields.append(field(number, said[key]))
    if "bd_seq" in said:
        return field(2, field(1, "bdSeq") + field(4, 8) + field(11, said["bd_seq"]))
    if value is not None:
        fields += [] if "datatype" in said else [field(4, FLOAT)]
        fields.append(varint(12 << 3 | 5) + struct.pack("<f", value))
    return field(2, b"".join(fields))


def payload(*metrics: bytes, seq: int | None = None, at: int = T0) -> bytes:
    return field(1, at) + b"".join(metrics) + (b"" if seq is None else field(3, seq))


class Node:
    """An edge node whose messages are decoded as they are sent."""

    def __init__(self) -> None:
        self.decoder = Decoder(DecodeSettings())
        self.now = T0

    def send(self, verb: str, *metrics: bytes, seq: int | None = None, at: int | None = None) -> Decoded:
        self.now += 1_000
        topic = f"spBv1.0/G/{verb}/E" + ("/D" if verb[0] == "D" else "")
        return self.decoder.decode(topic, payload(*metrics, seq=seq, at=self.now if at is None else at))

    def born(self) -> None:
        self.send("NBIRTH", metric(bd_seq=3), metric("Supply Voltage", alias=1), seq=0)
        self.send("DBIRTH", metric("Out Temp_C", alias=2), seq=1)


@pytest.fixture
def node() -> Node:
    node = Node()
    node.born()
    return node


def values(decoded: Decoded) -> list[tuple[str, float]]:
    return [
        (quantity, column[0] or 0.0) for block in decoded.blocks for quantity, column in zip(block.quantities, block.columns, strict=True)
    ]


def waits(decoded: Decoded) -> bool:
    return values(decoded) == [] and [rejected.reason for rejected in decoded.rejected] == ["needs_birth"]


def test_names_behind_aliases_are_read_in_sequence(node: Node) -> None:
    assert values(node.send("NDATA", metric(alias=1), seq=2)) == [("voltage", 1.5)]
    assert values(node.send("DDATA", metric(alias=2), seq=3)) == [("temperature", 1.5)]


def test_the_sequence_runs_over(node: Node) -> None:
    for seq in range(2, 256):
        node.send("NDATA", metric(alias=1), seq=seq)
    assert values(node.send("NDATA", metric(alias=1), seq=0)) == [("voltage", 1.5)]


def test_a_gap_puts_aliases_in_doubt_until_what_was_missing_turns_up(node: Node) -> None:
    assert waits(node.send("NDATA", metric(alias=1), seq=3))
    assert values(node.send("NDATA", metric("Supply Voltage", alias=1), seq=4)) == [("voltage", 1.5)]
    assert waits(node.send("NDATA", metric(alias=1), seq=5))
    node.send("NDATA", metric("Supply Voltage"), seq=2)
    assert values(node.send("NDATA", metric(alias=1), seq=6)) == [("voltage", 1.5)]


def test_a_birth_ends_the_doubt_for_what_it_names(node: Node) -> None:
    assert waits(node.send("DDATA", metric(alias=2), seq=9))
    node.send("DBIRTH", metric("Out Temp_C", alias=2), seq=10)
    assert values(node.send("DDATA", metric(alias=2), seq=11)) == [("temperature", 1.5)]
    assert waits(node.send("NDATA", metric(alias=1), seq=12))
    node.born()
    assert values(node.send("NDATA", metric(alias=1), seq=2)) == [("voltage", 1.5)]


def test_what_is_delivered_again_is_no_gap(node: Node) -> None:
    for seq in (2, 3, 4):
        node.send("NDATA", metric(alias=1), seq=seq)
    for seq in (2, 3, 4):
        assert values(node.send("NDATA", metric(alias=1), seq=seq, at=T0 + 3_000)) == [("voltage", 1.5)]
    assert values(node.send("NDATA", metric(alias=1), seq=5)) == [("voltage", 1.5)]


def test_a_restart_whose_birth_was_missed_is_noticed(node: Node) -> None:
    for seq in range(2, 60):
        node.send("NDATA", metric(alias=1), seq=seq)
    assert waits(node.send("NDATA", metric(alias=1), seq=5))


def test_the_death_of_the_session_forgets_and_an_old_will_does_not(node: Node) -> None:
    node.send("NDEATH", metric(bd_seq=2))
    assert values(node.send("NDATA", metric(alias=1), seq=2)) == [("voltage", 1.5)]
    assert values(node.send("NDEATH", metric(bd_seq=3))) == []
    assert waits(node.send("NDATA", metric(alias=1), seq=3))


def test_the_death_of_a_device_forgets_its_aliases_only(node: Node) -> None:
    node.send("DDEATH", seq=2)
    assert waits(node.send("DDATA", metric(alias=2), seq=3))
    assert values(node.send("NDATA", metric(alias=1), seq=4)) == [("voltage", 1.5)]


def test_other_metrics_do_not_lose_a_birth() -> None:
    node = Node()
    broken = field(2, b"\xff\xff")
    dataset = metric("Table", None, alias=8, datatype=16, dataset=b"\xff\xff\xff")
    definition = metric("_types_/Motor", None, datatype=19, template=metric("AMPs", 3.0) + field(5, 1))
    decoded = node.send("NBIRTH", dataset, definition, broken, metric("Supply Voltage", alias=1), seq=0)
    assert values(decoded) == [("voltage", 1.5)]
    assert [tuple(rejected) for rejected in decoded.rejected] == [("metric", "not_decodable")]
    assert values(node.send("NDATA", metric(alias=1), seq=1)) == [("voltage", 1.5)]


def test_members_of_a_template_instance_have_names_of_their_own(node: Node) -> None:
    instance = metric("Motor", None, datatype=19, template=metric("Case Temp_C", 61.5) + metric("AMPs", 3.0))
    decoded = node.send("DDATA", instance, seq=2)
    assert values(decoded) == [("temperature", 61.5)]
    assert [tuple(rejected) for rejected in decoded.rejected] == [("Motor/AMPs", "needs_mapping")]


def test_a_value_of_the_past_needs_a_time_of_its_own(node: Node) -> None:
    told = node.send("NDATA", metric("Supply Voltage", historical=1, timestamp=T0 - 86_400_000), seq=2)
    assert (values(told), told.blocks[0].times) == ([("voltage", 1.5)], (T0 - 86_400_000,))
    untold = node.send("NDATA", metric("Supply Voltage", historical=1), seq=3)
    assert [tuple(rejected) for rejected in untold.rejected] == [("Supply Voltage", "history")]


def test_births_of_the_past_are_read_and_teach_nothing(node: Node) -> None:
    node.send("NDATA", metric(alias=1), seq=2)
    replayed = node.send("NBIRTH", metric(bd_seq=2), metric("Old Voltage", alias=7), metric("Case Temp_C", alias=1), seq=0, at=T0 - 5_000)
    assert values(replayed) == [("voltage", 1.5), ("temperature", 1.5)]
    assert values(node.send("NDATA", metric(alias=1), seq=3)) == [("voltage", 1.5)]
    assert waits(node.send("NDATA", metric(alias=7), seq=4))


def test_the_next_session_begins_though_the_clock_fell_back(node: Node) -> None:
    node.send("NBIRTH", metric(bd_seq=4), metric("Case Temp_C", alias=1), seq=0, at=T0 - 86_400_000)
    assert values(node.send("NDATA", metric(alias=1), seq=1)) == [("temperature", 1.5)]

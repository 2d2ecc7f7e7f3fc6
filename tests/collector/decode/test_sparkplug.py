"""Sparkplug B as a session: births, gaps, deaths, templates and values of the past."""

import pytest

from collector import sparkplug_nodes
from collector.decode import Decoder
from collector.envelope import Decoded
from collector.settings import DecodeSettings
from tests.collector.sparkplug import FLOAT, T0, field, metric, payload


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


def test_names_that_would_be_one_quantity_are_read_by_none_of_them(node: Node) -> None:
    """Not even where a later message tells one of them only, until a birth has one."""
    reasons = {
        rejected.field for rejected in node.send("DBIRTH", metric("In Voltage", alias=7), metric("Out Voltage", alias=8), seq=2).rejected
    }
    assert reasons == {"In Voltage", "Out Voltage"}
    assert values(node.send("DDATA", metric(alias=7), seq=3)) == []
    node.send("DBIRTH", metric("In Voltage", alias=7), metric("L1/Voltage", alias=9), metric("Alarms/Voltage", alias=10), seq=4)
    sent = node.send("DDATA", metric(alias=7), metric(alias=9), metric(alias=10), seq=5)
    assert values(sent) == [("voltage", 1.5), ("voltage_l1", 1.5)]
    assert [tuple(rejected) for rejected in sent.rejected] == [("Alarms/Voltage", "needs_mapping")]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Pumps/P 7/Flow Rate (m3/h)", [("flow", 1.5)]),
        ("Energy Import [MWh]", [("energy_import", 1500.0)]),
        ("Setpoints/Power (kW)", []),
        ("Temperature (Max) (°C)", []),
    ],
)
def test_a_unit_may_stand_in_brackets_behind_the_name(node: Node, name: str, read: list[tuple[str, float]]) -> None:
    assert values(node.send("DDATA", metric(name), seq=2)) == read


@pytest.mark.parametrize("key", ["engUnit", "Engineering Units", "uom"])
def test_the_unit_has_many_names(node: Node, key: str) -> None:
    unit = field(9, field(1, key) + field(2, field(1, 12) + field(8, "kPa")))
    assert values(node.send("DBIRTH", field(2, field(1, "Outlet Pressure") + unit + metric(value=150.0)[2:]), seq=2)) == [("pressure", 1.5)]


def test_a_name_has_the_unit_of_its_birth(node: Node) -> None:
    """Data by name, without aliases, repeats no properties."""
    unit = field(9, field(1, "engUnit") + field(2, field(1, 12) + field(8, "kPa")))
    told = field(2, field(1, "Outlet Pressure") + field(4, FLOAT) + unit + metric(value=150.0)[2:])
    assert values(node.send("DBIRTH", told, seq=2)) == [("pressure", 1.5)]
    assert values(node.send("DDATA", metric("Outlet Pressure", 250.0), seq=3)) == [("pressure", 2.5)]
    assert values(node.send("NDATA", metric("Outlet Pressure", 250.0), seq=4)) == []
    node.send("DDEATH", seq=5)
    assert values(node.send("DDATA", metric("Outlet Pressure", 250.0), seq=6)) == []


def test_a_member_of_a_template_has_the_unit_of_its_birth(node: Node) -> None:
    unit = field(9, field(1, "engUnit") + field(2, field(1, 12) + field(8, "kW")))
    born = field(2, field(1, "Power") + field(4, FLOAT) + unit + metric(value=1.5)[2:])
    node.send("DBIRTH", metric("Pump", None, alias=7, datatype=19, template=born), seq=2)
    sent = node.send("DDATA", metric("", None, alias=7, datatype=19, template=metric("Power", 2.5) + metric("Speed", 3.5)), seq=3)
    assert values(sent) == [("power", 2.5)]
    assert [tuple(rejected) for rejected in sent.rejected] == [("Pump/Speed", "needs_mapping")]


def test_births_of_the_past_are_read_and_teach_nothing(node: Node) -> None:
    node.send("NDATA", metric(alias=1), seq=2)
    replayed = node.send("NBIRTH", metric(bd_seq=2), metric("Old Voltage", alias=7), metric("Case Temp_C", alias=1), seq=0, at=T0 - 5_000)
    assert values(replayed) == [("voltage", 1.5), ("temperature", 1.5)]
    assert values(node.send("NDATA", metric(alias=1), seq=3)) == [("voltage", 1.5)]
    assert waits(node.send("NDATA", metric(alias=7), seq=4))


def test_the_next_session_begins_though_the_clock_fell_back(node: Node) -> None:
    node.send("NBIRTH", metric(bd_seq=4), metric("Case Temp_C", alias=1), seq=0, at=T0 - 86_400_000)
    assert values(node.send("NDATA", metric(alias=1), seq=1)) == [("temperature", 1.5)]


def test_deaths_tell_who_is_gone(node: Node) -> None:
    assert list(node.send("NDEATH", metric(bd_seq=2)).gone) == [], "the will of an earlier session"
    assert list(node.send("DDEATH", seq=2).gone) == ["G/E/D"]
    node.born()
    assert list(node.send("NDEATH", metric(bd_seq=3)).gone) == ["G/E", "G/E/D"]
    assert list(node.send("NDATA", metric("Supply Voltage"), seq=4).gone) == []
    assert list(Node().send("NDEATH", metric(bd_seq=3)).gone) == ["G/E"], "though we were not there when it was born"


def doubts(node: Node) -> dict[str, bool]:
    """Nodes that should be born again, and whether no birth of theirs is known at all."""
    return {name: doubt.unborn for name, doubt in node.decoder.sparkplug.doubts.items()}


def test_who_should_be_born_again(node: Node) -> None:
    assert doubts(node) == {}
    node.send("NDATA", metric(alias=77), seq=2)
    assert doubts(node) == {"G/E": False}, "an alias that no birth told"
    node.born()
    assert doubts(node) == {}
    node.send("NDATA", metric(alias=1), seq=4)
    assert doubts(node) == {"G/E": False}, "a gap"
    node.send("NDATA", metric(alias=1), seq=3)
    node.send("NDATA", metric(alias=1), seq=2)
    assert doubts(node) == {}, "what was missing turned up"
    node.send("NDEATH", metric(bd_seq=3))
    assert doubts(node) == {}, "the dead are not asked"
    node.send("DDATA", metric("Out Temp_C"), seq=3)
    assert doubts(node) == {"G/E": True}, "it speaks though no birth is known"


def test_a_device_that_was_not_born_or_died_puts_its_node_in_doubt() -> None:
    node = Node()
    node.send("NBIRTH", metric(bd_seq=3), seq=0)
    node.send("DDATA", metric("Out Temp_C"), seq=1)
    assert doubts(node) == {"G/E": False}
    node.born()
    node.send("DDEATH", seq=2)
    assert doubts(node) == {}
    node.send("DDATA", metric("Out Temp_C"), seq=3)
    assert doubts(node) == {"G/E": False}


def test_the_sequence_running_over_does_not_close_a_gap(node: Node) -> None:
    for seq in (3, *range(4, 256), 0, 1, 2, 3):  # 2 is missing; 254 messages later another message has that number
        node.send("NDATA", metric("Supply Voltage"), seq=seq)
    assert doubts(node) == {"G/E": False}
    assert waits(node.send("NDATA", metric(alias=1), seq=4))


def test_messages_replayed_out_of_the_past_are_no_gap(node: Node) -> None:
    for seq in (2, 3, 4):
        node.send("NDATA", metric(alias=1), seq=seq)
    node.send("NDATA", metric("Supply Voltage"), seq=40, at=T0 - 3_600_000)
    assert doubts(node) == {}
    assert values(node.send("NDATA", metric(alias=1), seq=5)) == [("voltage", 1.5)]


def test_what_is_remembered_of_devices_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug_nodes, "_MAX_ALIASES", 3)
    nodes = sparkplug_nodes.Nodes()
    for number in range(10):
        nodes.born(f"n{number}", 0, 0, 0)
        nodes.device_born(f"n{number}", "d")
    assert nodes.online == 3
    nodes.heard_device("n9", "other")
    assert not nodes.doubts, "with no room to remember births their absence says nothing"

"""What profiles remember stays bounded."""

import pytest

from collector import sparkplug_nodes, told
from collector.sparkplug_nodes import Known, Nodes
from collector.told import Told


def test_what_was_told_longest_ago_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "_MOST", 2)
    memory: Told[int] = Told()
    for name in ("a", "b", "a", "c"):
        memory.put(name, ord(name))
    assert [memory.get(name) for name in "abc"] == [97, None, 99]
    memory.put("x" * 2_000, 1)
    assert memory.get("x" * 2_000) is None


def test_nodes_and_aliases_are_bounded_and_the_silent_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug_nodes, "_MAX_NODES", 2)
    monkeypatch.setattr(sparkplug_nodes, "_MAX_ALIASES", 3)
    nodes = Nodes()
    nodes.learn("a", "a", 1, Known("A1", 9, ""))
    nodes.learn("b", "b", 1, Known("B1", 9, ""))
    nodes.heard("a", 1, 1)
    nodes.learn("c", "c", 1, Known("C1", 9, ""))
    assert [nodes.known(name, 1) is not None for name in "abc"] == [True, False, True]
    for alias in range(2, 6):
        nodes.learn("c", "c", alias, Known(f"C{alias}", 9, ""))
    assert nodes.known("a", 1) is None
    assert [nodes.known("c", alias) is not None for alias in range(1, 6)] == [True, True, True, False, False]

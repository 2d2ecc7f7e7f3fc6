"""What is known of Sparkplug edge nodes: names behind aliases, and whether a message was missed since they were told.

Source: Eclipse Sparkplug specification 3.0, chapters 4 (session state) and 6.4 (payloads; `seq`, `bdSeq`).
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from collector.told import Told

_SEQUENCE: Final = 256
_FORWARD: Final = _SEQUENCE // 2
_MAX_NODES: Final = 20_000
_MAX_ALIASES: Final = 100_000
"""Aliases and born devices remembered in all."""
_UNTIL_BIRTH: Final = -1
"""Stands in for messages that will not come any more."""


Handle = int | tuple[str, str]
"""What DATA messages call a metric by: its alias, or the device and its name."""


class Known(NamedTuple):
    """What a birth said of a metric."""

    name: str
    datatype: int
    unit: str


class _Alias(NamedTuple):
    known: Known
    device: str
    epoch: int


@dataclass(slots=True)
class Doubt:
    """What only another birth of a node would mend.

    Attributes:
        number: a later doubt has a greater one, the same node's too.
        unborn: no birth of the node is known at all; otherwise something is missing, which may still turn up.
        heard: messages of the node since.

    """

    number: int
    unborn: bool
    heard: int = 1


class _Node:
    __slots__ = ("aliases", "bd_seq", "born", "devices", "epoch", "missing", "newest_ms", "oldest_epoch", "seq")

    def __init__(self) -> None:
        self.aliases: dict[Handle, _Alias] = {}
        self.devices: set[str] = set()
        self.born = False
        self.bd_seq: int | None = None
        self.seq: int | None = None
        self.newest_ms = 0
        self.missing: set[int] = set()
        self.epoch = 0
        self.oldest_epoch = 0


class Nodes:
    """Memory of edge nodes by name, bounded: the one silent longest is forgotten first.

    A gap in the sequence may hide a birth that gave an alias another name. Aliases told before the gap are then in doubt:
    they are unknown until the missing messages turn up late, or the node is born again.

    Attributes:
        states: of each STATE topic (of host applications), whether it was last heard to say "online".

    """

    def __init__(self) -> None:
        self.states: Told[bool] = Told()
        self._nodes: OrderedDict[str, _Node] = OrderedDict()
        self._kept = 0
        self._doubts: dict[str, Doubt] = {}
        self._last_doubt = 0

    @property
    def online(self) -> int:
        """How many nodes are born and did not die since."""
        return sum(node.born for node in self._nodes.values())

    @property
    def doubts(self) -> Mapping[str, Doubt]:
        """Nodes (`<group>/<node>`) that should be born again."""
        return self._doubts

    def is_past(self, name: str, bd_seq: int | None, sent_ms: int | None) -> bool:
        """Whether a birth is of the past (replayed from quarantine, say): sent before what was heard last, and not the next session's."""
        node = self._nodes.get(name)
        if node is None or sent_ms is None or sent_ms >= node.newest_ms:
            return False
        return bd_seq is None or node.bd_seq is None or bd_seq != (node.bd_seq + 1) % _SEQUENCE

    def born(self, name: str, bd_seq: int | None, seq: int | None, sent_ms: int | None) -> None:
        """Begin a node's session: all that was known of it is void."""
        self._forget(name)
        node = self._node(name)
        node.born, node.bd_seq, node.seq, node.newest_ms = True, bd_seq, seq, sent_ms or 0

    def died(self, name: str, bd_seq: int | None) -> list[str]:
        """End a node's session; who went with it. The will of an earlier session, which may arrive late, ends none."""
        node = self._nodes.get(name)
        if node is None:
            return [name]
        if bd_seq is not None and node.bd_seq is not None and bd_seq != node.bd_seq:
            return []
        self._forget(name)
        return [name, *sorted(node.devices)]

    def device_born(self, name: str, device: str) -> None:
        """Begin a device's session: its former aliases are void."""
        self.device_gone(name, device)
        node = self._node(name)
        if self._has_room(name):
            node.devices.add(device)
            self._kept += 1

    def device_gone(self, name: str, device: str) -> None:
        """End a device's session."""
        node = self._node(name)
        gone = [alias for alias, told in node.aliases.items() if told.device == device]
        for alias in gone:
            del node.aliases[alias]
        self._kept -= len(gone) + (device in node.devices)
        node.devices.discard(device)

    def heard(self, name: str, seq: int | None, sent_ms: int | None) -> None:
        """Follow a node's sequence; a message heard twice or late changes nothing but what was missing."""
        node = self._node(name)
        if name in self._doubts:
            self._doubts[name].heard += 1
        if not node.born:
            self.doubt(name)
        is_newer = sent_ms is not None and sent_ms > node.newest_ms
        is_older = sent_ms is not None and sent_ms < node.newest_ms
        node.newest_ms = max(node.newest_ms, sent_ms or 0)
        if seq is None or seq >= _SEQUENCE or seq == node.seq:
            return
        ahead = 0 if node.seq is None else (seq - node.seq - 1) % _SEQUENCE
        if ahead and seq in node.missing:
            self._turned_up(name, node, seq)
        elif ahead == 0 or is_newer or not (is_older or ahead >= _FORWARD):
            self._moved_on(name, node, seq, ahead)

    def heard_device(self, name: str, device: str) -> None:
        """Follow a device: one that was not born puts its node in doubt."""
        node = self._node(name)
        if device not in node.devices and self._kept < _MAX_ALIASES:
            self.doubt(name)

    def doubt(self, name: str) -> None:
        """Note that a node should be born again."""
        if name not in self._doubts:
            self._last_doubt += 1
            self._doubts[name] = Doubt(self._last_doubt, unborn=not self._node(name).born)

    def learn(self, name: str, device: str, handle: Handle, known: Known) -> None:
        """Keep what a birth says of a metric."""
        node = self._node(name)
        if handle not in node.aliases:
            if not self._has_room(name):
                return
            self._kept += 1
        node.aliases[handle] = _Alias(known, device, node.epoch)

    def known(self, name: str, handle: Handle) -> Known | None:
        """What a metric is; None where no birth told it, or where that is in doubt."""
        node = self._nodes.get(name)
        told = None if node is None else node.aliases.get(handle)
        return told.known if node is not None and told is not None and told.epoch >= node.oldest_epoch else None

    def _node(self, name: str) -> _Node:
        node = self._nodes.get(name)
        if node is None:
            node = self._nodes[name] = _Node()
            if len(self._nodes) > _MAX_NODES:
                self._forget(next(iter(self._nodes)))
        self._nodes.move_to_end(name)
        return node

    def _has_room(self, name: str) -> bool:
        """Make room for one thing more of a node, at the cost of those silent longest."""
        while self._kept >= _MAX_ALIASES:
            oldest = next(iter(self._nodes))
            if oldest == name:
                return False
            self._forget(oldest)
        return True

    def _moved_on(self, name: str, node: _Node, seq: int, ahead: int) -> None:
        """Take a message as the newest, `ahead` others of its node having been skipped."""
        if ahead:
            was = node.seq or 0
            node.missing |= {_UNTIL_BIRTH} if ahead >= _FORWARD else {(was + step) % _SEQUENCE for step in range(1, ahead + 1)}
            node.epoch += 1
            node.oldest_epoch = node.epoch
            self.doubt(name)
        elif seq in node.missing:  # the sequence ran over: the one that is missing will not come any more
            node.missing = node.missing - {seq} | {_UNTIL_BIRTH}
        node.seq = seq

    def _turned_up(self, name: str, node: _Node, seq: int) -> None:
        node.missing.discard(seq)
        if not node.missing:
            node.oldest_epoch = 0
            if node.born:
                self._doubts.pop(name, None)

    def _forget(self, name: str) -> None:
        node = self._nodes.pop(name, None)
        self._kept -= 0 if node is None else len(node.aliases) + len(node.devices)
        self._doubts.pop(name, None)

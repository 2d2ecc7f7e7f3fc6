"""What is known of Sparkplug edge nodes: names behind aliases, and whether a message was missed since they were told.

Source: Eclipse Sparkplug specification 3.0, chapters 4 (session state) and 6.4 (payloads; `seq`, `bdSeq`).
"""

from collections import OrderedDict
from typing import Final, NamedTuple

_SEQUENCE: Final = 256
_FORWARD: Final = _SEQUENCE // 2
_MAX_NODES: Final = 20_000
_MAX_ALIASES: Final = 100_000
_UNTIL_BIRTH: Final = -1
"""Stands in for messages that will not come any more."""


class Known(NamedTuple):
    """What a birth said of a metric."""

    name: str
    datatype: int
    unit: str


class _Alias(NamedTuple):
    known: Known
    device: str
    epoch: int


class _Node:
    __slots__ = ("aliases", "bd_seq", "epoch", "missing", "newest_ms", "oldest_epoch", "seq")

    def __init__(self) -> None:
        self.aliases: dict[int, _Alias] = {}
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
    """

    def __init__(self) -> None:
        self._nodes: OrderedDict[str, _Node] = OrderedDict()
        self._aliases = 0

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
        node.bd_seq, node.seq, node.newest_ms = bd_seq, seq, sent_ms or 0

    def died(self, name: str, bd_seq: int | None) -> None:
        """End a node's session; the will of an earlier session, which may arrive late, ends none."""
        node = self._nodes.get(name)
        if node is not None and (bd_seq is None or node.bd_seq is None or bd_seq == node.bd_seq):
            self._forget(name)

    def device_gone(self, name: str, device: str) -> None:
        """Forget the aliases of a device that died or is about to be born again."""
        node = self._node(name)
        gone = [alias for alias, told in node.aliases.items() if told.device == device]
        for alias in gone:
            del node.aliases[alias]
        self._aliases -= len(gone)

    def heard(self, name: str, seq: int | None, sent_ms: int | None) -> None:
        """Follow a node's sequence; a message heard twice or late changes nothing but what was missing."""
        node = self._node(name)
        newer = sent_ms is not None and sent_ms > node.newest_ms
        if newer and sent_ms is not None:
            node.newest_ms = sent_ms
        if seq is None or seq >= _SEQUENCE or seq == node.seq:
            return
        if seq in node.missing:
            node.missing.discard(seq)
            if not node.missing:
                node.oldest_epoch = 0
            return
        ahead = 0 if node.seq is None else (seq - node.seq - 1) % _SEQUENCE
        if ahead >= _FORWARD and not newer:
            return
        if ahead:
            was = node.seq or 0
            node.missing |= {_UNTIL_BIRTH} if ahead >= _FORWARD else {(was + step) % _SEQUENCE for step in range(1, ahead + 1)}
            node.epoch += 1
            node.oldest_epoch = node.epoch
        node.seq = seq

    def learn(self, name: str, device: str, alias: int, known: Known) -> None:
        """Keep what a birth says of an alias."""
        node = self._node(name)
        while self._aliases >= _MAX_ALIASES and alias not in node.aliases:
            oldest = next(iter(self._nodes))
            if oldest == name:
                return
            self._forget(oldest)
        self._aliases += alias not in node.aliases
        node.aliases[alias] = _Alias(known, device, node.epoch)

    def known(self, name: str, alias: int) -> Known | None:
        """What an alias stands for; None where no birth told it, or where that is in doubt."""
        node = self._nodes.get(name)
        told = None if node is None else node.aliases.get(alias)
        return told.known if node is not None and told is not None and told.epoch >= node.oldest_epoch else None

    def _node(self, name: str) -> _Node:
        node = self._nodes.get(name)
        if node is None:
            node = self._nodes[name] = _Node()
            if len(self._nodes) > _MAX_NODES:
                self._forget(next(iter(self._nodes)))
        self._nodes.move_to_end(name)
        return node

    def _forget(self, name: str) -> None:
        node = self._nodes.pop(name, None)
        self._aliases -= 0 if node is None else len(node.aliases)

"""One cause, one page: what is active above an alarm takes it into suppression by design, with the parent named."""

from collections.abc import Callable, Iterable, Mapping

from mainsight.alarms.points import Key, Point


class Inhibition:
    """Which points each point with an `inhibits` rule takes along, worked out once."""

    def __init__(self, points: Iterable[Point]) -> None:
        """Index parents by what hangs below them."""
        every = list(points)
        by_asset: dict[str, list[Point]] = {}
        for point in every:
            if point.rule.inhibits:
                by_asset.setdefault(point.asset, []).append(point)
        self._parents: dict[Key, tuple[Key, ...]] = {}
        self._children: dict[Key, list[Key]] = {}
        for point in every:
            found = [p for asset in reversed(point.above) for p in by_asset.get(asset, ()) if point.rule.kind in p.rule.inhibits]
            if found:
                self._parents[point.key] = tuple(parent.key for parent in found)
            for parent in found:
                self._children.setdefault(parent.key, []).append(point.key)

    def children(self, parent: Key) -> list[Key]:
        """Points that hang below an inhibiting one."""
        return self._children.get(parent, [])

    def parent_of(self, key: Key, is_active: Callable[[Key], bool]) -> Key | None:
        """The topmost active parent, None when there is none."""
        return next((parent for parent in self._parents.get(key, ()) if is_active(parent)), None)


def reason(parent: Key, points: Mapping[Key, Point]) -> str:
    """How the parent is named in the child's suppression."""
    point = points[parent]
    return f"{point.rule.name.en} / {point.rule.name.vi}: {point.name.vi} ({parent.rule}/{parent.asset})"

"""What only shows between things: ids given twice, references to what is not there, loops, devices claimed twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mainsight.core.topology import find_loop_in
from mainsight.registry.geometry import Geometry
from mainsight.registry.positions import Keys, Located
from mainsight.registry.problems import Problem, nearest

ASSET_KINDS = ("zone", "substation", "transformer", "feeder", "water_plant", "pump_station", "reservoir", "dma")
_REFERENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "zone": {"tariff": ("tariff",)},
    "substation": {"zone": ("zone",)},
    "transformer": {"substation": ("substation",)},
    "feeder": {"transformer": ("transformer",), "zone": ("zone",)},
    "pump_station": {"source": ("water_plant", "reservoir", "pump_station"), "feeder": ("feeder",)},
    "reservoir": {"source": ("water_plant", "pump_station")},
    "dma": {"zone": ("zone",), "source": ("reservoir", "pump_station", "water_plant")},
    "meter": {"asset": ASSET_KINDS},
}
"""Kind -> key -> kinds that it may name."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing as written: its kind, where it stands, and its keys, valid or not."""

    kind: str
    located: Located
    keys: Keys
    data: dict[str, Any]

    @property
    def id(self) -> str:
        """Its id; empty where it has none that can be used."""
        written = self.data.get("id")
        return written if isinstance(written, str) else ""

    def problem(self, key: str | Keys, what: str, mend: str = "") -> Problem:
        """Tell what is wrong with one of its keys."""
        inner = (key,) if isinstance(key, str) else key
        return self.located.problem((*self.keys, *inner), what, mend)


def check_references(items: list[Item], geometry: Geometry) -> list[Problem]:
    """Give every problem between things; items that are wrong in themselves are looked at as far as they go."""
    by_id = {item.id: item for item in reversed(items) if item.id}
    return [
        *_given_twice(items, "id"),
        *_given_twice([item for item in items if item.kind == "meter"], "device"),
        *(problem for item in items for problem in _missing(item, by_id)),
        *_shapes_of_nothing(geometry, by_id),
        *_loops(items),
    ]


def _given_twice(items: list[Item], key: str) -> Iterator[Problem]:
    """Ids are unique across all kinds, devices among meters."""
    first: dict[str, Item] = {}
    for item in items:
        written = item.data.get(key)
        if not isinstance(written, str):
            continue
        other = first.setdefault(written, item)
        if other is not item:
            place = f"{other.located.path}:{other.located.line((*other.keys, key))}"
            yield item.problem(key, f"{written} is already the {key} of a {other.kind}, at {place}", "give each its own")


def _missing(item: Item, by_id: dict[str, Item]) -> Iterator[Problem]:
    for keys, named, kinds in _named(item):
        found = by_id.get(named)
        if found is not None and found.kind in kinds:
            if found is item:
                yield item.problem(keys, f"{named} names itself", "name what feeds it")
            continue
        wanted = " or ".join(kinds) if len(kinds) < len(ASSET_KINDS) else "asset"
        what = f"there is no {wanted} {named!r}" if found is None else f"{named} is a {found.kind}, not a {wanted}"
        yield item.problem(keys, what, nearest(named, (other.id for other in by_id.values() if other.kind in kinds)) or "check the id")


def _named(item: Item) -> Iterator[tuple[Keys, str, tuple[str, ...]]]:
    """References of an item: keys, id named, kinds allowed."""
    for key, kinds in _REFERENCES.get(item.kind, {}).items():
        if isinstance(item.data.get(key), str):
            yield (key,), item.data[key], kinds
    transfers = item.data.get("transfers")
    for index, transfer in enumerate(transfers if isinstance(transfers, list) else ()):
        if isinstance(transfer, dict) and isinstance(transfer.get("source"), str):
            yield ("transfers", index, "source"), transfer["source"], (item.kind,)
    zones = item.data.get("zones")
    for index, zone in enumerate(zones if item.kind == "supply_order" and isinstance(zones, list) else ()):
        if isinstance(zone, str):
            yield ("zones", index), zone, ("zone",)


def _shapes_of_nothing(geometry: Geometry, by_id: dict[str, Item]) -> Iterator[Problem]:
    groups = ((geometry.boundaries, ("zone", "dma"), "boundary"), (geometry.paths, ("feeder",), "path"))
    for shapes, kinds, shape in groups:
        for asset in shapes:
            if asset not in by_id or by_id[asset].kind not in kinds:
                located, keys = geometry.where[asset]
                known = [item.id for item in by_id.values() if item.kind in kinds]
                what = f"a {shape} for {asset!r}, and there is no {' or '.join(kinds)} of that id"
                yield located.problem((*keys, "properties", "id"), what, nearest(asset, known) or "check the id")


def _loops(items: list[Item]) -> Iterator[Problem]:
    """One problem for the first loop: mending it may show the next."""
    feeds: dict[str, list[str]] = {}
    for item in items:
        above = [item.data.get("source")] if item.kind in {"pump_station", "reservoir", "dma"} else []
        feeds[item.id] = [source for source in above if isinstance(source, str) and source != item.id]
    loop = find_loop_in(feeds, lambda asset: feeds.get(asset, ()))
    if loop:
        start = next(item for item in items if item.id == loop[0])
        yield start.problem("source", f"feeds itself: {' <- '.join(loop)}", "name the plant that the water really comes from")

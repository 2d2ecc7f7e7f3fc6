"""GeoJSON (RFC 7946) of zones, districts and feeders: boundaries and paths by id."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mainsight.core.network import Polygon, Position
from mainsight.registry.fields import on_earth
from mainsight.registry.positions import Keys, Located
from mainsight.registry.problems import Problem, nearest

_RING = 4


@dataclass(slots=True)
class Geometry:
    """What the geometry files hold.

    Attributes:
        boundaries: id of a zone or district -> polygon.
        paths: id of a feeder -> line.
        where: id -> the document and keys of its feature, for problems.

    """

    boundaries: dict[str, Polygon] = field(default_factory=dict)
    paths: dict[str, tuple[Position, ...]] = field(default_factory=dict)
    where: dict[str, tuple[Located, Keys]] = field(default_factory=dict)


class _BadGeometryError(Exception):
    """One thing wrong: keys within the feature, what, how to mend."""


def read_geometry(located: Located, into: Geometry) -> list[Problem]:
    """Add the features of one file; give every problem found."""
    data = located.data
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection" or not isinstance(data.get("features"), list):
        return [located.problem((), "is not a GeoJSON FeatureCollection", "write type: FeatureCollection and a list of features")]
    problems = []
    for index, feature in enumerate(data["features"]):
        keys: Keys = ("features", index)
        try:
            _read_feature(located, keys, feature, into)
        except _BadGeometryError as bad:
            inner, what, mend = bad.args
            problems.append(located.problem((*keys, *inner), what, mend))
    return problems


def _read_feature(located: Located, keys: Keys, feature: Any, into: Geometry) -> None:
    if not isinstance(feature, dict):
        raise _BadGeometryError((), "is not a feature", "write type, properties and geometry")
    properties, geometry = feature.get("properties"), feature.get("geometry")
    asset = properties.get("id") if isinstance(properties, dict) else None
    if not isinstance(asset, str):
        raise _BadGeometryError(("properties",), "has no id", "add id: that of the zone, district or feeder")
    if asset in into.where:
        other, other_keys = into.where[asset]
        raise _BadGeometryError(("properties", "id"), f"{asset} has a shape already, at {other.path}:{other.line(other_keys)}", "keep one")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in _READERS:
        raise _BadGeometryError(("geometry",), f"{kind!r} is not a shape used here", nearest(str(kind), _READERS))
    assert isinstance(geometry, dict)
    into.where[asset] = (located, keys)
    _READERS[kind](asset, geometry.get("coordinates"), into)


def _read_polygon(asset: str, coordinates: Any, into: Geometry) -> None:
    at: Keys = ("geometry", "coordinates")
    if not isinstance(coordinates, list) or not coordinates:
        raise _BadGeometryError(at, "holds no ring", "write a list of rings of [longitude, latitude]")
    rings = []
    for index, ring in enumerate(coordinates):
        positions = tuple(_positions(ring, (*at, index)))
        if len(positions) < _RING:
            raise _BadGeometryError((*at, index), f"a ring of {len(positions)} positions", "a ring has four or more, the last as the first")
        if positions[0] != positions[-1]:
            raise _BadGeometryError((*at, index), "the ring is not closed", f"end it with its first position {list(positions[0])}")
        rings.append(positions)
    into.boundaries[asset] = tuple(rings)


def _read_line(asset: str, coordinates: Any, into: Geometry) -> None:
    at: Keys = ("geometry", "coordinates")
    positions = tuple(_positions(coordinates, at))
    if len(positions) < 2:
        raise _BadGeometryError(at, f"a line of {len(positions)} positions", "write two or more")
    into.paths[asset] = positions


def _positions(values: Any, at: Keys) -> Iterator[Position]:
    if not isinstance(values, list):
        raise _BadGeometryError(at, "is not a list of positions", "write [longitude, latitude] for each")
    for index, value in enumerate(values):
        numbers = isinstance(value, list) and len(value) in (2, 3) and all(type(n) in (int, float) for n in value)
        if not numbers:
            raise _BadGeometryError((*at, index), f"{value!r} is not a position", "write [longitude, latitude] in degrees")
        try:
            yield on_earth((float(value[0]), float(value[1])))
        except ValueError as error:
            what, _, mend = str(error).partition("; ")
            raise _BadGeometryError((*at, index), what, mend) from error


_READERS: dict[str, Callable[[str, Any, Geometry], None]] = {"Polygon": _read_polygon, "LineString": _read_line}

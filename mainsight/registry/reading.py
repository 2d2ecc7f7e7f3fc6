"""From a directory of files to the network, or to a list of all that is wrong in them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from mainsight.core import network as core
from mainsight.core.tariff import Tariff
from mainsight.registry.geometry import Geometry, read_geometry
from mainsight.registry.meters import REQUIRED_OF_METERS, Meter, MeterType
from mainsight.registry.positions import Keys, Located, load_yaml
from mainsight.registry.problems import DocumentError, Problem, ProblemsError, nearest
from mainsight.registry.references import Item, check_references
from mainsight.registry.schema import MODELS, Province, Zone
from mainsight.registry.validation import validate

ROOT_FILE = "province.yaml"
_TYPES = "meter_types"


class RegistryError(ProblemsError):
    """The network's files cannot be used; the text lists every problem found."""


def load_network(directory: Path) -> core.Network:
    """Read the network from a directory: `province.yaml` and the files it names.

    Raises:
        RegistryError: with every problem of every file: file, line, key, what is wrong, how to mend.

    """
    reading = _Reading(directory)
    network = reading.network()
    if network is None:
        raise RegistryError(reading.problems)
    return network


class _Reading:
    """One reading of a directory; problems gather on the way."""

    def __init__(self, directory: Path) -> None:
        self.problems: list[Problem] = []
        self._directory = directory
        self._items: list[Item] = []
        self._types: dict[str, MeterType | None] = {}
        self._models: dict[str, dict[str, Any]] = {kind: {} for kind in MODELS}
        self._geometry = Geometry()
        self._all_read = True

    def network(self) -> core.Network | None:
        """The network, or None where there are problems."""
        root = self._load(ROOT_FILE)
        if root is None:
            return None
        province, problems = validate(Province, root)
        self.problems += problems
        if isinstance(root.data, dict):
            self._take_list(root, "zones", root.data.get("zones", []))
        for located in self._named_files(root, "files"):
            self._take_file(located)
        for located in self._named_files(root, "geometry"):
            self.problems += read_geometry(located, self._geometry)
        self._check_meters()
        if self._all_read:
            self._check_tariff(root, province)
            self.problems += check_references(self._items, self._geometry)
        return None if self.problems or province is None else self._build(province)

    def _load(self, name: str) -> Located | None:
        try:
            return load_yaml(self._directory / name)
        except DocumentError as error:
            self.problems += error.problems
            self._all_read = False
            return None

    def _named_files(self, root: Located, key: str) -> Iterator[Located]:
        """Files named by the root; each must lie in the directory and be named once."""
        written = root.data.get(key) if isinstance(root.data, dict) else None
        names = [str(name) for name in written] if isinstance(written, list) else []
        if not names and key == "files":
            self._all_read = False
        for index, name in enumerate(names):
            inside = (self._directory / name).resolve().is_relative_to(self._directory.resolve())
            if not inside:
                self.problems.append(root.problem((key, index), f"{name!r} is outside the registry's directory", "name a file inside it"))
            elif name in names[:index]:
                self.problems.append(root.problem((key, index), f"{name!r} is named twice", "keep one"))
            elif located := self._load(name):
                yield located

    def _take_file(self, located: Located) -> None:
        if not isinstance(located.data, dict):
            self.problems.append(located.problem((), "does not hold keys with values", f"write lists under {', '.join(MODELS)}"))
            self._all_read = False
            return
        for key, values in located.data.items():
            if key == _TYPES:
                self._take_types(located, values)
            elif key in MODELS and key != "zones":
                self._take_list(located, key, values)
            else:
                known = [*MODELS, _TYPES]
                mend = f"zones stand in {ROOT_FILE}" if key == "zones" else nearest(key, known)
                self.problems.append(located.problem((key,), "is an unknown key here", mend))
                self._all_read = False

    def _take_types(self, located: Located, values: Any) -> None:
        if not isinstance(values, dict):
            self.problems.append(located.problem((_TYPES,), "does not hold types by name", "write name: {role: ..., quantities: [...]}"))
            return
        for name in values:
            keys: Keys = (_TYPES, name)
            model, problems = validate(MeterType, located, keys)
            self.problems += problems
            if name in self._types:
                self.problems.append(located.problem(keys, "is the name of another type already", "rename one"))
            self._types[name] = model

    def _take_list(self, located: Located, key: str, values: Any) -> None:
        if not isinstance(values, list):
            self.problems.append(located.problem((key,), "is not a list", "begin each item with -"))
            self._all_read = False
            return
        for index, value in enumerate(values):
            model, problems = validate(MODELS[key], located, (key, index))
            self.problems += problems
            if isinstance(value, dict):
                self._items.append(Item(key.removesuffix("s"), located, (key, index), value))
            if model is not None:
                self._models[key].setdefault(model.id, model)

    def _check_meters(self) -> None:
        """A meter's type must be there, and both together must give what a meter needs; limits are for what it sends."""
        for item in self._items:
            meter = self._models["meters"].get(item.id)
            if item.kind != "meter" or not isinstance(meter, Meter):
                continue
            if meter.type is not None and meter.type not in self._types:
                mend = nearest(meter.type, self._types) or f"write it under {_TYPES}"
                self.problems.append(item.problem("type", f"there is no meter type {meter.type!r}", mend))
                continue
            common = self._type_of(meter)
            if common is None:
                continue  # its type is wrong in itself, which is told there
            for key in REQUIRED_OF_METERS:
                if getattr(meter, key) is None and getattr(common, key) is None:
                    self.problems.append(item.problem((), f"has no {key}", "add it here or to its type"))
            sent = meter.quantities or common.quantities or []
            for name in meter.limits or {}:
                if name not in sent:
                    self.problems.append(item.problem(("limits", name), f"limits {name}, which it does not send", nearest(name, sent)))

    def _check_tariff(self, root: Located, province: Province | None) -> None:
        named = None if province is None else province.tariff
        tariffs = [item.id for item in self._items if item.kind == "tariff"]
        if named is not None and named not in tariffs:
            mend = nearest(named, tariffs) or "write it under tariffs in one of the files"
            self.problems.append(root.problem(("tariff",), f"there is no tariff {named!r}", mend))

    def _type_of(self, meter: Meter) -> MeterType | None:
        return self._types[meter.type] if meter.type is not None else MeterType()

    def _build(self, province: Province) -> core.Network:
        tariffs: dict[str, Tariff] = self._parts("tariffs")
        zones = {zone.id: self._zone(zone, province, tariffs) for zone in self._models["zones"].values()}
        names = {item.id: item.data["name"] for item in self._items if item.kind != "meter" and "name" in item.data}
        meters = {}
        for meter in self._models["meters"].values():
            common = self._type_of(meter)
            assert common is not None, "networks are built only where there is no problem"
            meters[meter.id] = meter.part(common, core.Text(**names[meter.asset]))
        boundary = self._geometry.boundaries
        dmas: dict[str, core.Dma] = self._parts("dmas")
        feeders: dict[str, core.Feeder] = self._parts("feeders")
        return core.Network(
            id=province.id,
            name=province.name.text(),
            as_of=province.as_of,
            planning_power_factor=province.planning_power_factor,
            zones=zones,
            substations=self._parts("substations"),
            transformers=self._parts("transformers"),
            feeders={f.id: replace(f, path=self._geometry.paths.get(f.id, ())) for f in feeders.values()},
            water_plants=self._parts("water_plants"),
            pump_stations=self._parts("pump_stations"),
            reservoirs=self._parts("reservoirs"),
            dmas={d.id: replace(d, boundary=boundary.get(d.id, ())) for d in dmas.values()},
            meters=meters,
            supply_orders=self._parts("supply_orders"),
        )

    def _parts(self, key: str) -> dict[str, Any]:
        return {model.id: model.part() for model in self._models[key].values()}

    def _zone(self, zone: Zone, province: Province, tariffs: dict[str, Tariff]) -> core.Zone:
        timezone, country = zone.timezone or province.timezone, zone.country or province.country
        named = zone.tariff or province.tariff
        tariff = None if named is None else tariffs[named]
        return core.Zone(zone.id, zone.name.text(), timezone, country, zone.position, self._geometry.boundaries.get(zone.id, ()), tariff)

"""Faults on request: what goes wrong, where, from when to when.

A plan is a list of faults as YAML or JSON gives them:

    - kind: main_burst
      at: dma-quang-chau-1            # a meter or an asset, by id
      start: 2026-11-20T02:10:00+07:00
      end: 2026-11-20T09:40:00+07:00
      parameters: {flow_m3_per_h: 60}
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import yaml

from mainsight.core.network import RATIO_UNITS, Network
from mainsight.core.quantities import Kind as QuantityKind
from mainsight.core.quantities import quantity
from mainsight.core.zonetime import to_ms
from mainsight.simulator.curves import Window, union

FOREVER_MS = 253_402_300_800_000
"""End of a fault that nobody mends: the year 10000."""


class FaultError(ValueError):
    """A fault makes no sense; the message says which and how to mend it."""


class FaultKind(StrEnum):
    """What can go wrong."""

    METER_SILENT = "meter_silent"
    METER_STUCK = "meter_stuck"
    SPIKE = "spike"
    REGISTER_RESET = "register_reset"
    WRONG_RATIO = "wrong_ratio"
    CLOCK_DRIFT = "clock_drift"
    FEEDER_TRIP = "feeder_trip"
    MAIN_BURST = "main_burst"
    PUMP_STOP = "pump_stop"


@dataclass(frozen=True, slots=True)
class _Rule:
    """Where a kind of fault may be, its parameters with their defaults, and whether it may last for ever."""

    target: str
    defaults: Mapping[str, float] = field(default_factory=dict)
    per_quantity: bool = False


RULES: Mapping[FaultKind, _Rule] = {
    FaultKind.METER_SILENT: _Rule("meter"),
    FaultKind.METER_STUCK: _Rule("meter", per_quantity=True),
    FaultKind.SPIKE: _Rule("meter", {"factor": 6.0}, per_quantity=True),
    FaultKind.REGISTER_RESET: _Rule("meter", per_quantity=True),
    FaultKind.WRONG_RATIO: _Rule("meter", {"factor": 2.0}),
    FaultKind.CLOCK_DRIFT: _Rule("meter", {"offset_s": 0.0, "s_per_day": 60.0}),
    FaultKind.FEEDER_TRIP: _Rule("feeder"),
    FaultKind.MAIN_BURST: _Rule("dma", {"flow_m3_per_h": 40.0}),
    FaultKind.PUMP_STOP: _Rule("pump_station"),
}
ASSET_KINDS = frozenset({FaultKind.FEEDER_TRIP, FaultKind.MAIN_BURST, FaultKind.PUMP_STOP})
_KEYS = frozenset({"id", "kind", "at", "quantity", "start", "end", "parameters"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        id: unique in its plan.
        kind: what goes wrong.
        at: id of the meter, feeder, district or pump station.
        start_ms: from when, UTC milliseconds.
        end_ms: until when; `FOREVER_MS` when it is never mended.
        quantity: the one quantity of the meter that is hit; None means all that can be.
        parameters: `factor` (spike, wrong_ratio), `offset_s` and `s_per_day` (clock_drift: the device's clock is fast by
            offset_s + s_per_day x days since the start), `flow_m3_per_h` (main_burst); defaults where not given.

    """

    id: str
    kind: FaultKind
    at: str
    start_ms: int
    end_ms: int = FOREVER_MS
    quantity: str | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)

    def parameter(self, name: str) -> float:
        """Value of a parameter, its default where it was not given."""
        return self.parameters.get(name, RULES[self.kind].defaults[name])

    @property
    def window(self) -> Window:
        """Start and end."""
        return self.start_ms, self.end_ms

    def hits(self, name: str) -> bool:
        """Whether a quantity of the faulty meter is changed by it."""
        if self.quantity is not None:
            return name == self.quantity
        kind = quantity(name).kind
        match self.kind:
            case FaultKind.REGISTER_RESET:
                return kind is QuantityKind.REGISTER
            case FaultKind.SPIKE:
                return kind is QuantityKind.GAUGE
            case FaultKind.WRONG_RATIO:
                return quantity(name).unit in RATIO_UNITS
            case _:
                return True


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Faults, checked against a network."""

    faults: tuple[Fault, ...] = ()

    @classmethod
    def of(cls, network: Network, faults: Iterable[Fault]) -> Self:
        """Check faults built in code.

        Raises:
            FaultError: an id twice, an unknown place, the wrong kind of place, an end before its start, ...

        """
        seen: set[str] = set()
        plan = tuple(faults)
        for fault in plan:
            if fault.id in seen:
                raise _wrong(fault.id, "its id is used twice; give each fault its own")
            seen.add(fault.id)
            _check(network, fault)
        return cls(plan)

    @classmethod
    def parse(cls, network: Network, text: str) -> Self:
        """Read a plan from YAML or JSON text.

        Raises:
            FaultError: it is not a list of faults, or one of them makes no sense.

        """
        try:
            content = yaml.safe_load(text)
        except yaml.YAMLError as error:
            message = f"the fault plan is not YAML: {error}"
            raise FaultError(message) from error
        if not isinstance(content, list):
            message = "the fault plan is not a list; write one item a fault, each with kind, at, start and end"
            raise FaultError(message)
        return cls.of(network, [_fault(item, number) for number, item in enumerate(content, 1)])

    @classmethod
    def read(cls, network: Network, path: Path) -> Self:
        """Read a plan from a file.

        Raises:
            FaultError: as `parse`, the file named.
            OSError: it cannot be read.

        """
        try:
            return cls.parse(network, path.read_text(encoding="utf-8"))
        except FaultError as error:
            message = f"{path}: {error}"
            raise FaultError(message) from error

    def of_kind(self, kind: FaultKind) -> dict[str, tuple[Window, ...]]:
        """Windows of one kind by where they are, joined where they touch."""
        found: dict[str, list[Window]] = {}
        for fault in self.faults:
            if fault.kind is kind:
                found.setdefault(fault.at, []).append(fault.window)
        return {at: union(windows) for at, windows in found.items()}

    def on_meter(self, meter_id: str) -> tuple[Fault, ...]:
        """Faults of one meter itself."""
        return tuple(fault for fault in self.faults if fault.at == meter_id and fault.kind not in ASSET_KINDS)

    @property
    def of_assets(self) -> tuple[Fault, ...]:
        """Faults that change the world itself, not just what a meter says of it."""
        return tuple(fault for fault in self.faults if fault.kind in ASSET_KINDS)


def _fault(item: object, number: int) -> Fault:
    where = f"number {number}"
    if not isinstance(item, dict):
        raise _wrong(where, "it is not a mapping; write kind, at, start and end")
    where = str(item.get("id", where))
    _known_keys(item, where)
    missing = [key for key in ("kind", "at", "start") if key not in item]
    if missing:
        raise _wrong(where, f"{missing[0]} is missing")
    try:
        kind = FaultKind(item["kind"])
    except ValueError as error:
        raise _wrong(where, f"kind {item['kind']!r} is not known{_near(str(item['kind']), FaultKind)}") from error
    end = FOREVER_MS if item.get("end") is None else _instant(item["end"], where, "end")
    parameters = item.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise _wrong(where, "parameters is not a mapping")
    name = str(item.get("id", f"{kind}-{number}"))
    return Fault(name, kind, str(item["at"]), _instant(item["start"], where, "start"), end, item.get("quantity"), parameters)


def _known_keys(item: Mapping[Any, Any], where: str) -> None:
    for key in item:
        if key not in _KEYS:
            raise _wrong(where, f"key {key!r} is not known{_near(str(key), _KEYS)}")


def _instant(value: object, where: str, key: str) -> int:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _wrong(where, f"{key} {value!r} is not a time; write it as 2026-11-20T02:10:00+07:00") from error
    if moment.tzinfo is None:
        # YAML gives times with a Z or an offset as aware; what is left has no zone
        raise _wrong(where, f"{key} {value} has no time zone; add +07:00 or Z")
    return to_ms(moment.astimezone(UTC))


def _check(network: Network, fault: Fault) -> None:
    rule = RULES[fault.kind]
    try:
        kind = network.kind(fault.at)
    except KeyError as error:
        known = getattr(network, f"{rule.target}s")
        raise _wrong(fault.id, f"there is no {rule.target} {fault.at!r}{_near(fault.at, known)}") from error
    if kind != rule.target:
        raise _wrong(fault.id, f"{fault.kind} happens to a {rule.target}, but {fault.at!r} is a {kind}")
    if fault.end_ms <= fault.start_ms:
        raise _wrong(fault.id, "it ends before it starts")
    _check_parameters(fault, rule)
    if fault.quantity is not None:
        _check_quantity(network, fault, fault.quantity, rule)


def _check_parameters(fault: Fault, rule: _Rule) -> None:
    for name, value in fault.parameters.items():
        if name not in rule.defaults:
            raise _wrong(fault.id, f"{fault.kind} has no parameter {name!r}; it has: {', '.join(rule.defaults) or 'none'}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(fault.id, f"parameter {name} is {value!r}, not a number")
        if name in {"factor", "flow_m3_per_h"} and value <= 0:
            raise _wrong(fault.id, f"parameter {name} is {value}; it must be positive")


def _check_quantity(network: Network, fault: Fault, name: str, rule: _Rule) -> None:
    if not rule.per_quantity:
        raise _wrong(fault.id, f"{fault.kind} hits the whole meter; leave quantity out")
    has = network.meters[fault.at].quantities
    if name not in has:
        raise _wrong(fault.id, f"meter {fault.at!r} has no quantity {name!r}; it has: {', '.join(has)}")
    if fault.kind is FaultKind.REGISTER_RESET and quantity(name).kind is not QuantityKind.REGISTER:
        raise _wrong(fault.id, f"{name} is not a register and cannot be reset")


def _near(word: str, known: Iterable[str]) -> str:
    found: Sequence[str] = get_close_matches(word, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def _wrong(where: str, what: str) -> FaultError:
    return FaultError(f"fault {where}: {what}")

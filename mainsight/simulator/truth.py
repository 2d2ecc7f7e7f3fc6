"""Ground truth of faults: which series each one changes, as a file to judge alarms by."""

import os
from collections.abc import Iterator
from pathlib import Path

import orjson

from mainsight.core.network import RATIO_UNITS, Network, Role
from mainsight.core.quantities import quantity
from mainsight.core.readings import Series
from mainsight.core.topology import upstream
from mainsight.core.zonetime import rfc3339
from mainsight.simulator.faults import ASSET_KINDS, FOREVER_MS, RULES, Fault, FaultKind, FaultPlan

_OF_WATER = frozenset({"pressure", "level"})
_OF_PLACE = frozenset({"V", "A", "1"})
"""Units of what goes dead with a place: voltage, current, states."""


def affected(network: Network, fault: Fault) -> tuple[Series, ...]:
    """Series that a fault changes directly, in order of meter and quantity.

    A fault of a meter: its series that are hit. A trip or a pump stop: all that hangs below, and what flows above. A burst: the
    district's own flow and pressure, and what flows above.
    """
    if fault.kind not in ASSET_KINDS:
        meter = network.meters[fault.at]
        return tuple(Series(meter.id, name) for name in meter.quantities if fault.hits(name))
    return tuple(sorted(_of_asset(network, fault)))


def _of_asset(network: Network, fault: Fault) -> Iterator[Series]:
    hit = {fault.at}
    if fault.kind is not FaultKind.MAIN_BURST:
        hit |= {asset.id for asset in network.assets() if fault.at in upstream(network, asset.id)}
    above = {source for asset_id in hit for source in upstream(network, asset_id)} - hit
    for meter in network.meters.values():
        for name in meter.quantities:
            unit = quantity(name).unit
            if meter.asset in hit:
                customers = fault.kind is FaultKind.MAIN_BURST and meter.role is Role.SUB
                changed = not customers and (unit in RATIO_UNITS | _OF_PLACE or name in _OF_WATER)
            else:
                changed = meter.asset in above and meter.role is not Role.SUB and (unit in RATIO_UNITS or name == "level")
            if changed:
                yield Series(meter.id, name)


def write_truth(path: Path, network: Network, plan: FaultPlan) -> None:
    """Write a plan as JSON lines; the file is replaced whole, so that a crash leaves the old or the new one.

    Each line: id, kind, at (meter or asset), quantity, start and end (RFC 3339; null when never mended), parameters (defaults
    included), series ([[meter, quantity], ...]).

    Raises:
        OSError: it cannot be written.

    """
    lines = b"".join(orjson.dumps(_line(network, fault)) + b"\n" for fault in plan.faults)
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _line(network: Network, fault: Fault) -> dict[str, object]:
    return {
        "id": fault.id,
        "kind": fault.kind,
        "at": fault.at,
        "quantity": fault.quantity,
        "start": rfc3339(fault.start_ms),
        "end": None if fault.end_ms >= FOREVER_MS else rfc3339(fault.end_ms),
        "parameters": {**RULES[fault.kind].defaults, **fault.parameters},
        "series": [list(series) for series in affected(network, fault)],
    }

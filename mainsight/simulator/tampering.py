"""What faults of a meter itself do to its values and its clock."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Series
from mainsight.core.zonetime import DAY_S
from mainsight.simulator.faults import Fault, FaultKind, FaultPlan

TrueAt = Callable[[int], dict[str, FloatArray]]
"""All meters at one instant as they would be without faults of their own, by quantity, shape (meters, 1)."""


class Rows(Protocol):
    """Knows where a series stands in a readout."""

    def row(self, series: Series) -> int:
        """Row of a series in its quantity's array."""
        ...


class Tampering:
    """Applies the faults of meters to readouts.

    Several faults of one meter act in this order: wrong ratio, spike, register reset, stuck, silent.
    """

    def __init__(self, plan: FaultPlan) -> None:
        """Take a plan; faults of assets are none of its business."""
        order = list(_ACTS)
        faults = [fault for fault in plan.faults if fault.kind in _ACTS]
        self._faults = sorted(faults, key=lambda fault: (order.index(fault.kind), fault.start_ms))
        self._drifts = [fault for fault in plan.faults if fault.kind is FaultKind.CLOCK_DRIFT]

    def apply(
        self, told: dict[str, FloatArray], time_ms: IntArray, rows: Rows, quantities: Callable[[str], tuple[str, ...]], true_at: TrueAt
    ) -> None:
        """Change a readout, {quantity: (meters, t)}, in place."""
        for fault in self._faults:
            if time_ms[-1] < fault.start_ms or (fault.end_ms <= time_ms[0] and fault.kind is not FaultKind.WRONG_RATIO):
                continue
            for name in quantities(fault.at):
                if fault.hits(name):
                    row = rows.row(Series(fault.at, name))
                    true = partial(_value, true_at, name, row)
                    told[name][row] = _ACTS[fault.kind](_Hit(fault, name, told[name][row], time_ms, true))

    def stamps(self, meter_id: str, time_ms: IntArray) -> IntArray:
        """What a meter's clock says at instants, UTC milliseconds, shape (n,)."""
        stamped = time_ms
        for fault in self._drifts:
            if fault.at == meter_id:
                days = (time_ms - fault.start_ms) / (DAY_S * 1000)
                fast_ms = np.rint((fault.parameter("offset_s") + fault.parameter("s_per_day") * days) * 1000).astype(np.int64)
                stamped = np.where(_inside(fault, time_ms), stamped + fast_ms, stamped)
        return stamped


def _value(true_at: TrueAt, name: str, row: int, instant_ms: int) -> float:
    return float(true_at(instant_ms)[name][row, 0])


@dataclass(frozen=True, slots=True, eq=False)
class _Hit:
    """One series that a fault hits: its values at some instants, and its true value at any instant."""

    fault: Fault
    quantity: str
    values: FloatArray
    time_ms: IntArray
    true: Callable[[int], float]

    @property
    def inside(self) -> NDArray[np.bool_]:
        return _inside(self.fault, self.time_ms)


def _inside(fault: Fault, time_ms: IntArray) -> NDArray[np.bool_]:
    return np.asarray((time_ms >= fault.start_ms) & (time_ms < fault.end_ms))


def _wrong_ratio(hit: _Hit) -> FloatArray:
    """Gauges are scaled inside the window; a register counts too much or too little inside it and keeps the difference."""
    fault, values = hit.fault, hit.values
    factor = fault.parameter("factor")
    if quantity(hit.quantity).kind is not Kind.REGISTER:
        return np.where(hit.inside, values * factor, values)
    start = hit.true(fault.start_ms)
    counted = values - start if fault.end_ms > hit.time_ms[-1] else np.minimum(values, hit.true(fault.end_ms)) - start
    return np.where(hit.time_ms >= fault.start_ms, values + (factor - 1) * counted, values)


def _spike(hit: _Hit) -> FloatArray:
    return np.where(hit.inside, hit.values * hit.fault.parameter("factor"), hit.values)


def _reset(hit: _Hit) -> FloatArray:
    """A register begins again at zero; where the fault ends, the old register is back."""
    return np.where(hit.inside, hit.values - hit.true(hit.fault.start_ms), hit.values)


def _stuck(hit: _Hit) -> FloatArray:
    return np.where(hit.inside, hit.true(hit.fault.start_ms), hit.values)


def _silent(hit: _Hit) -> FloatArray:
    return np.where(hit.inside, np.nan, hit.values)


_ACTS: dict[FaultKind, Callable[[_Hit], FloatArray]] = {
    FaultKind.WRONG_RATIO: _wrong_ratio,
    FaultKind.SPIKE: _spike,
    FaultKind.REGISTER_RESET: _reset,
    FaultKind.METER_STUCK: _stuck,
    FaultKind.METER_SILENT: _silent,
}

"""Validation of series against each other: V14, V16, V17, V18.

Arrays are of shape (n,), one value a quarter hour, NaN where missing; where a value that is needed is missing nothing is found.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from mainsight.core.intervals import FloatArray
from mainsight.metering.values import SLOT_MS, Mask

_HOURS = SLOT_MS / 3_600_000
_NEGLIGIBLE = 0.05
"""Below this share of the greatest magnitude two quantities are too small to contradict each other."""
_HOUR = 4


def sums_differ(rate: FloatArray, increment: FloatArray, tolerance: float, resolution: float) -> Mask:
    """V14: over an hour, the gauge's sum against the register's difference.

    Args:
        rate: gauge, a unit an hour.
        increment: of the register.
        tolerance: share of the larger of both that may lie between them.
        resolution: of the register, its unit: may lie between them too.

    """
    by_hour = _hour_sums(np.stack([rate * _HOURS, increment]))
    size = np.abs(by_hour).max(axis=0)
    with np.errstate(invalid="ignore"):
        apart = np.abs(by_hour[0] - by_hour[1]) > tolerance * size + resolution
    return _spread(apart & (size > _NEGLIGIBLE * _greatest(size)), len(rate))


def _hour_sums(values: FloatArray) -> FloatArray:
    """Sums over each hour, shape (k, hours); NaN where a quarter is missing. A part of an hour at the end is left out."""
    hours = values.shape[1] // _HOUR
    sums: FloatArray = values[:, : hours * _HOUR].reshape(len(values), hours, _HOUR).sum(axis=2)
    return sums


def _spread(by_hour: Mask, n: int) -> Mask:
    out = np.zeros(n, np.bool_)
    out[: len(by_hour) * _HOUR] = np.repeat(by_hour, _HOUR)
    return out


def _greatest(values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if len(finite) else 0.0


def children_exceed(parent: FloatArray, children: Sequence[FloatArray], tolerance: float) -> Mask:
    """V16: children add up to more than their parent. Less is no fault: there may be others, and losses.

    Args:
        parent: what flows into all of them.
        children: each one's part.
        tolerance: share of the parent.

    """
    with np.errstate(invalid="ignore"):
        found: Mask = np.sum(children, axis=0) > (1 + tolerance) * parent
    return found & (parent > _NEGLIGIBLE * _greatest(parent))


def check_differs(main: FloatArray, check: FloatArray, tolerance: float) -> Mask:
    """V16: a meter and the check meter beside it tell different amounts.

    Args:
        main: of the meter.
        check: of the check meter.
        tolerance: share of the larger that may lie between them.

    """
    size = np.maximum(np.abs(main), np.abs(check))
    with np.errstate(invalid="ignore"):
        found: Mask = (np.abs(main - check) > tolerance * size) & (size > _NEGLIGIBLE * _greatest(size))
    return found


def electrical_differ(power: FloatArray, others: Mapping[str, FloatArray], tolerance: float) -> Mask:
    """V17: kW, kvar, kVA, V and A of one meter contradict each other.

    S = sqrt(P^2 + Q^2) against the apparent power told and against V and I: S = k V I with k of 1 (one phase), sqrt 3 (between
    lines) or 3 (to earth), whichever fits most of the intervals; with phase voltages and currents S = sum V I.

    Args:
        power: kW.
        others: of `reactive_power` [kvar], `apparent_power` [kVA], `voltage` [V], `current` [A], and both with `_l1`..`_l3`, those
            the meter has; at the meter's terminals, like `power`.
        tolerance: share of the larger that may lie between two values.

    """
    told = others.get("apparent_power")
    by_wires = _volt_amperes(others)
    reactive = others.get("reactive_power")
    from_parts = None if reactive is None else np.hypot(power, reactive)
    found = np.zeros(len(power), np.bool_)
    if told is not None:
        with np.errstate(invalid="ignore"):
            found |= (np.abs(power) > (1 + tolerance) * told) & (np.abs(power) > _NEGLIGIBLE * _greatest(power))
        if from_parts is not None:
            found |= check_differs(from_parts, told, tolerance)
    reference = told if told is not None else from_parts
    if by_wires is not None and reference is not None:
        found |= check_differs(_fitted(by_wires, reference), reference, tolerance)
    return found


def _volt_amperes(others: Mapping[str, FloatArray]) -> FloatArray | None:
    """V times I, kVA, summed over the phases where they are told apart."""
    phases = [n for n in ("_l1", "_l2", "_l3") if f"voltage{n}" in others and f"current{n}" in others]
    names = phases if len(phases) == 3 else [""] if "voltage" in others and "current" in others else []
    if not names:
        return None
    total: FloatArray = np.sum([others[f"voltage{n}"] * others[f"current{n}"] for n in names], axis=0) / 1000
    return total


def _fitted(by_wires: FloatArray, reference: FloatArray) -> FloatArray:
    """V I times the constant of the connection that fits the most."""
    both = np.isfinite(by_wires) & np.isfinite(reference) & (by_wires > 0) & (reference > 0)
    if not both.any():
        return by_wires
    ratio = float(np.median(reference[both] / by_wires[both]))
    return by_wires * min((1.0, 3**0.5, 3.0), key=lambda k: abs(np.log(ratio / k)))


def sibling_missing(there: Mask, siblings: Sequence[Mask]) -> Mask:
    """V18: a series has no value where most of its meter's others have.

    Args:
        there: where the series was measured.
        siblings: likewise for the meter's other series.

    """
    if not siblings:
        return np.zeros(len(there), np.bool_)
    share = np.mean(siblings, axis=0)
    found: Mask = ~there & (share > 0.5)
    return found

"""Key figures of capacity and demand as plain formulas on numbers and arrays.

Arrays are one-dimensional with one value an interval; missing values are NaN. Each docstring says what they do to the result.
"""

import math
from collections.abc import Sequence

import numpy as np

from mainsight.core.intervals import FloatArray
from mainsight.core.kpi.problem import KpiError

LEAST_POWER_FACTOR = 0.9
"""Below it reactive power is charged for in Viet Nam (Circular 15/2014/TT-BCT)."""


def apparent_power(active: float, reactive: float) -> float:
    """Apparent power of an active and a reactive power, S = sqrt(P^2 + Q^2).

    Args:
        active: P in any unit of power (kW gives kVA, MW gives MVA).
        reactive: Q in the matching unit (kvar, Mvar); its sign does not matter.

    Returns:
        S, never negative; NaN when either is NaN.

    Source: definition for sinusoidal three-phase systems, IEC 60050-131.

    """
    return math.hypot(active, reactive)


def utilisation(load: float, rated: float) -> float:
    """Share of a rating that is used, u = S / S_rated.

    Args:
        load: apparent power in MVA, or flow in m3/h.
        rated: rating in force in the same unit, the season's factor applied.

    Returns:
        0 upwards, 1 at the rating; NaN when either is NaN.

    Raises:
        KpiError: the rating is not positive.

    Source: network planning practice.

    """
    if rated <= 0:
        raise KpiError(f"a rating of {rated:g} is not positive")
    return load / rated


def firm_capacity(capacities: Sequence[float], transfer: float = 0.0) -> float:
    """Capacity left after the loss of the greatest unit (N-1), F = sum(C_i) - max(C_i) + T.

    Args:
        capacities: what each unit carries in an emergency: MVA rating times season and emergency factors of transformers,
            m3/h of pumps or lines of a plant. Units out of service are left out.
        transfer: what neighbours take over in time, same unit.

    Returns:
        F in the unit of the capacities. One unit: the transfer alone. No unit: the transfer. NaN when any is NaN.

    Source: network planning practice (N-1 criterion).

    """
    if any(math.isnan(capacity) for capacity in capacities):
        return math.nan
    return math.fsum(capacities) - max(capacities, default=0.0) + transfer


def headroom(limit: float, load: float, order: float = math.inf) -> float:
    """What may still be drawn, min(limit, order) - load.

    Args:
        limit: rated capacity for N-0, firm capacity for N-1; MVA or m3/h.
        load: what is drawn now, forecast or planned, same unit.
        order: quota of a supply order in force, same unit; infinite without one.

    Returns:
        Negative when the limit or order is passed, same unit; NaN when any is NaN.

    Source: network headroom reports of distribution operators; supply orders as in the shortage of June 2023 in Viet Nam.

    """
    if math.isnan(limit) or math.isnan(order):
        return math.nan
    return min(limit, order) - load


def load_factor(demand: FloatArray) -> float:
    """Mean of demand over its peak, LF = E / (P_max h).

    Args:
        demand: mean demand of each interval, all of one length, kW or m3/h, shape (n,).

    Returns:
        At most 1; NaN intervals are left out of both mean and peak; NaN when nothing is left or the peak is 0. Days of 23 or
        25 h need no care, since intervals are counted, not hours.

    Source: IEC 60050-691 (load factor).

    """
    present = demand[~np.isnan(demand)]
    if not len(present) or present.max() == 0:
        return math.nan
    return float(present.mean() / present.max())


def coincidence_factor(demands: FloatArray) -> float:
    """How far customers peak together, CF = max(sum P_i) / sum(max P_i); diversity is 1 / CF.

    Args:
        demands: mean demand of each customer and interval, kW or m3/h, shape (customers, n), synchronised.

    Returns:
        At most 1, and 1 when all peak together. Intervals in which any customer is NaN are left out altogether, so that a gap
        does not look like diversity; NaN when none is left or nobody draws.

    Raises:
        KpiError: not two-dimensional.

    Source: IEC 60050-691 (coincidence factor).

    """
    if demands.ndim != 2:
        raise KpiError(f"demands of shape {demands.shape} are not customers by intervals")
    whole = demands[:, ~np.isnan(demands).any(axis=0)]
    peaks = whole.max(axis=1).sum() if whole.size else 0.0
    return float(whole.sum(axis=0).max() / peaks) if peaks > 0 else math.nan


def cycle_power_factor(active_kwh: float, reactive_kvarh: float) -> float:
    """Power factor of a billing cycle, PF = E_P / sqrt(E_P^2 + E_Q^2).

    Args:
        active_kwh: active energy of the cycle, kWh.
        reactive_kvarh: reactive energy of the cycle, kvarh.

    Returns:
        0 to 1; NaN when either is NaN or both are 0.

    Source: Viet Nam, Circular 15/2014/TT-BCT.

    """
    total = math.hypot(active_kwh, reactive_kvarh)
    return active_kwh / total if total else math.nan


def reactive_surcharge(power_factor: float, least: float = LEAST_POWER_FACTOR) -> float:
    """Surcharge for a low power factor as a share of the bill, k = least / PF - 1, nothing from `least` up.

    Args:
        power_factor: of the billing cycle, above 0 and at most 1.
        least: power factor from which nothing is charged; the rule is effective-dated, the caller gives the one in force.

    Returns:
        Share of the bill for active energy, 0.0588 at 0.85; NaN for NaN.

    Raises:
        KpiError: the power factor is not within (0, 1].

    Source: Viet Nam, Circular 15/2014/TT-BCT, for customers from 40 kW.

    """
    if math.isnan(power_factor):
        return math.nan
    if not 0 < power_factor <= 1:
        raise KpiError(f"a power factor of {power_factor:g} is not within (0, 1]")
    return max(0.0, least / power_factor - 1)


def losses(energy_in: FloatArray, energy_out: FloatArray) -> float:
    """Share of what goes in that does not come out, (E_in - E_out) / E_in over synchronised intervals.

    Args:
        energy_in: kWh or m3 that enter in each interval, shape (n,).
        energy_out: kWh or m3 that are metered below, same shape.

    Returns:
        Share, negative when more comes out than goes in (a wrong ratio, say). Intervals with NaN on either side are left out
        of both; NaN when nothing is left or nothing goes in.

    Raises:
        KpiError: the shapes differ.

    Source: network energy balance.

    """
    if energy_in.shape != energy_out.shape:
        raise KpiError(f"intervals in, {energy_in.shape}, and out, {energy_out.shape}, are not the same")
    both = ~(np.isnan(energy_in) | np.isnan(energy_out))
    total = float(energy_in[both].sum())
    return (total - float(energy_out[both].sum())) / total if total > 0 else math.nan

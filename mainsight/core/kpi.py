"""Key figures of capacity and demand as plain formulas on numbers and arrays; docs/reference/kpi.md tells their use."""

import math
from collections.abc import Sequence


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

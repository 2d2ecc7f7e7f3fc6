"""Random fault plans from a seed and rates."""

from collections.abc import Mapping

import numpy as np

from mainsight.core.network import Network, Role
from mainsight.core.quantities import Kind, quantity
from mainsight.simulator.faults import RULES, Fault, FaultError, FaultKind, FaultPlan

_WEEK_MS = 7 * 86_400_000
_MINUTE_MS = 60_000
_TYPICAL_MINUTES: Mapping[FaultKind, float] = {
    FaultKind.METER_SILENT: 180,
    FaultKind.METER_STUCK: 360,
    FaultKind.SPIKE: 15,
    FaultKind.REGISTER_RESET: 7 * 1440,
    FaultKind.WRONG_RATIO: 2 * 1440,
    FaultKind.CLOCK_DRIFT: 3 * 1440,
    FaultKind.FEEDER_TRIP: 50,
    FaultKind.MAIN_BURST: 420,
    FaultKind.PUMP_STOP: 150,
}
"""Median duration; durations are log-normal about it."""
_DURATION_SPREAD = 0.6


def random_plan(network: Network, seed: int, start_ms: int, end_ms: int, per_week: Mapping[FaultKind, float]) -> FaultPlan:
    """Draw faults that begin in [start, end): so many a week of each kind on average, all over the province.

    Raises:
        FaultError: a rate is negative, or the network has nothing that a kind could happen to.

    """
    random = np.random.default_rng(seed)
    faults: list[Fault] = []
    for kind in FaultKind:
        rate = per_week.get(kind, 0.0)
        if rate < 0:
            message = f"{kind}: {rate} faults a week; a rate cannot be negative"
            raise FaultError(message)
        places = _places(network, kind)
        count = int(random.poisson(rate * max(end_ms - start_ms, 0) / _WEEK_MS))
        if count and not places:
            message = f"{kind}: the network has no {RULES[kind].target} that it could happen to"
            raise FaultError(message)
        for number in range(1, count + 1):
            at = places[int(random.integers(len(places)))]
            begin = int(random.integers(start_ms, end_ms))
            minutes = _TYPICAL_MINUTES[kind] * float(np.exp(random.normal(0, _DURATION_SPREAD)))
            faults.append(
                Fault(
                    f"{kind}-{number}", kind, at, begin, begin + round(minutes) * _MINUTE_MS, None, _parameters(network, kind, at, random)
                )
            )
    return FaultPlan.of(network, sorted(faults, key=lambda fault: (fault.start_ms, fault.id)))


def _places(network: Network, kind: FaultKind) -> list[str]:
    if RULES[kind].target != "meter":
        return sorted(getattr(network, f"{RULES[kind].target}s"))
    needs = {FaultKind.REGISTER_RESET: Kind.REGISTER, FaultKind.WRONG_RATIO: Kind.REGISTER, FaultKind.SPIKE: Kind.GAUGE}.get(kind)
    meters = (m for m in network.meters.values() if needs is None or any(quantity(q).kind is needs for q in m.quantities))
    return sorted(m.id for m in meters if kind is not FaultKind.WRONG_RATIO or m.role is not Role.SENSOR)


def _parameters(network: Network, kind: FaultKind, at: str, random: np.random.Generator) -> dict[str, float]:
    match kind:
        case FaultKind.SPIKE:
            return {"factor": round(float(random.uniform(3, 12)), 2)}
        case FaultKind.WRONG_RATIO:
            return {"factor": float(random.choice([0.5, 1.5, 2.0, 3.0]))}
        case FaultKind.CLOCK_DRIFT:
            return {"offset_s": 0.0, "s_per_day": round(float(random.uniform(-240, 240)), 1)}
        case FaultKind.MAIN_BURST:
            share = float(random.uniform(0.08, 0.30))
            return {"flow_m3_per_h": round(share * network.dmas[at].capacity_m3_per_h, 1)}
        case _:
            return {}

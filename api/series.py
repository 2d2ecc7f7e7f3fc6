"""Demand of assets and of forecasts, as the routes need them."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.problems import Problem, not_found
from api.schemas.base import Load, Peak
from api.schemas.series import Aggregate
from api.services import Services
from mainsight.core.capacity import NoCapacityError, capacities, capacity
from mainsight.core.forecasts import QUANTILES, Forecast, probability_above
from mainsight.core.intervals import FloatArray, Intervals
from mainsight.core.network import Network, Utility
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind
from mainsight.core.readings import Series
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters
from mainsight.core.zonetime import HOUR_MS

DAY_MS = 24 * HOUR_MS
P50, P90 = QUANTILES.index(0.5), QUANTILES.index(0.9)
KW_PER_MW = 1000.0
AGGREGATE: dict[Kind, Aggregate] = {Kind.REGISTER: "sum", Kind.GAUGE: "mean", Kind.STATUS: "last"}
"""What a final value of a kind is of its interval."""


def column(values: FloatArray) -> list[float | None]:
    """Values for JSON: rounded to what a meter can mean, null where missing."""
    return [None if math.isnan(value) else round(value, 4) for value in values.tolist()]


def quality_labels(ranks: NDArray[np.integer[Any]]) -> list[str]:
    """Names of quality ranks."""
    return [Quality(rank).label for rank in ranks.tolist()]


def known_asset(deps: Services, asset_id: str) -> str:
    """Pass an asset's id on.

    Raises:
        Problem: 404 when there is no such asset.

    """
    try:
        deps.network.asset(asset_id)
    except KeyError:
        raise not_found("asset", asset_id) from None
    return asset_id


def check_order(start_ms: int, end_ms: int) -> None:
    """Refuse ranges that are empty.

    Raises:
        Problem: 422 with the parameter to mend.

    """
    if end_ms <= start_ms:
        raise Problem(422, "end_ms must come after start_ms", "query/end_ms")


def check_range(deps: Services, start_ms: int, end_ms: int, step_s: int) -> None:
    """Refuse ranges that are empty, or that hold more points than one answer may.

    Raises:
        Problem: 422 with the parameter to mend.

    """
    check_order(start_ms, end_ms)
    points = (end_ms - start_ms) // (step_s * 1000)
    if points > deps.settings.max_points:
        raise Problem(
            422,
            f"{points} points are more than the {deps.settings.max_points} of one answer: take a longer step or a shorter range",
            "query/step",
        )


async def demand(
    deps: Services, asset_id: str, utility: Utility, start_ms: int, end_ms: int, step_s: int, as_of_ms: int | None = None
) -> Intervals:
    """Demand of an asset on the grid, kW or m3/h: its main meters added up; now, or as known at an instant."""
    meters = demand_meters(deps.network, asset_id, utility)
    weights = {Series(meter.id, DEMAND_QUANTITY[utility]): 1.0 for meter in meters if meter.utility is utility}
    if as_of_ms is not None:
        return await deps.metering.total(weights, start_ms, end_ms, step_s, as_of_ms)
    return await deps.store.total(weights, start_ms, end_ms, step_s)


def load(deps: Services, asset_id: str, utility: Utility) -> Load:
    """Load of an asset now."""
    return Load.of(deps.picture.load(asset_id, utility, deps.clock()))


def in_capacity_unit(network: Network, utility: Utility, values: FloatArray) -> FloatArray:
    """Turn demand into the unit of capacity: kW into MVA at the planning power factor, m3/h as it is."""
    if utility is Utility.WATER:
        return values
    return values / KW_PER_MW / network.planning_power_factor


def usable(deps: Services, zone_id: str, utility: Utility, times_ms: Iterable[int]) -> list[float]:
    """What a zone may draw at instants, in the unit of capacity: its limit, or the order in force when that is less."""
    found = capacities(deps.network, zone_id, utility, times_ms)
    orders = np.array([math.inf if one.order is None else one.order for one in found])
    ordered = in_capacity_unit(deps.network, utility, orders * (KW_PER_MW if utility is Utility.POWER else 1))
    limits: list[float] = np.minimum([one.limit for one in found], ordered).tolist()
    return limits


async def next_day(deps: Services, zone_id: str, utility: Utility) -> Forecast | None:
    """Latest forecast of a zone, cut to the 24 hours from now; None when there is none that reaches there."""
    found = await deps.store.forecast(zone_id, DEMAND_QUANTITY[utility])
    if found is None:
        return None
    now = deps.clock()
    inside = (found.time_ms >= now) & (found.time_ms < now + DAY_MS)
    if not inside.any():
        return None
    return Forecast(
        found.target,
        found.quantity,
        found.issue_ms,
        found.step_s,
        found.time_ms[inside],
        found.quantiles[inside],
        found.model,
        found.fallback,
        found.inputs,
    )


def exceedance(deps: Services, forecast: Forecast, utility: Utility, limits: Sequence[float]) -> FloatArray:
    """Probability, per interval of a zone's forecast, that demand passes a limit in the unit of capacity."""
    quantiles = in_capacity_unit(deps.network, utility, forecast.quantiles)
    passed, chances = np.asarray(limits), np.empty(len(quantiles))
    for limit in np.unique(passed):
        chances[passed == limit] = probability_above(quantiles[passed == limit], float(limit))
    return chances


def peak(deps: Services, forecast: Forecast, utility: Utility) -> Peak:
    """Highest median demand of a forecast and the greatest probability of passing what may be drawn."""
    at = int(np.argmax(forecast.quantiles[:, P50]))
    limits = usable(deps, forecast.target, utility, forecast.time_ms.tolist())
    return Peak(
        time_ms=int(forecast.time_ms[at]),
        p50=float(forecast.quantiles[at, P50]),
        p90=float(forecast.quantiles[at, P90]),
        probability=float(exceedance(deps, forecast, utility, limits).max()),
    )


def utilities_of(deps: Services, asset_id: str) -> list[Utility]:
    """Utilities an asset carries: those it has a capacity and main meters for."""
    return [utility for utility in Utility if _carries(deps, asset_id, utility)]


def _carries(deps: Services, asset_id: str, utility: Utility) -> bool:
    try:
        capacity(deps.network, asset_id, utility, deps.clock())
    except NoCapacityError:
        return False
    return any(meter.utility is utility for meter in demand_meters(deps.network, asset_id, utility))

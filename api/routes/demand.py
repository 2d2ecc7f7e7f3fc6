"""Series: demand of assets, readings of meters."""

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query

from api.auth import VIEWING
from api.problems import RESPONSES, Problem, not_found
from api.sampling import MINUTE_S, joined, step_for
from api.schemas.base import UtilityName
from api.schemas.series import Demand, MeterSeries
from api.series import AGGREGATE, DAY_MS, check_order, check_range, column, demand, known_asset, quality_labels
from api.services import Services, services
from mainsight.core.network import Meter, Utility
from mainsight.core.quality import Quality
from mainsight.core.quantities import quantity
from mainsight.core.quantities import quantity as known_quantity
from mainsight.core.readings import Series
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters
from mainsight.core.zonetime import rfc3339
from mainsight.store.port import Level

router = APIRouter(tags=["series"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
StartMs = Annotated[int, Query(ge=0, le=4_102_444_800_000, description="UTC milliseconds, included")]
EndMs = Annotated[int, Query(ge=0, le=4_102_444_800_000, description="UTC milliseconds, excluded")]
_STEPS = (
    "seconds; 60 gives minutes of meters that report as often, and shares of the quarter hour of others; 86400 gives local days; "
    "auto takes the finest that is kept and gives at most `points`, joining stored steps, days by whole weeks"
)
Step = Annotated[Literal["auto", "60", "900", "3600", "86400"], Query(description=_STEPS)]
Points = Annotated[int, Query(ge=10, le=5000, description="most points of step auto: what a chart can show")]
AsOfMs = Annotated[
    int | None, Query(ge=0, le=4_102_444_800_000, description="UTC milliseconds: as it was known then; without it as it is known now")
]
MeterStep = Annotated[Literal["raw", "auto", "60", "900", "3600", "86400"], Query(description=f"raw readings, or {_STEPS}")]
_RAW_DAYS = 31
"""Raw readings come every few seconds: a longer range would take the memory of everybody else."""


@router.get("/demand", dependencies=[VIEWING])
async def demand_of(
    deps: Deps,
    asset: str,
    utility: UtilityName,
    start_ms: StartMs,
    end_ms: EndMs,
    step: Step = "900",
    points: Points = 1000,
    as_of_ms: AsOfMs = None,
) -> Demand:
    """What an asset drew, from final values of its main meters; with `as_of_ms`, as a report saw it then."""
    known_asset(deps, asset)
    meters = [meter for meter in demand_meters(deps.network, asset, Utility(utility)) if meter.utility is Utility(utility)]
    step_s = await _step(deps, Asked(step, start_ms, end_ms, points, as_of_ms), meters)
    found = await demand(deps, asset, Utility(utility), start_ms, end_ms, step_s, as_of_ms)
    if step == "auto":
        found = joined(found, points)
    name = DEMAND_QUANTITY[Utility(utility)]
    return Demand(
        asset=asset,
        utility=utility,
        quantity=name,
        unit=quantity(name).unit,
        step_s=found.step_s,
        start_ms=found.start_ms.tolist(),
        value=column(found.value),
        low=column(found.low),
        high=column(found.high),
        completeness=found.completeness.tolist(),
        incomplete=found.incomplete.tolist(),
        quality=quality_labels(found.quality),
    )


@router.get("/meters/{meter_id}/readings", dependencies=[VIEWING])
async def readings(
    deps: Deps,
    meter_id: str,
    quantity: str,
    start_ms: StartMs,
    end_ms: EndMs,
    step: MeterStep = "900",
    points: Points = 1000,
    as_of_ms: AsOfMs = None,
) -> MeterSeries:
    """One quantity of a meter: final values with their quality, or raw readings as the meter sent them; as known at an instant."""
    meter = known_meter(deps, meter_id)
    unit = unit_on(meter, quantity)
    if step == "raw":
        return await _raw(deps, meter_id, quantity, unit, start_ms, end_ms, as_of_ms)
    step_s = await _step(deps, Asked(step, start_ms, end_ms, points, as_of_ms), [meter])
    series = Series(meter_id, quantity)
    if as_of_ms is None:
        found = (await deps.store.intervals([series], start_ms, end_ms, step_s))[series]
    else:
        found = (await deps.metering.intervals([series], start_ms, end_ms, step_s, as_of_ms))[series]
    if step == "auto":
        found = joined(found, points, known_quantity(quantity).kind)
    return MeterSeries(
        meter=meter_id,
        quantity=quantity,
        unit=unit,
        aggregate=AGGREGATE[known_quantity(quantity).kind],
        step_s=found.step_s,
        start_ms=found.start_ms.tolist(),
        value=column(found.value),
        low=column(found.low),
        high=column(found.high),
        quality=quality_labels(found.quality),
        completeness=found.completeness.tolist(),
        incomplete=found.incomplete.tolist(),
    )


class Asked(NamedTuple):
    """A range and how finely it is asked for."""

    step: str
    start_ms: int
    end_ms: int
    points: int
    as_of_ms: int | None


async def _step(deps: Services, asked: Asked, meters: Sequence[Meter]) -> int:
    """The stored step to read, seconds; the range is checked. What was known at an instant is known by the quarter hour."""
    if asked.step == "60" and asked.as_of_ms is not None:
        raise Problem(422, "what was known at an instant is known by the quarter hour: take a step of 900 or more", "query/step")
    if asked.step == "auto":
        fast = asked.as_of_ms is None and bool(meters) and all(meter.reports_s <= MINUTE_S for meter in meters)
        kept_from = await deps.store.kept_from()
        step_s = step_for(asked.start_ms, asked.end_ms, asked.points, minutes=fast, kept_from=kept_from)
    else:
        step_s = int(asked.step)
    check_range(deps, asked.start_ms, asked.end_ms, step_s)
    return step_s


async def _raw(deps: Services, meter_id: str, name: str, unit: str, start_ms: int, end_ms: int, as_of_ms: int | None) -> MeterSeries:
    check_order(start_ms, end_ms)
    since_ms = (await deps.store.kept_from()).get(Level.RAW, 0)
    if start_ms < since_ms:
        raise Problem(422, f"raw readings are kept from {rfc3339(since_ms)} on: take a later start, or a step", "query/start_ms")
    if end_ms - start_ms > _RAW_DAYS * DAY_MS:
        raise Problem(
            422, f"raw readings are given for {_RAW_DAYS} days at most: take a shorter range, a step, or an export", "query/start_ms"
        )
    found = await deps.metering.raw(Series(meter_id, name), start_ms, end_ms, as_of_ms)
    if len(found.time_ms) > deps.settings.max_points:
        raise Problem(422, f"{len(found.time_ms)} readings are more than one answer holds: take a shorter range or a step", "query/step")
    values = column(found.value)
    return MeterSeries(
        meter=meter_id,
        quantity=name,
        unit=unit,
        aggregate="reading",
        step_s=None,
        start_ms=found.time_ms.tolist(),
        value=values,
        low=values,
        high=values,
        quality=[Quality.MEASURED.label] * len(values),
        completeness=[1.0] * len(values),
        incomplete=[False] * len(values),
    )


def known_meter(deps: Services, meter_id: str) -> Meter:
    """Find a meter.

    Raises:
        Problem: 404 when there is none of that id.

    """
    meter = deps.network.meters.get(meter_id)
    if meter is None:
        raise not_found("meter", meter_id)
    return meter


def unit_on(meter: Meter, name: str, pointer: str = "query/quantity") -> str:
    """Unit of a quantity of a meter.

    Raises:
        Problem: 422 when the meter has none of that name.

    """
    if name not in meter.quantities:
        raise Problem(422, f"meter {meter.id!r} has no {name!r}; it has {', '.join(meter.quantities)}", pointer)
    return quantity(name).unit

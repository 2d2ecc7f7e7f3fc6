"""What if it were warmer, or a tenant came: a forecast changed by what is asked. Nothing is stored."""

from dataclasses import replace
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends

from api.access.callers import Role
from api.auth import CHANGES, PlannerSomewhere, allow
from api.problems import RESPONSES, Problem
from api.routes.forecasts import chances_of, issued, target_of, unit_of
from api.schemas.base import Text
from api.schemas.what_if import PeakOf, Quantiles, TenantAsked, WhatIfAnswer, WhatIfAsked
from api.series import KW_PER_MW, P50, P90
from api.services import Services, services
from forecast.errors import CannotForecastError
from forecast.targets import Target
from forecast.whatif import Effect, Shape, Tenant, changed, tenants_load
from mainsight.core.forecasts import QUANTILES, Forecast
from mainsight.core.intervals import FloatArray
from mainsight.core.topology import zone_of
from mainsight.core.zonetime import SECOND_MS, day_start_ms

router = APIRouter(tags=["forecasts"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]


@router.post("/forecasts/what-if", responses=CHANGES)
async def what_if(deps: Deps, who: PlannerSomewhere, body: WhatIfAsked) -> WhatIfAnswer:
    """The latest forecast as it is and with what is asked; a question for planners, which changes nothing."""
    of = target_of(deps, body.target, body.quantity)
    allow(who, Role.PLANNER, zone_of(deps.network, of.id))
    base = await issued(deps, body.target, body.quantity, body.issued_by_ms)
    tenants = [_tenant(asked, number, of, base) for number, asked in enumerate(body.tenants)]
    effect = await _effect(deps, of, base, body.temperature_k)
    load = tenants_load(base, tenants, of.calendar.timezone)
    told = replace(base, quantiles=changed(base, np.zeros(len(load)) if effect is None else effect.value, load))
    unit = unit_of(body.quantity)
    who.tell("ask what if", f"forecast/{of.id}/{of.quantity}", after=body.model_dump_json(exclude_defaults=True))
    return WhatIfAnswer(
        target=of.id,
        quantity=of.quantity,
        unit=unit,
        issue_ms=base.issue_ms,
        step_s=base.step_s,
        time_ms=base.time_ms.tolist(),
        baseline=_quantiles(base),
        changed=_quantiles(told),
        temperature=None if effect is None else _rounded(effect.value),
        temperature_low=None if effect is None else _rounded(effect.low),
        temperature_high=None if effect is None else _rounded(effect.high),
        tenants=_rounded(load),
        baseline_peak=_peak(deps, base),
        changed_peak=_peak(deps, told),
        explanation=[
            *([] if effect is None or body.temperature_k is None else _of_temperature(effect, body.temperature_k, unit)),
            *([] if not tenants else [_of_tenants(load, unit)]),
            _of_bands(),
        ],
    )


def _tenant(asked: TenantAsked, number: int, of: Target, base: Forecast) -> Tenant:
    where = f"body/tenants/{number}"
    if (asked.m3_day is not None) != (of.quantity == "flow"):
        raise Problem(422, f"a tenant of {of.quantity} is told in {'m3_day' if of.quantity == 'flow' else 'mw'}", where)
    end_ms = int(base.time_ms[-1]) + base.step_s * SECOND_MS
    if day_start_ms(asked.start, of.calendar.timezone) >= end_ms:
        raise Problem(422, f"{asked.start} lies behind the last hour of the forecast: for later dates ask the outlook", f"{where}/start")
    amount = asked.m3_day if asked.mw is None else asked.mw * KW_PER_MW
    assert amount is not None, "the schema asks for one"
    return Tenant(amount, asked.start, Shape(asked.shape))


async def _effect(deps: Services, of: Target, base: Forecast, delta_k: float | None) -> Effect | None:
    if not delta_k:
        return None
    try:
        return await deps.what_if.temperature(of, base, delta_k)
    except CannotForecastError as error:
        mend = "name a weather station of the registry in forecast.weather.station, or wait until more of it is known"
        raise Problem(
            422, f"what the temperature does to {of.quantity} of {of.id} is not known: {error}; {mend}", "body/temperature_k"
        ) from error


def _of_temperature(effect: Effect, delta_k: float, unit: str) -> list[Text]:
    mean, low, high = (float(one.mean()) for one in (effect.value, effect.low, effect.high))
    most = float(effect.value[np.abs(effect.value).argmax()])
    told = [
        Text(
            vi=f"Nhiệt độ {delta_k:+g} K: trung vị đổi trung bình {mean:+.5g} {unit} (nhiều nhất {most:+.5g}); tùy tuần dùng để học, "
            f"từ {low:+.5g} đến {high:+.5g}. Học từ {effect.days} ngày, {effect.coldest:.0f} đến {effect.hottest:.0f} °C",
            en=f"Temperature {delta_k:+g} K: P50 changes by {mean:+.5g} {unit} on average ({most:+.5g} at most); by the weeks it is "
            f"learnt from, {low:+.5g} to {high:+.5g}. Learnt from {effect.days} days, {effect.coldest:.0f} to {effect.hottest:.0f} degC",
        )
    ]
    if effect.beyond > 0:
        vi = f"{100 * effect.beyond:.0f} % thời gian nằm ngoài các nhiệt độ đã gặp: phần đó là ngoại suy"
        en = f"{100 * effect.beyond:.0f} % of the time lies beyond the temperatures that were met: that part is extrapolated"
        told.append(Text(vi=vi, en=en))
    if effect.assumed:
        vi = "Chưa có dự báo nhiệt độ cho cả khoảng này: phần còn thiếu lấy như bảy ngày qua"
        en = "No forecast of the temperature covers all of it: the rest is taken to be as in the last seven days"
        told.append(Text(vi=vi, en=en))
    return told


def _of_tenants(load: FloatArray, unit: str) -> Text:
    most, mean = float(load[np.abs(load).argmax()]), float(load.mean())
    return Text(
        vi=f"Khách hàng: nhiều nhất {most:+.5g} {unit}, trung bình {mean:+.5g}, coi như chắc chắn",
        en=f"Tenants: {most:+.5g} {unit} at most, {mean:+.5g} on average, taken as certain",
    )


def _of_bands() -> Text:
    return Text(
        vi="Dải dự báo giữ nguyên độ rộng: độ không chắc của thay đổi không được cộng vào",
        en="The bands keep their width: how uncertain the change itself is has not been added",
    )


def _peak(deps: Services, told: Forecast) -> PeakOf:
    at = int(told.quantiles[:, P50].argmax())
    found = chances_of(deps, told)
    return PeakOf(
        time_ms=int(told.time_ms[at]),
        p50=round(float(told.quantiles[at, P50]), 4),
        p90=round(float(told.quantiles[:, P90].max()), 4),
        probability=None if found is None else max(found),
    )


def _quantiles(told: Forecast) -> Quantiles:
    return Quantiles(**{f"p{round(100 * level):02d}": _rounded(told.quantiles[:, i]) for i, level in enumerate(QUANTILES)})


def _rounded(values: FloatArray) -> list[float]:
    rounded: list[float] = values.round(4).tolist()
    return rounded

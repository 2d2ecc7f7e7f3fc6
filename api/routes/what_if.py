"""What if it were warmer, or a tenant came: a forecast changed by what is asked. Nothing is stored."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.access.callers import Role
from api.auth import CHANGES, PlannerSomewhere, allow
from api.problems import RESPONSES, Problem
from api.routes.forecasts import chances_of, issued, target_of, unit_of
from api.schemas.base import Text
from api.schemas.what_if import PeakOf, Quantiles, TenantAsked, WhatIfAnswer, WhatIfAsked
from api.series import P50, P90
from api.services import Services, services
from forecast.targets import Target
from forecast.whatif import Tenant
from forecast.whatif_desk import TEMPERATURE, QuestionError
from mainsight.core.forecasts import QUANTILES, Forecast
from mainsight.core.intervals import FloatArray
from mainsight.core.topology import zone_of

router = APIRouter(tags=["forecasts"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]


@router.post("/forecasts/what-if", responses=CHANGES)
async def what_if(deps: Deps, who: PlannerSomewhere, body: WhatIfAsked) -> WhatIfAnswer:
    """The latest forecast as it is and with what is asked; a question for planners, which changes nothing."""
    of = target_of(deps, body.target, body.quantity)
    allow(who, Role.PLANNER, zone_of(deps.network, of.id))
    base = await issued(deps, body.target, body.quantity, body.issued_by_ms)
    tenants = [_tenant(asked, number, of) for number, asked in enumerate(body.tenants)]
    try:
        answer = await deps.what_if.ask(of, base, body.temperature_k, tenants)
    except QuestionError as error:
        pointer = "body/temperature_k" if error.of == TEMPERATURE else f"body/tenants/{error.of}/start"
        raise Problem(422, str(error), pointer) from error
    effect = answer.effect
    who.tell("ask what if", f"forecast/{of.id}/{of.quantity}", after=body.model_dump_json(exclude_defaults=True))
    return WhatIfAnswer(
        target=of.id,
        quantity=of.quantity,
        unit=unit_of(body.quantity),
        issue_ms=base.issue_ms,
        step_s=base.step_s,
        time_ms=base.time_ms.tolist(),
        baseline=_quantiles(base),
        changed=_quantiles(answer.told),
        temperature=None if effect is None else _rounded(effect.value),
        temperature_low=None if effect is None else _rounded(effect.low),
        temperature_high=None if effect is None else _rounded(effect.high),
        tenants=_rounded(answer.load),
        baseline_peak=_peak(deps, base),
        changed_peak=_peak(deps, answer.told),
        explanation=[Text.of(one) for one in answer.explanation],
    )


def _tenant(asked: TenantAsked, number: int, of: Target) -> Tenant:
    try:
        return asked.tenant(of.quantity)
    except ValueError as error:
        raise Problem(422, str(error), f"body/tenants/{number}") from error


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

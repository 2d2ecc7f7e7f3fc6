"""What-if questions about a forecast, and answers."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.base import Schema, Text
from forecast.whatif import Shape, Tenant
from mainsight.core.network import Utility
from mainsight.core.topology import DEMAND_QUANTITY

Amount = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]


class TenantAsked(BaseModel):
    """A tenant that comes (positive) or leaves (negative): `mw` at its peak, or `m3_day` of water; from local midnight of `start` on.

    `shape`: `as_target`, in the shape of the target's own P50, its peak at the same hour; `flat`, the same at all hours.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mw: Amount | None = None
    m3_day: Amount | None = None
    start: date
    shape: Literal["as_target", "flat"] = "as_target"

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if (self.mw is None) == (self.m3_day is None) or not (self.mw or self.m3_day):
            raise ValueError("give mw (power) or m3_day (water), one of them and not 0")
        return self

    def tenant(self, quantity: str) -> Tenant:
        """Give the tenant of a forecast of some quantity.

        Raises:
            ValueError: it is told in the unit of another.

        """
        of_water = quantity == DEMAND_QUANTITY[Utility.WATER]
        if (self.m3_day is not None) != of_water:
            raise ValueError(f"a tenant of {quantity} is told in {'m3_day' if of_water else 'mw'}")
        amount_kw = None if self.mw is None else 1_000.0 * self.mw
        amount = self.m3_day if amount_kw is None else amount_kw
        assert amount is not None, "checked above"
        return Tenant(amount, self.start, Shape(self.shape))


class WhatIfAsked(BaseModel):
    """A question: the latest forecast of a target, or that issued by an instant, with `temperature_k` more degrees, with tenants."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: Annotated[str, Field(min_length=1, max_length=64)]
    quantity: Annotated[str, Field(min_length=1, max_length=64)]
    temperature_k: Annotated[float, Field(ge=-15, le=15, allow_inf_nan=False)] | None = None
    tenants: Annotated[tuple[TenantAsked, ...], Field(max_length=50)] = ()
    issued_by_ms: Annotated[int, Field(ge=0, le=4_102_444_800_000)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.temperature_k and not self.tenants:
            raise ValueError("ask for something: temperature_k other than 0, tenants, or both")
        return self


class Quantiles(Schema):
    """Quantiles of each interval."""

    p05: list[float]
    p10: list[float]
    p25: list[float]
    p50: list[float]
    p75: list[float]
    p90: list[float]
    p95: list[float]


class PeakOf(Schema):
    """The highest P50, its time, the highest P90, and the greatest chance of an interval to pass what may be drawn (null without one)."""

    time_ms: int
    p50: float
    p90: float
    probability: float | None


class WhatIfAnswer(Schema):
    """The forecast as it is and as it would be, in `unit`; nothing of it is stored.

    `temperature` is what the temperature does to P50, `temperature_low` and `temperature_high` the range of what all weeks, the even and
    the odd ones teach (null when not asked); `tenants` what the tenants add. `explanation` says what that rests on.
    """

    target: str
    quantity: str
    unit: str
    issue_ms: int
    step_s: int
    time_ms: list[int]
    baseline: Quantiles
    changed: Quantiles
    temperature: list[float] | None
    temperature_low: list[float] | None
    temperature_high: list[float] | None
    tenants: list[float]
    baseline_peak: PeakOf
    changed_peak: PeakOf
    explanation: list[Text]

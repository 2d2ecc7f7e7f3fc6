"""Shapes that several resources share."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from mainsight.core import network
from mainsight.core.picture import Load as CoreLoad

UtilityName = Literal["power", "water"]


class Schema(BaseModel):
    """Base of all answers: unknown fields are mistakes of ours."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Schema):
    """A text for people, in each language."""

    vi: str
    en: str

    @classmethod
    def of(cls, text: network.Text) -> Self:
        """Take a text of the network."""
        return cls(vi=text.vi, en=text.en)


class Load(Schema):
    """What an asset carries now, beside what it may carry.

    `value` is in `unit`; capacities and headroom in `capacity_unit`; `limit` is what `state` is measured against (the order,
    where one is in force and tighter, apart); `utilisation` is a share of `rated`. `planning_power_factor` turns MW ahead into MVA.
    """

    utility: UtilityName
    quantity: str
    unit: str
    value: float | None
    at_ms: int | None
    stale: bool
    apparent_mva: float | None
    planning_power_factor: float
    rated: float
    firm: float | None
    limit: float
    order: float | None
    capacity_unit: str
    utilisation: float | None
    state: Literal["normal", "high", "over", "unknown"]
    headroom_n0: float | None
    headroom_n1: float | None
    binding: str

    @classmethod
    def of(cls, load: CoreLoad) -> Self:
        """Take a load of the live picture."""
        return cls(
            utility=load.utility.value,
            quantity=load.quantity,
            unit=load.unit,
            value=load.value,
            at_ms=load.at_ms,
            stale=load.stale,
            apparent_mva=load.apparent_mva,
            planning_power_factor=load.planning_power_factor,
            rated=load.capacity.rated,
            firm=load.capacity.firm,
            limit=load.capacity.limit,
            order=load.capacity.order,
            capacity_unit=load.capacity.unit,
            utilisation=load.utilisation,
            state=load.state.value,
            headroom_n0=load.headroom_n0,
            headroom_n1=load.headroom_n1,
            binding=load.capacity.binding,
        )


class Peak(Schema):
    """The highest demand forecast within a day: in the load's unit, and the probability that it passes firm capacity."""

    time_ms: int
    p50: float
    p90: float
    probability: float

"""What the network's files may hold of meters: types for what many have in common, and what each says itself."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from mainsight.core import network as core
from mainsight.registry.fields import Date, Flag, Id, Identified, Name, Number, Positive, ProtocolName, QuantityName, Strictly, Whole


class Ratio(Strictly):
    """A CT/VT ratio or pulse weight, valid from a day on."""

    valid_from: Date
    factor: Positive


class Closed(Strictly):
    """A time at which the customer is closed, both days included; without `until`, until further notice."""

    since: Date
    until: Date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"ends on {self.until}, before it begins on {self.since}; swap them")
        return self


class MeterType(Strictly):
    """What meters of a type have in common; each meter may say otherwise."""

    label: Name | None = None
    """What the meter is there for: follows the asset's name where the meter has none of its own."""
    role: core.Role | None = None
    utility: core.Utility | None = None
    protocol: ProtocolName | None = None
    quantities: Annotated[list[QuantityName], Field(min_length=1)] | None = None
    interval_s: Annotated[Whole, Field(gt=0, le=86_400)] | None = None
    reports_s: Annotated[Whole, Field(gt=0)] | None = None
    bidirectional: Flag | None = None
    limits: dict[QuantityName, tuple[Number, Number]] | None = None
    register_max: Positive | None = None
    sector: str | None = None
    gateway: Id | None = None
    """Gateway that all it sends goes through."""

    @field_validator("limits")
    @classmethod
    def _limits_in_order(cls, limits: dict[str, tuple[float, float]] | None) -> dict[str, tuple[float, float]] | None:
        for name, (least, greatest) in (limits or {}).items():
            if least >= greatest:
                raise ValueError(f"{name}: {least:g} is not below {greatest:g}; write [least, greatest]")
        return limits

    @field_validator("quantities")
    @classmethod
    def _quantities_once(cls, names: list[str] | None) -> list[str] | None:
        twice = {name for name in names or () if (names or []).count(name) > 1}
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))} is named twice; keep one")
        return names


class Meter(Identified, MeterType):
    """A meter or sensor. `role`, `utility` and `quantities` come from its type where it does not say them itself."""

    device: str = Field(min_length=1, max_length=200)
    asset: Id
    type: str | None = None
    name: Name | None = None
    ratios: tuple[Ratio, ...] = ()
    installed: Date | None = None
    customer: Name | None = None
    closed: tuple[Closed, ...] = ()
    contracted: Positive | None = None

    @field_validator("ratios")
    @classmethod
    def _ratios_in_order(cls, ratios: tuple[Ratio, ...]) -> tuple[Ratio, ...]:
        for earlier, later in pairwise(ratios):
            if later.valid_from <= earlier.valid_from:
                raise ValueError(
                    f"{later.valid_from} comes after {earlier.valid_from}; write the ratios in order of valid_from, each day once"
                )
        return ratios

    def part(self, common: MeterType, asset_name: core.Text) -> core.Meter:
        """Give the core's meter: its own words first, then its type's, then the core's defaults."""
        shared = set(MeterType.model_fields) - {"label"}
        plain = common.model_dump(include=shared, exclude_none=True) | self.model_dump(include=shared, exclude_none=True)
        plain["quantities"] = tuple(plain["quantities"])
        customer = self.customer.text() if self.customer else None
        return core.Meter(
            id=self.id,
            name=self.name.text() if self.name else customer or _labelled(asset_name, self.label or common.label),
            device=self.device,
            asset=self.asset,
            ratios=tuple(core.Ratio(r.valid_from, r.factor) for r in self.ratios),
            installed=self.installed,
            customer=customer,
            closed=tuple((one.since, one.until) for one in self.closed),
            contracted=self.contracted,
            **plain,
        )


def _labelled(asset_name: core.Text, label: Name | None) -> core.Text:
    return asset_name if label is None else core.Text(f"{asset_name.vi}, {label.vi}", f"{asset_name.en}, {label.en}")


REQUIRED_OF_METERS = ("role", "utility", "quantities")
"""Keys that a meter or its type must give."""

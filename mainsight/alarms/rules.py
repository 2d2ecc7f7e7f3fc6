"""Rules: what makes an alarm, and what its operator does about it.

A rule without an operator's response, runbook, priority or consequence is not an alarm; it is refused when loaded
(`mainsight.alarms.rulefile`). Texts are for people; times are minutes or seconds as the field's name says.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from mainsight.core.kpi import Cooling, ThermalModel, thermal_model
from mainsight.core.network import Text, Utility
from mainsight.core.quantities import is_quantity

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
AssetKind = Literal[
    "province", "zone", "substation", "transformer", "feeder", "water_plant", "pump_station", "reservoir", "dma", "gateway", "meter"
]
RuleKind = Literal["limit", "rate", "silence", "quality", "forecast", "supply_order", "storage", "thermal", "composite"]


class Priority(StrEnum):
    """How soon somebody has to act."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return list(Priority).index(self)


class Measure(StrEnum):
    """What a limit rule measures besides the quantities of the vocabulary."""

    UTILISATION = "utilisation"
    """Load against rated capacity (N-0), %."""
    FIRM_UTILISATION = "firm_utilisation"
    """Load against firm capacity (N-1), %; nothing where one outage would leave only transfers."""


class AssetLimit(StrEnum):
    """Limits that the registry holds for each asset."""

    PRESSURE_MIN = "pressure_min_bar"
    PRESSURE_MAX = "pressure_max_bar"
    LEVEL_MIN = "level_min_m"
    LEVEL_MAX = "level_max_m"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Model):
    """A text in each language of the console."""

    vi: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def text(self) -> Text:
        """Give it as the domain's type."""
        return Text(self.vi, self.en)


class Selector(_Model):
    """Which assets a rule watches: all of a kind, or those of some zones, or those named; of meters also by what they measure."""

    kind: AssetKind
    zones: tuple[Id, ...] = ()
    assets: tuple[Id, ...] = ()
    measuring: tuple[AssetKind, ...] = Field(default=(), description="For meters: only those on assets of these kinds.")


class _Rule(_Model):
    """What every rule has."""

    id: Id
    name: Words
    watches: Selector
    priority: Priority
    cause: Words
    consequence: Words
    response: Words
    respond_within_min: int = Field(gt=0)
    runbook: str = Field(pattern=r"^[a-z0-9-]+\.md$", description="File under docs/runbooks/.")
    on_delay_s: int = Field(default=0, ge=0, description="The condition must hold this long, by the readings' own time, before it counts.")
    off_delay_s: int = Field(default=0, ge=0, description="Likewise for its end.")
    latch: bool = Field(default=False, description="Stays until somebody resets it, after the condition has gone.")
    self_acknowledge: bool = Field(default=False, description="Goes back to normal without an acknowledgement.")
    realarm_min: int | None = Field(
        default=None, gt=0, description="Announced again when still active this long after the acknowledgement."
    )
    inhibits: tuple[RuleKind, ...] = Field(default=(), description="While active, these kinds of rule below it are suppressed.")


def _known_quantity(value: str, or_else: str = "") -> str:
    if not is_quantity(value):
        raise ValueError(f"{value!r} is {'neither' if or_else else 'not'} a quantity of the vocabulary {or_else}".rstrip())
    return value


Quantity = Annotated[str, AfterValidator(_known_quantity)]


class LimitRule(_Rule):
    """A quantity passes a limit."""

    kind: Literal["limit"]
    measure: Measure | str
    utility: Utility | None = Field(default=None, description="For utilisation of a zone, which has both; elsewhere the asset's own.")
    side: Literal["high", "low"]
    threshold: float | AssetLimit
    margin: float = Field(default=0.0, description="Added to the threshold, in the measure's unit: to warn before the registry's limit.")
    deadband: float = Field(ge=0, description="It clears only this far on the good side of the limit.")

    @field_validator("measure")
    @classmethod
    def _known_measure(cls, value: Measure | str) -> Measure | str:
        return Measure(value) if value in set(Measure) else _known_quantity(value, f"nor one of {', '.join(Measure)}")

    @model_validator(mode="after")
    def _fits_what_it_watches(self) -> Self:
        if isinstance(self.measure, Measure) and self.watches.kind == "zone" and self.utility is None:
            raise ValueError("utilisation of a zone needs utility: power or water")
        if self.watches.kind == "province":
            raise ValueError("a limit watches assets or meters, not the province")
        return self


class RateRule(_Rule):
    """A quantity changes faster than a limit."""

    kind: Literal["rate"]
    measure: Quantity
    direction: Literal["rise", "fall", "either"]
    threshold: float = Field(gt=0, description="In the quantity's unit per hour.")
    over_min: int = Field(gt=0, le=1440, description="The change is taken over this long, so that noise does not look like haste.")
    deadband: float = Field(ge=0, description="Unit per hour.")

    @model_validator(mode="after")
    def _watches_what_has_meters(self) -> Self:
        if self.watches.kind in {"province", "gateway"}:
            raise ValueError("a rate watches assets or meters")
        return self


class SilenceRule(_Rule):
    """A meter, or a share of a gateway's, a zone's or the province's meters, has sent nothing for several of its own intervals."""

    kind: Literal["silence"]
    intervals: int = Field(default=3, ge=1)
    at_least_s: int = Field(default=300, ge=0)
    share: float | None = Field(default=None, gt=0, le=1, description="Of the meters below; for gateways, zones and the province.")
    clears_below: float | None = Field(default=None, ge=0, lt=1, description="Share below which it clears; half of `share` by default.")

    @model_validator(mode="after")
    def _share_where_it_belongs(self) -> Self:
        if (self.watches.kind == "meter") == (self.share is not None):
            raise ValueError("share belongs to silence of a gateway, a zone or the province, and only there")
        if self.watches.kind not in {"meter", "gateway", "zone", "province"}:
            raise ValueError("silence watches kind meter, gateway, zone or province")
        if self.share is not None and self.clears_below is not None and self.clears_below >= self.share:
            raise ValueError("clears_below must lie below share")
        return self


class QualityRule(_Rule):
    """A meter's values are not to be trusted: intervals missing or suspect, a value that stands still, meters that drift apart.

    missing, suspect: percent of the meter's intervals without a reading, or with one that is outside the registered limits or
    doubted by the device; doubtful: either. static: the value has not moved for `over_h`. drift: the main meter differs from the
    meters below it (a transformer's: its feeders' main meters), or from its check meter, in percent of the main meter's sum.
    """

    kind: Literal["quality"]
    check: Literal["missing", "suspect", "doubtful", "static", "drift"]
    measure: Quantity | None = Field(default=None, description="The meter's first quantity where left out.")
    over_h: float = Field(gt=0, le=168, description="The stretch that is looked at, up to the newest whole interval.")
    limit_percent: float | None = Field(default=None, gt=0, description="All checks but static have one.")
    deadband: float = Field(default=0.0, ge=0, description="Percent.")
    tolerance: float = Field(default=0.0, ge=0, description="static: a change up to this is none, in the quantity's unit.")
    above: float = Field(default=0.0, description="static: only values above this are judged: nothing is drawn at night.")
    against: Literal["sub", "check"] = Field(default="sub", description="drift: what the main meter is compared with.")

    @model_validator(mode="after")
    def _fits_its_check(self) -> Self:
        if (self.check == "static") == (self.limit_percent is not None):
            raise ValueError("limit_percent belongs to every check but static, whose limit is over_h")
        if self.check == "drift" and self.watches.kind not in {"transformer", "feeder", "dma"}:
            raise ValueError("drift watches kind transformer, feeder or dma")
        if self.check != "drift" and self.watches.kind != "meter":
            raise ValueError(f"{self.check} watches kind meter")
        return self


class StorageRule(_Rule):
    """A reservoir will be empty soon: at P90 of the demand path, inflow as it is now."""

    kind: Literal["storage"]
    hours: float = Field(gt=0, le=48, description="Fires when fewer hours of water are left.")
    deadband: float = Field(ge=0, description="Hours.")

    @model_validator(mode="after")
    def _watches_reservoirs(self) -> Self:
        if self.watches.kind != "reservoir":
            raise ValueError("storage watches kind reservoir")
        return self


class ThermalRule(_Rule):
    """A transformer gets too hot, computed from its load and the ambient temperature (IEC 60076-7)."""

    kind: Literal["thermal"]
    measure: Literal["hot_spot", "top_oil", "loss_of_life"] = Field(description="degC, degC, or hours of life used in the last 24 h.")
    threshold: float = Field(gt=0)
    deadband: float = Field(ge=0)
    cooling: Cooling = Field(default=Cooling.ONAN, description="Values of the standard for transformers without nameplate ones.")
    nameplate: dict[str, float] = Field(
        default_factory=dict, description="What the nameplate or heat-run test gives, by the names of ThermalModel; goes before `cooling`."
    )
    upgraded_paper: bool = Field(default=False, description="Thermally upgraded insulation ages slower.")
    ambient_c: float = Field(default=35.0, description="Stands in where no ambient temperature is measured, degC.")

    @model_validator(mode="after")
    def _watches_transformers(self) -> Self:
        if self.watches.kind != "transformer":
            raise ValueError("thermal watches kind transformer")
        self.model()
        return self

    def model(self) -> ThermalModel:
        """Constants of the transformers it watches.

        Raises:
            ValueError: a nameplate value is unknown or makes no sense.

        """
        return thermal_model(self.cooling, self.nameplate)


class CompositeRule(_Rule):
    """Other rules are active together: one cause is one incident."""

    kind: Literal["composite"]
    of: tuple[Id, ...] = Field(min_length=1, description="Rules, none of them composite.")
    where: Literal["same", "above", "below"] = Field(
        default="same", description="Their alarms on the asset itself; also on what it depends on; also on what hangs below it."
    )
    condition: Literal["any", "all", "count"] = Field(description="any alarm; an alarm of all rules; at least so many alarms.")
    at_least: int | None = Field(default=None, ge=1, description="For count.")
    takes_along: bool = Field(default=True, description="While it is active, its members are suppressed by design and name it.")

    @model_validator(mode="after")
    def _count_where_it_belongs(self) -> Self:
        if (self.condition == "count") != (self.at_least is not None):
            raise ValueError("at_least belongs to condition count, and only there")
        if self.watches.kind in {"meter", "gateway"}:
            raise ValueError("a composite watches assets, zones or the province")
        return self


class SupplyOrderRule(_Rule):
    """A zone draws more than a supply order in force allows."""

    kind: Literal["supply_order"]
    utility: Utility
    limit_percent: float = Field(default=100.0, gt=0, description="Of the quota.")
    deadband: float = Field(ge=0, description="Percent of the quota.")


class ForecastRule(_Rule):
    """Demand is forecast to pass a capacity."""

    kind: Literal["forecast"]
    utility: Utility
    against: Literal["firm", "rated", "order"] = "firm"
    horizon_h: int = Field(default=24, gt=0, le=168)
    raise_probability: float = Field(default=0.10, gt=0, lt=1, description="Of passing in some step; 0.10 is the same as P90 passes.")
    provisional_probability: float = Field(
        default=0.5, gt=0, lt=1, description="The same for a provisional forecast: a repeat of past days, whose bands are wide."
    )
    clear_probability: float = Field(default=0.05, ge=0, lt=1)
    clear_runs: int = Field(default=2, ge=1, description="Forecasts in a row that must be clear before it is withdrawn.")

    @model_validator(mode="after")
    def _hysteresis(self) -> Self:
        if self.clear_probability >= min(self.raise_probability, self.provisional_probability):
            raise ValueError("clear_probability must lie below raise_probability and provisional_probability")
        if self.watches.kind != "zone":
            raise ValueError("a forecast rule watches kind zone")
        return self


Rule = Annotated[
    LimitRule | RateRule | SilenceRule | QualityRule | ForecastRule | SupplyOrderRule | StorageRule | ThermalRule | CompositeRule,
    Field(discriminator="kind"),
]


class RuleList(_Model):
    """Rules, each id once."""

    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        seen: set[str] = set()
        for rule in self.rules:
            if rule.id in seen:
                raise ValueError(f"two rules are called {rule.id}")
            seen.add(rule.id)
        return self


class RuleFile(RuleList):
    """The content of a file of rules: composites find their members in it."""

    @model_validator(mode="after")
    def _composites_know_their_members(self) -> Self:
        kinds = {rule.id: rule.kind for rule in self.rules}
        for rule in self.rules:
            if isinstance(rule, CompositeRule):
                check_members(rule, kinds)
        return self


def check_members(rule: CompositeRule, kinds: Mapping[str, str]) -> None:
    """Check that a composite's members are there and not composite themselves.

    Raises:
        ValueError: one is not.

    """
    for member in rule.of:
        if member not in kinds:
            raise ValueError(f"rule {rule.id} is of {member}, which is not there; name rules of this file")
        if kinds[member] == "composite":
            raise ValueError(f"rule {rule.id} is of {member}, which is composite itself; name its members")

"""Rules: what makes an alarm, and what its operator does about it.

A rule without an operator's response, runbook, priority or consequence is not an alarm; it is refused when loaded
(`mainsight.alarms.rulefile`). Texts are for people; times are minutes or seconds as the field's name says.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mainsight.core.network import Text, Utility
from mainsight.core.quantities import is_quantity

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
AssetKind = Literal["province", "zone", "substation", "transformer", "feeder", "water_plant", "pump_station", "reservoir", "dma", "meter"]
RuleKind = Literal["limit", "silence", "supply_order", "forecast"]


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
    """Which assets a rule watches: all of a kind, or those of some zones, or those named."""

    kind: AssetKind
    zones: tuple[Id, ...] = ()
    assets: tuple[Id, ...] = ()


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
        if value in set(Measure):
            return Measure(value)
        if not is_quantity(value):
            raise ValueError(f"{value!r} is neither a quantity of the vocabulary nor one of {', '.join(Measure)}")
        return value

    @model_validator(mode="after")
    def _fits_what_it_watches(self) -> Self:
        if isinstance(self.measure, Measure) and self.watches.kind == "zone" and self.utility is None:
            raise ValueError("utilisation of a zone needs utility: power or water")
        if self.watches.kind == "province":
            raise ValueError("a limit watches assets or meters, not the province")
        return self


class SilenceRule(_Rule):
    """A meter, or a share of a zone's or the province's meters, has sent nothing for several of its own intervals."""

    kind: Literal["silence"]
    intervals: int = Field(default=3, ge=1)
    at_least_s: int = Field(default=300, ge=0)
    share: float | None = Field(default=None, gt=0, le=1, description="Of the meters below; for zones and the province.")
    clears_below: float | None = Field(default=None, ge=0, lt=1, description="Share below which it clears; half of `share` by default.")

    @model_validator(mode="after")
    def _share_where_it_belongs(self) -> Self:
        if (self.watches.kind == "meter") == (self.share is not None):
            raise ValueError("share belongs to silence of a zone or the province, and only there")
        if self.watches.kind not in {"meter", "zone", "province"}:
            raise ValueError("silence watches kind meter, zone or province")
        if self.share is not None and self.clears_below is not None and self.clears_below >= self.share:
            raise ValueError("clears_below must lie below share")
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
    clear_probability: float = Field(default=0.05, ge=0, lt=1)
    clear_runs: int = Field(default=2, ge=1, description="Forecasts in a row that must be clear before it is withdrawn.")
    power_factor: float = Field(default=0.9, gt=0, le=1, description="Stands in while the live one is not known.")

    @model_validator(mode="after")
    def _hysteresis(self) -> Self:
        if self.clear_probability >= self.raise_probability:
            raise ValueError("clear_probability must lie below raise_probability")
        if self.watches.kind != "zone":
            raise ValueError("a forecast rule watches kind zone")
        return self


Rule = Annotated[LimitRule | SilenceRule | SupplyOrderRule | ForecastRule, Field(discriminator="kind")]


class RuleFile(_Model):
    """The content of a file of rules."""

    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        seen: set[str] = set()
        for rule in self.rules:
            if rule.id in seen:
                raise ValueError(f"two rules are called {rule.id}")
            seen.add(rule.id)
        return self

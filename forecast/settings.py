"""Settings of the forecasting service."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ModelName = Literal["ensemble", "linear", "harmonic-ar", "mstl-ets", "seasonal-naive", "typical-day"]
"""Names of `forecast.models.catalogue`, which is not imported here: it takes a second."""


class ZoneDays(BaseModel):
    """Days of one zone that its country's calendar does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    closures: tuple[date, ...] = ()
    """Days that are not worked: a tenant's shut-down, a decreed holiday."""
    workdays: tuple[date, ...] = ()
    """Make-up working days."""


AssetKind = Literal["substation", "transformer", "feeder", "dma"]


class ForecastSettings(BaseModel):
    """When and how demand is forecast."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: ModelName = "ensemble"
    """Model of zones, of the catalogue; simpler ones stand in where it cannot serve."""
    assets: tuple[AssetKind, ...] = ("substation", "transformer", "feeder", "dma")
    """Kinds of assets whose demand is forecast besides the zones'."""
    assets_model: ModelName = "linear"
    """Their model: `ensemble` is more accurate by a few per cent for five times the processor time."""
    horizon_h: int = Field(168, ge=24, le=1440)
    """How far ahead, hours."""
    every_s: int = Field(3600, ge=900, multiple_of=900)
    """Time between issues, seconds."""
    settle_s: int = Field(120, ge=0, le=900)
    """How long after the hour an issue waits for the last readings to arrive, seconds."""
    history_days: int = Field(400, ge=14)
    """How far back is read."""
    workers: int = Field(2, ge=1)
    """Fitting processes."""
    zones: dict[str, ZoneDays] = {}
    """Zone id -> days that its country's calendar does not know."""

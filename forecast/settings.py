"""Settings of the forecasting service."""

from datetime import date
from pathlib import Path
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


class DriftSettings(BaseModel):
    """When a model is no longer trusted as it is, and what is done then (docs/adr tells the figures behind)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score_days: int = Field(7, ge=1, le=60)
    """Days back for which forecasts are scored again when their final values change."""
    days: int = Field(14, ge=3, le=28)
    """Days of evidence on skill."""
    least_skill: float = Field(0.0, ge=-1, le=1)
    """Least skill over last week, up to 48 h ahead: below it the model learns from the last weeks alone, then last week stands in."""
    coverage_days: int = Field(14, ge=7, le=60)
    """Days of evidence on the bands."""
    least_coverage: float = Field(0.70, ge=0, lt=0.8)
    """Least share of values that P10 to P90 hold; below it they are widened."""
    most_coverage: float = Field(0.90, gt=0.8, le=1)
    """Greatest share; above it they are narrowed."""
    refit_days: int = Field(28, ge=7)
    """Age at which a target that was set back by drift is fitted anew as the settings say."""
    short_history_days: int = Field(70, ge=42)
    """How far back a model learns that has lost its skill."""


class WeatherSettings(BaseModel):
    """What forecasts are told of the weather; nothing by default. One weather serves all zones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    station: str | None = None
    """Meter of the registry whose `temperature` is that of the open air."""
    file: Path | None = None
    """CSV of weather forecasts with the columns issued, time, temperature (degC); read again when it changes."""
    url: str | None = None
    """Address that answers weather forecasts as JSON: a list of {"issue", "time", "temperature"}; asked before every round."""
    timeout_s: float = Field(10.0, gt=0, le=300)
    """How long that address may take."""
    mqtt: bool = False
    """Take weather forecasts, in the same form, from the topic mainsight/v1/weather."""


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
    history_days: int = Field(440, ge=14)
    """How far back is read: 440 reach one lunar new year with its weeks, 1,150 reach three."""
    workers: int = Field(2, ge=1)
    """Fitting processes."""
    reconcile: bool = True
    """Make the forecasts of parts and wholes (feeders, zones, the province) agree."""
    weather: WeatherSettings = WeatherSettings()
    """What is told of the weather."""
    drift: DriftSettings = DriftSettings()
    """When models are set anew."""
    zones: dict[str, ZoneDays] = {}
    """Zone id -> days that its country's calendar does not know."""

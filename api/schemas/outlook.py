"""Outlook: twelve months of energy, peaks and headroom by zone, and the plans that are asked about."""

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.base import Schema, UtilityName

Size = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ApplicationRow(BaseModel):
    """An application for connection: what it asks for, from which local day on, and how probable it is that it comes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zone: str
    mw: Size = 0.0
    m3_day: Size = 0.0
    date: dt.date
    probability: float = Field(ge=0, le=1)


class ProjectRow(BaseModel):
    """More firm capacity of a zone, substation, transformer, feeder or district, from a local day on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asset: str
    mva: Size = 0.0
    m3_day: Size = 0.0
    date: dt.date


class OutlookPlans(BaseModel):
    """Applications and projects: rows, or the text of the CSV files that `mainsight outlook` reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    applications: Annotated[list[ApplicationRow], Field(max_length=10_000)] | str = []
    """As text: columns zone, MW, m3/day, date, probability."""
    projects: Annotated[list[ProjectRow], Field(max_length=10_000)] | str = []
    """As text: columns asset, MVA, m3/day, date."""
    power_factor: float | None = Field(None, gt=0, le=1)
    """To turn MW into MVA; the registry's `planning_power_factor` where none is given."""


class OutlookMonth(Schema):
    """One local month: energy without applications; peak with them; `headroom` is firm less P90, below 0 where P90 passes it."""

    month: dt.date
    energy_p10: float
    energy_p50: float
    energy_p90: float
    peak_p10: float
    peak_p50: float
    peak_p90: float
    firm: float
    headroom: float


class ZoneOutlook(Schema):
    """A zone's months; `first_breach` is the first whose P90 passes firm capacity, null when none does."""

    zone: str
    first_breach: dt.date | None
    months: list[OutlookMonth]


class NoOutlook(Schema):
    """A zone of which nothing can be said yet."""

    zone: str
    why: str


class Outlook(Schema):
    """Zones with an outlook, and those without; peaks, capacity and headroom in `unit`, energy in `energy_unit`."""

    utility: UtilityName
    unit: str
    energy_unit: str
    items: list[ZoneOutlook]
    without: list[NoOutlook]

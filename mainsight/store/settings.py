"""Settings of the stores: which one keeps the time series, and where."""

from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class QuarantineSettings(BaseModel):
    """Bounds of the quarantine: past either, the oldest messages go and are counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_messages: int = Field(default=10_000, ge=1)
    """Most messages kept."""
    max_bytes: int = Field(default=64 * 1024 * 1024, ge=1024)
    """Most bytes of topics and payloads kept."""


class InfluxSettings(BaseModel):
    """An InfluxDB server, 1.x, 2.x or 3: which of them it is, the server says. `mainsight influx init` sets it up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field("http://127.0.0.1:8086", pattern=r"^https?://[^@]+$")
    """Address of the server, without credentials; with https its certificate is verified."""
    database: str = Field("mainsight", min_length=1)
    """Database (1.x, 3) or bucket and the database mapped to it (2.x)."""
    org: str = "mainsight"
    """Organisation, which 2.x asks for."""
    token: SecretStr | None = None
    """Token, for 2.x and 3."""
    user: str | None = None
    """User, for 1.x with authentication on."""
    password: SecretStr | None = None
    """That user's."""
    ca: Path | None = None
    """Certificate of the authority that signed the server's, where the system does not know it."""
    timeout_s: float = Field(30.0, gt=0, le=120)
    """How long one request may take."""


class RetentionSettings(BaseModel):
    """For how many days each level is kept; without a number it is kept for ever. What is older goes once a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    raw_days: int | None = Field(default=None, ge=7)
    """Raw readings, and those they took the place of. Charts, forecasts and bills do without older ones, but nothing that stands on
    them can be computed again."""
    minute_days: int | None = Field(default=None, ge=1)
    """Values by the minute, of meters that report about every minute or oftener."""
    quarter_hour_days: int | None = Field(default=None, ge=62)
    """Final values. Readings older than this are refused. Not less than raw_days; like days of five weeks are needed to estimate."""
    hour_days: int | None = Field(default=None, ge=62)
    """Roll-ups by the hour. Not less than quarter_hour_days; forecasts learn from a year."""
    day_days: int | None = Field(default=None, ge=62)
    """Roll-ups by the day. Not less than hour_days."""
    replaced_days: int | None = Field(default=None, ge=7)
    """Final values that others took the place of: how long a report can be given again as it was."""
    forecast_days: int | None = Field(default=None, ge=31)
    """Forecasts, by the instants they are of. A target's hourly forecasts of a week ahead take about 80 MB a year."""
    score_days: int | None = Field(default=None, ge=62)
    """How good forecasts were, day by day. Models and bands are judged by up to 60 days of it."""
    weather_days: int | None = Field(default=None, ge=62)
    """Forecasts of the weather, by their instant of issue. Models that use the weather learn from those of up to
    forecast.history_days."""

    @model_validator(mode="after")
    def _coarser_is_longer(self) -> Self:
        ladder = ("raw_days", "quarter_hour_days", "hour_days", "day_days")
        for finer, coarser in pairwise(ladder):
            short, long = getattr(self, finer), getattr(self, coarser)
            if long is not None and (short is None or short > long):
                raise ValueError(f"{coarser} is {long} but {finer} is {short or 'for ever'}: keep the coarser level at least as long")
        return self


class StoreSettings(BaseModel):
    """Which store keeps the time series, where the embedded ones keep their files and what they may use."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: Literal["duckdb", "influxdb"] = "duckdb"
    """duckdb: a file, for one process; influxdb: a server, for one or several."""
    influx: InfluxSettings = InfluxSettings()
    """The server, with `engine: influxdb`."""
    readings: Path = Path("data/readings.duckdb")
    """File of the time series, with `engine: duckdb`."""
    state: Path = Path("data/state.sqlite")
    """File of alarms, quarantine, device names, keys and audit (SQLite); with InfluxDB also of what changed and what was replaced."""
    timezone: str = "Asia/Ho_Chi_Minh"
    """Zone whose days the daily roll-ups are of. A file or database is built for one zone and refuses another."""
    memory_mb: int = Field(default=1024, ge=128)
    """Most memory the time-series engine may use, MB."""
    threads: int = Field(default=2, ge=1)
    """Threads of the time-series engine."""
    readers: int = Field(default=3, ge=1)
    """Queries that may run at the same time."""
    quarantine: QuarantineSettings = QuarantineSettings()
    retention: RetentionSettings = RetentionSettings()

"""Settings of the embedded stores."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class QuarantineSettings(BaseModel):
    """Bounds of the quarantine: past either, the oldest messages go and are counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_messages: int = Field(default=10_000, ge=1)
    """Most messages kept."""
    max_bytes: int = Field(default=64 * 1024 * 1024, ge=1024)
    """Most bytes of payload kept."""


class StoreSettings(BaseModel):
    """Where the embedded stores keep their files and what they may use."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    readings: Path = Path("data/readings.duckdb")
    """File of the time series (DuckDB)."""
    state: Path = Path("data/state.sqlite")
    """File of alarms, quarantine, device names, keys and audit (SQLite)."""
    timezone: str = "Asia/Ho_Chi_Minh"
    """Zone whose days the daily roll-ups are of. A file is built for one zone and refuses another."""
    memory_mb: int = Field(default=1024, ge=128)
    """Most memory the time-series engine may use, MB."""
    threads: int = Field(default=2, ge=1)
    """Threads of the time-series engine."""
    readers: int = Field(default=3, ge=1)
    """Queries that may run at the same time."""
    quarantine: QuarantineSettings = QuarantineSettings()

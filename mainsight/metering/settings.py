"""Settings of metering."""

from pydantic import BaseModel, ConfigDict, Field


class MeteringSettings(BaseModel):
    """When final values are computed, and how much at a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every_s: float = Field(default=5.0, gt=0)
    """Pause between looks for changed readings while there are none."""
    grace_s: int = Field(default=45, ge=0)
    """How long after its end an interval waits for readings on their way. Later ones make it computed again."""
    stretches: int = Field(default=4000, ge=1)
    """Most changed stretches taken in one turn."""
    chunk_meters: int = Field(default=1024, ge=1)
    """Meters computed together, at most."""
    chunk_readings: int = Field(default=500_000, ge=1000)
    """Readings held in memory at a time, about."""

"""Settings of the simulated province."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class SimulatorSettings(BaseModel):
    """What the simulated province is like.

    `peak_mva` says how heavily each substation is loaded: its greatest apparent power on an ordinary working day about
    `peaks_on`. Substations that are not listed get a usual share of what they can carry with one transformer out. Changing any
    of these changes the whole history.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 1
    epoch: date = date(2026, 1, 1)
    """Day (UTC) on which registers and tanks begin to be integrated. Keep it for as long as a store's history is kept."""
    peaks_on: date = date(2026, 7, 1)
    """Day whose season and state of growth all peaks are meant for."""
    growth_per_year: float = Field(default=0.08, ge=-0.5, le=1.0)
    peak_mva: dict[str, float] = Field(default_factory=dict)

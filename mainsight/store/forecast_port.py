"""Port of what is kept beside forecasts: how good they were day by day, when and why models were set anew, weather forecasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray

REACHES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0)
"""Multiples of the distance from P50 to P90 (P10) beyond which values are counted."""
SCORES = "scores"
WEATHER = "weather"
"""What is kept here and grows with time, by the names that retention gives it."""


@dataclass(frozen=True, slots=True)
class DayScore:
    """What was said about one local day of a target from one block of lead times, against what happened: sums, so that days add up.

    Values are in the target's unit; each row of each issue counts once. Last week is that of the same time 168 h before.

    Attributes:
        target, quantity: what was forecast.
        day: local date, ISO.
        block_h: the block's greatest lead, hours (`forecast.scores.BLOCKS_H`).
        n: rows compared.
        volume: sum of absolute values.
        error: sum of absolute errors of P50.
        bias: sum of P50 less value.
        square: sum of squared errors of P50.
        pinball: sum over rows of the mean pinball loss of the seven quantiles.
        inside: rows with the value within P10 and P90.
        naive_n: rows for which last week's value is known; the following are over these.
        naive_volume: sum of absolute values.
        naive_error: sum of absolute errors of last week again.
        paired_error: sum of absolute errors of P50.
        above, below: rows whose value lies further above (below) P50 than each of `REACHES` times the distance to P90 (P10).
        digest: of what was compared; the same again when nothing changed.
        scored_ms: when it was scored, UTC milliseconds.

    """

    target: str
    quantity: str
    day: str
    block_h: int
    n: int
    volume: float
    error: float
    bias: float
    square: float
    pinball: float
    inside: int
    naive_n: int
    naive_volume: float
    naive_error: float
    paired_error: float
    above: tuple[int, ...]
    below: tuple[int, ...]
    digest: str
    scored_ms: int


@dataclass(frozen=True, slots=True)
class ForecastFit:
    """How a target is forecast from an instant on, and why that was decided.

    Attributes:
        target, quantity: what is forecast.
        since_ms: from when on, UTC milliseconds.
        model: name of the catalogue.
        history_days: how far back it learns; None as far as the settings say.
        spread: (block of lead times, factor below, factor above) on the distance of the quantiles from P50; 1 where a block is absent.
        reason: why, for people.

    """

    target: str
    quantity: str
    since_ms: int
    model: str
    history_days: int | None = None
    spread: tuple[tuple[int, float, float], ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class WeatherIssue:
    """One forecast of the weather, as it was issued and when we heard of it.

    Attributes:
        source: whose: the name of the settings' source.
        issued_ms: instant of issue, UTC milliseconds.
        heard_ms: when it came to us; nothing that was made before may use it.
        time_ms: instants told, ascending, shape (n,).
        temperature: degC, finite, shape (n,).

    """

    source: str
    issued_ms: int
    heard_ms: int
    time_ms: IntArray
    temperature: FloatArray

    def packed(self) -> bytes:
        """Times and temperatures as bytes, little-endian."""
        return self.time_ms.astype("<i8").tobytes() + self.temperature.astype("<f8").tobytes()

    @classmethod
    def unpacked(cls, source: str, issued_ms: int, heard_ms: int, values: bytes) -> "WeatherIssue":
        """Out of what `packed` made."""
        half = len(values) // 2
        time_ms, temperature = np.frombuffer(values[:half], "<i8"), np.frombuffer(values[half:], "<f8")
        return cls(source, issued_ms, heard_ms, time_ms.astype(np.int64), temperature.astype(np.float64))


class ForecastState(Protocol):
    """Scores, fits and weather forecasts, written by who forecasts."""

    async def save_forecast_scores(self, scores: Sequence[DayScore]) -> None:
        """Keep scores of whole days: what is kept of the same target, quantity and day goes, in one transaction."""
        ...

    async def forecast_scores(
        self, target: str | None = None, quantity: str | None = None, *, first: str = "", last: str = "9999"
    ) -> list[DayScore]:
        """Scores of days (ISO dates, both included), in order of target, quantity, day and block."""
        ...

    async def save_forecast_fit(self, fit: ForecastFit) -> None:
        """Keep a decision; the same target, quantity and instant again takes its place."""
        ...

    async def forecast_fits(self, target: str, quantity: str, limit: int = 100) -> list[ForecastFit]:
        """Decisions about a target, latest first."""
        ...

    async def latest_forecast_fits(self) -> list[ForecastFit]:
        """The latest decision about every target."""
        ...

    async def save_weather(self, issues: Sequence[WeatherIssue]) -> None:
        """Keep forecasts of the weather; one that is kept already (same source and issue) stays as it was first heard."""
        ...

    async def weather_issues(self, source: str) -> list[WeatherIssue]:
        """Forecasts of a source, in order of issue."""
        ...

    async def expired_scores(self, before: str) -> int:
        """How many scores `expire_scores` would forget now."""
        ...

    async def expire_scores(self, before: str) -> int:
        """Forget scores of the days before one (ISO date); how many went."""
        ...

    async def expired_weather(self, before_ms: int) -> int:
        """How many forecasts of the weather `expire_weather` would forget now."""
        ...

    async def expire_weather(self, before_ms: int) -> int:
        """Forget forecasts of the weather that were issued before an instant; how many went."""
        ...

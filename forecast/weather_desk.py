"""Weather for forecasts: what was measured, and what had been forecast by the issue; kept with its own issue time.

A source that does not answer, or answers nonsense, costs a forecast its weather and no more: the forecast says so.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from forecast.demand import KEPT_S
from forecast.errors import DataError
from forecast.known import Known
from forecast.weather import WeatherForecasts, between, latest_of_days, read_rows
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.readings import Series
from mainsight.core.zonetime import SECOND_MS, rfc3339
from mainsight.store.forecast_port import ForecastState, WeatherIssue
from mainsight.store.port import TimeSeriesStore

log = logging.getLogger(__name__)
MQTT = "mqtt"
Key = tuple[str, int]
"""Source and instant of issue."""
Source = Callable[[], Awaitable[WeatherForecasts | None]]
"""Gives what it has, None when that is what it gave before; raises `DataError` when it has nothing that can be used."""


@dataclass(slots=True)
class WeatherDesk:
    """Hears of the weather and tells models.

    Attributes:
        store: where a station's final values are.
        state: where forecasts of the weather are kept.
        station: series of the outdoor temperature that is measured, degC; None without.
        sources: name -> where forecasts come from; asked before every round.
        mqtt: whether messages count too.
        clock: now, UTC milliseconds.

    """

    store: TimeSeriesStore
    state: ForecastState
    station: Series | None
    sources: Mapping[str, Source]
    mqtt: bool
    clock: Callable[[], int]
    trouble: dict[str, str] = field(default_factory=dict)
    """Source -> why it gave nothing the last time it was asked."""
    _issues: list[WeatherIssue] | None = None
    _told: WeatherForecasts = field(default_factory=lambda: WeatherForecasts(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)))
    """What was said last of each instant, in order of these."""
    _heard: dict[Key, WeatherIssue] = field(default_factory=dict)

    async def refresh(self) -> None:
        """Ask all sources, and keep what is new.

        Raises:
            StoreError: it could not be kept; the next call tries again.

        """
        await self._load()
        for name, source in self.sources.items():
            try:
                found = await source()
            except DataError as error:
                if self.trouble.get(name) != str(error):
                    log.warning("no weather from %s: %s", name, error)
                self.trouble[name] = str(error)
                continue
            self.trouble.pop(name, None)
            if found is not None:
                self._hear(name, found)
        heard = dict(self._heard)
        await self.state.save_weather(list(heard.values()))
        for key in heard:
            del self._heard[key]
        self._add(heard)

    def hear(self, payload: bytes) -> None:
        """Take a message; it counts from the next round on.

        Raises:
            ValueError: it is none.

        """
        try:
            self._hear(MQTT, read_rows(payload))
        except DataError as error:
            raise ValueError(str(error)) from error

    async def tell(self, known: Known, horizon: int) -> tuple[Known, str]:
        """Add to a history the temperature that was measured, and that ahead as it had been forecast by the issue.

        Returns:
            What is known with it, and a remark for people: "" where nobody asked for weather.

        Raises:
            StoreError: the station's values could not be read.

        """
        if self.station is None and not self.sources and not self.mqtt:
            return known, ""
        past = await self.measured(known.start_ms, known.step_s)
        ahead_ms = known.ahead_ms(horizon)
        latest = self._latest(known.issue_ms)
        ahead = None if latest is None else between(latest.time_ms, latest.temperature, ahead_ms)
        if ahead is None or not np.isfinite(ahead).any():
            ahead = None
        if not np.isfinite(past).any():
            return known, f"no weather: {self._why('nothing measured or forecast yet')}"
        told = replace(known, temperature=past, temperature_ahead=ahead)
        if latest is None or ahead is None:
            return told, f"weather measured, not forecast: {self._why('no forecast reaches ahead')}"
        late = f" ({self._why('')})" if self.trouble else ""
        return replace(
            told, weather=self._of_days(known.issue_ms)
        ), f"weather as {latest.source} forecast it {rfc3339(latest.issued_ms)}{late}"

    async def measured(self, start_ms: IntArray, step_s: int) -> FloatArray:
        """Temperature of past intervals, degC, shape (n,): the station's, else what was last said of them; NaN where neither.

        Args:
            start_ms: shape (n,), ascending.
            step_s: length of an interval, seconds: 900, 1800 or 3600.

        """
        await self._load()
        if not len(start_ms):
            return np.empty(0)
        told = self._told
        said = between(told.time_ms, told.temperature, start_ms) if len(told.time_ms) else np.full(len(start_ms), np.nan)
        if self.station is None:
            return said
        end_ms = int(start_ms[-1]) + step_s * SECOND_MS
        found = (await self.store.intervals([self.station], int(start_ms[0]), end_ms, KEPT_S[step_s]))[self.station]
        at = np.searchsorted(found.start_ms, start_ms)
        at = np.minimum(at, len(found.value) - 1)
        there = (found.start_ms[at] == start_ms) & np.isfinite(found.value[at])
        return np.where(there, found.value[at], said)

    def _hear(self, source: str, found: WeatherForecasts) -> None:
        for one in _split(source, found, self.clock()):
            self._heard.setdefault(_key(one), one)

    def _why(self, otherwise: str) -> str:
        return "; ".join(f"{name}: {reason}" for name, reason in sorted(self.trouble.items())) or otherwise

    def _latest(self, by_ms: int) -> WeatherIssue | None:
        return next((one for one in reversed(self._issues or []) if one.issued_ms <= by_ms), None)

    def _of_days(self, by_ms: int) -> WeatherForecasts:
        """What had been forecast day by day until then."""
        issues = self._issues or []
        found = latest_of_days(np.array([one.issued_ms for one in issues], np.int64), by_ms)
        return _together([issues[at] for at in found.tolist()])

    async def _load(self) -> None:
        if self._issues is None:
            names = (*self.sources, *([MQTT] if self.mqtt else []))
            kept = [one for name in names for one in await self.state.weather_issues(name)]
            self._add({_key(one): one for one in kept})

    def _add(self, issues: Mapping[Key, WeatherIssue]) -> None:
        """Take issues up; one that is there already stays as it was."""
        before = self._issues or []
        known = {_key(one) for one in before}
        fresh = [one for key, one in issues.items() if key not in known]
        self._issues = sorted([*before, *fresh], key=lambda one: one.issued_ms)
        if fresh:
            self._told = _last_said(self._told, fresh)


def _last_said(before: WeatherForecasts, fresh: Sequence[WeatherIssue]) -> WeatherForecasts:
    """Of each instant what was issued last."""
    new = _together(fresh)
    issued_ms = np.concatenate([before.issued_ms, new.issued_ms])
    time_ms = np.concatenate([before.time_ms, new.time_ms])
    temperature = np.concatenate([before.temperature, new.temperature])
    order = np.lexsort((issued_ms, time_ms))
    last = order[np.append(np.diff(time_ms[order]) > 0, True)]
    return WeatherForecasts(issued_ms[last], time_ms[last], temperature[last])


def _together(issues: Sequence[WeatherIssue]) -> WeatherForecasts:
    """Issues, at least one, put one behind the other."""
    return WeatherForecasts(
        np.concatenate([np.full(len(one.time_ms), one.issued_ms) for one in issues]),
        np.concatenate([one.time_ms for one in issues]),
        np.concatenate([one.temperature for one in issues]),
    )


def _key(one: WeatherIssue) -> Key:
    return one.source, one.issued_ms


def _split(source: str, found: WeatherForecasts, heard_ms: int) -> list[WeatherIssue]:
    issued, first = np.unique(found.issued_ms, return_index=True)
    ends = [*first[1:].tolist(), len(found.issued_ms)]
    return [
        WeatherIssue(source, int(at), heard_ms, found.time_ms[start:end], found.temperature[start:end])
        for at, start, end in zip(issued.tolist(), first.tolist(), ends, strict=True)
    ]

"""Replays series from CSV files as if meters of the network sent them.

A CSV's times are instants; naive ones are local times of the spec's zone. With `shift: weeks` the series is moved by whole
weeks of wall clock so that it ends at most a week before now: weekday and hour of the spec's zone become weekday and hour of
the meter's own zone. Where clocks change, wall clock and instants part: rows of an hour that the target zone skips are left
out, and so is the second of two rows that fall on one wall-clock time (the source's repeated hour); a skipped hour of the
source stays a gap. All are counted.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import RATIO_UNITS, Meter, Network
from mainsight.core.quantities import UnknownQuantityError, quantity
from mainsight.core.units import UnknownUnitError, conversion
from mainsight.core.zonetime import day_start_ms
from mainsight.simulator.curves import DAY_MS
from mainsight.simulator.plan import timezone_of
from mainsight.simulator.publisher import Progress, Publish, Sent, publish_all
from mainsight.simulator.wire import Device, Outgoing

_WEEK = pd.Timedelta(days=7)


class ReplayError(ValueError):
    """A replay cannot be done as asked; the message says which file or column and how to mend it."""


class ReplayColumn(BaseModel):
    """One column of the file, and the series that it becomes: value x scale, in `unit`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    meter: str
    quantity: str
    unit: str
    scale: float = 1.0


class ReplaySpec(BaseModel):
    """A CSV file (plain or .gz) mapped to meters.

    `timezone` is the zone whose weekdays and hours the series follows; it is also that of times without an offset.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Path
    time_column: str
    timezone: str = "UTC"
    shift: Literal["none", "weeks"] = "none"
    columns: tuple[ReplayColumn, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_series_once(self) -> Self:
        series = [(column.meter, column.quantity) for column in self.columns]
        twice = next((s for s in series if series.count(s) > 1), None)
        if twice is not None:
            message = f"two columns become {twice[1]} of meter {twice[0]}"
            raise ValueError(message)
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """A meter's series, ready to be sent: instants (UTC ms, ascending) and values at the terminals by quantity; NaN is a gap."""

    meter: Meter
    time_ms: IntArray
    columns: dict[str, FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """A spec read and moved: series by meter, and rows left out because clocks change."""

    series: tuple[Replayed, ...]
    left_out: int

    def days(self, network: Network) -> Iterator[tuple[int, list[Outgoing]]]:
        """For each UTC day in order: its end, and one plain JSON message per meter that has values on it."""
        devices = [Device(replace(one.meter, protocol="json"), network.id, timezone_of(network, one.meter.asset)) for one in self.series]
        for day in sorted({int(day) for one in self.series for day in np.unique(one.time_ms // DAY_MS)}):
            parts = (_part(device, one, day * DAY_MS) for device, one in zip(devices, self.series, strict=True))
            yield (day + 1) * DAY_MS, [part for part in parts if part is not None]


def _part(device: Device, one: Replayed, day_start_ms: int) -> Outgoing | None:
    first, last = np.searchsorted(one.time_ms, [day_start_ms, day_start_ms + DAY_MS])
    columns = {name: column[first:last] for name, column in one.columns.items()}
    told = ~np.all([np.isnan(column) for column in columns.values()], axis=0)
    if not told.any():
        return None
    return device.buffered(one.time_ms[first:last][told], {name: column[told] for name, column in columns.items()})


def load_replay(spec: ReplaySpec, network: Network, now_ms: int) -> Replay:
    """Read a CSV and map its columns.

    Values of a meter with a CT/VT ratio are divided by the ratio in force, so that what is seen downstream is what the file says.

    Raises:
        ReplayError: the file cannot be read, a column or meter is not there, a unit does not fit its quantity.

    """
    table = _read(spec)
    left_out = 0
    by_meter: dict[str, list[ReplayColumn]] = {}
    for column in spec.columns:
        by_meter.setdefault(column.meter, []).append(column)
    series = []
    for columns in by_meter.values():
        meter = _meter(network, columns)
        time_ms, kept = _instants(table[spec.time_column], spec, timezone_of(network, meter.asset), now_ms)
        left_out += len(table) - int(kept.sum())
        values = {c.quantity: _values(table[c.column].to_numpy(dtype=np.float64)[kept], c, meter, network, time_ms) for c in columns}
        series.append(Replayed(meter, time_ms, values))
    return Replay(tuple(series), left_out)


async def replay_csv(
    spec: ReplaySpec, network: Network, now_ms: int, publish: Publish, *, in_flight: int = 64, progress: Progress | None = None
) -> Sent:
    """Publish a CSV's series: plain JSON, one buffered message per meter and UTC day.

    Raises:
        ReplayError: as `load_replay`.
        ExceptionGroup: of what `publish` raised.

    """
    replay = await asyncio.to_thread(load_replay, spec, network, now_ms)
    sent = Sent(0, 0, 0)
    for day_end_ms, messages in replay.days(network):
        await publish_all(messages, publish, in_flight)
        sent = Sent(sent.messages + len(messages), sent.readings + sum(message.readings for message in messages), day_end_ms)
        if progress is not None:
            progress(sent)
    return sent


def _read(spec: ReplaySpec) -> pd.DataFrame:
    wanted = {spec.time_column, *(column.column for column in spec.columns)}
    try:
        table = pd.read_csv(spec.file, usecols=lambda name: name in wanted)
    except (OSError, UnicodeDecodeError, EOFError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        message = f"{spec.file}: cannot be read as CSV: {error}"
        raise ReplayError(message) from error
    for name in sorted(wanted):
        if name not in table.columns:
            message = f"{spec.file}: there is no column {name!r}; look at its first line"
            raise ReplayError(message)
    for column in spec.columns:
        if not pd.api.types.is_numeric_dtype(table[column.column]):
            message = f"{spec.file}: column {column.column!r} holds something that is not a number"
            raise ReplayError(message)
    return table


def _meter(network: Network, columns: list[ReplayColumn]) -> Meter:
    meter = network.meters.get(columns[0].meter)
    if meter is None:
        near = get_close_matches(columns[0].meter, network.meters, n=1)
        message = f"replay: there is no meter {columns[0].meter!r}" + (f"; did you mean {near[0]}?" if near else "")
        raise ReplayError(message)
    for column in columns:
        try:
            conversion(column.unit, quantity(column.quantity).unit)
        except (UnknownQuantityError, UnknownUnitError) as error:
            message = f"replay: column {column.column!r}: {error}"
            raise ReplayError(message) from error
        if column.quantity not in meter.quantities:
            message = f"replay: meter {meter.id!r} has no {column.quantity!r}; it has: {', '.join(meter.quantities)}"
            raise ReplayError(message)
    return meter


def _instants(column: "pd.Series[Any]", spec: ReplaySpec, target: str, now_ms: int) -> tuple[IntArray, NDArray[np.bool_]]:
    """Instants of the rows that are kept (UTC ms), and which rows those are."""
    try:
        times = pd.to_datetime(column, format="ISO8601")
        zoned = times if times.dt.tz is not None else times.dt.tz_localize(spec.timezone, ambiguous="NaT", nonexistent="NaT")
        wall = zoned.dt.tz_convert(spec.timezone).dt.tz_localize(None)
    except (ValueError, TypeError, AttributeError) as error:
        message = f"{spec.file}: column {column.name!r} does not hold times: {error}"
        raise ReplayError(message) from error
    if spec.shift == "weeks":
        now = pd.Timestamp(now_ms, unit="ms", tz="UTC").tz_convert(target).tz_localize(None)
        moved = (wall + (now - wall.max()) // _WEEK * _WEEK).mask(wall.duplicated())
        zoned = moved.dt.tz_localize(target, ambiguous=np.ones(len(moved), dtype=bool), nonexistent="NaT")
    kept = zoned.notna().to_numpy()
    time_ms = zoned[kept].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[ms]").astype(np.int64)
    if (np.diff(time_ms) <= 0).any():
        message = f"{spec.file}: column {column.name!r} does not ascend; sort the rows by time and keep each time once"
        raise ReplayError(message)
    return time_ms, kept


def _values(raw: FloatArray, column: ReplayColumn, meter: Meter, network: Network, time_ms: IntArray) -> FloatArray:
    to_canonical = conversion(column.unit, quantity(column.quantity).unit)
    values = raw * column.scale * to_canonical.scale + to_canonical.offset
    if not meter.ratios or quantity(column.quantity).unit not in RATIO_UNITS or not len(time_ms):
        return values
    timezone = timezone_of(network, meter.asset)
    since = np.array([day_start_ms(ratio.valid_from, timezone) for ratio in meter.ratios])
    factors = np.array([1.0, *(ratio.factor for ratio in meter.ratios)])
    return np.asarray(values / factors[np.searchsorted(since, time_ms, side="right")], dtype=np.float64)

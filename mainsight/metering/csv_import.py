"""Load profiles and bills from CSV: text in, readings, bills and named problems out. Pure.

Three layouts are told apart by their first line:
- wide: `time` and one column a meter,
- long: `meter`, `quantity`, `time`, `value`, and `unit` where it differs from line to line,
- bills: `meter`, `from`, `to`, and `kwh` or `m3`.

Columns are separated by commas, or by semicolons with decimal commas. Meters go by their id or their device's name.
"""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from mainsight.core.factors import Factors
from mainsight.core.network import Meter
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import DAY_S, SECOND_MS, day_start_ms
from mainsight.metering.bills import Bill
from mainsight.metering.csv_fields import LineError, day, instant, number, to_canonical

_BILLED = {"kwh": "energy_import", "m3": "volume"}


class Stamping(StrEnum):
    """Which end of its interval a profile's time is."""

    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class Options:
    """What the file does not say of itself.

    Attributes:
        timezone: zone of days and of times without an offset.
        arrival_ms: when it is imported, UTC milliseconds.
        quantity: of a wide file.
        unit: of the values where no column says; empty for the canonical one.
        interval_s: length of a profile's intervals, seconds.
        stamping: whether times are starts or ends of intervals. Registers are read at an instant: it does not apply to them.
        applied: ratios that the values have applied already (readings are kept at the meter's terminals); None for none.
        last_day_included: a bill's `to` is its last day, not the day after.

    """

    timezone: str
    arrival_ms: int
    quantity: str = ""
    unit: str = ""
    interval_s: int = 900
    stamping: Stamping = Stamping.START
    applied: Factors | None = None
    last_day_included: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was kept out, and why; lines count from 1."""

    line: int
    reason: str


@dataclass(slots=True)
class Parsed:
    """What a file holds. A line is taken whole or not at all."""

    readings: list[Reading] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def parse(lines: Iterable[str], meters: Iterable[Meter], options: Options) -> Parsed:
    """Read a CSV file of any of the three layouts.

    Args:
        lines: of the file, the header first.
        meters: all that are registered.
        options: what the file does not say.

    Returns:
        Readings in canonical units at the meters' terminals, or bills, and the lines that were kept out.

    """
    source = iter(lines)
    first = next(source, "").lstrip("\ufeff")
    delimiter = ";" if ";" in first else ","
    header = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), [])]
    reader = _Reader({name: meter for meter in meters for name in (meter.device, meter.id)}, options, decimal_comma=delimiter == ";")
    rows = csv.reader(source, delimiter=delimiter)
    try:
        take = reader.layout(header)
    except LineError as error:
        reader.parsed.problems.append(Problem(1, str(error)))
        return reader.parsed
    for row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        line = rows.line_num + 1
        try:
            take(line, _named(header, cells))
        except LineError as error:
            reader.parsed.problems.append(Problem(line, str(error)))
    return reader.parsed


def _named(header: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise LineError(f"{len(cells)} columns where the first line has {len(header)}")
    return dict(zip(header, cells, strict=True))


class _Reader:
    """One file being read."""

    def __init__(self, known: Mapping[str, Meter], options: Options, *, decimal_comma: bool) -> None:
        self._known = known
        self._options = options
        self._comma = decimal_comma
        self._seen: set[tuple[Series, int]] = set()
        self.parsed = Parsed()

    def layout(self, header: list[str]) -> Callable[[int, dict[str, str]], None]:
        """What takes the lines below a header."""
        names = set(header)
        if len(names) < len(header):
            raise LineError("two columns have the same name")
        if {"meter", "from", "to"} <= names and names & _BILLED.keys():
            return self._bill
        if {"meter", "quantity", "time", "value"} <= names:
            return self._long
        if "time" not in names or len(header) == 1:
            raise LineError(
                "the first line must name the columns: time and one a meter; or meter, quantity, time, value; "
                "or meter, from, to, kwh (or m3)"
            )
        for name in names - {"time"}:
            self._meter(name)
        if not self._options.quantity:
            raise LineError("a file with a column a meter does not say what it measures: give the quantity")
        to_canonical(self._options.quantity, self._options.unit, self._options.interval_s)
        return self._wide

    def _meter(self, name: str) -> Meter:
        if name not in self._known:
            raise LineError(f"meter {name!r} is not in the registry")
        return self._known[name]

    def _wide(self, _: int, cells: dict[str, str]) -> None:
        time = cells.pop("time")
        made = [
            self._reading(self._meter(name), self._options.quantity, time, text, self._options.unit) for name, text in cells.items() if text
        ]
        self._take(made)

    def _long(self, _: int, cells: dict[str, str]) -> None:
        unit = cells.get("unit") or self._options.unit
        self._take([self._reading(self._meter(cells["meter"]), cells["quantity"], cells["time"], cells["value"], unit)])

    def _take(self, made: list[Reading]) -> None:
        self.parsed.readings.extend(made)
        self._seen.update((reading.series, reading.time_ms) for reading in made)

    def _reading(self, meter: Meter, name: str, time: str, text: str, unit: str) -> Reading:
        options = self._options
        convert = to_canonical(name, unit, options.interval_s)
        end_stamped = options.stamping is Stamping.END and quantity(name).kind is not Kind.REGISTER
        back_ms = options.interval_s * SECOND_MS if end_stamped else 0
        time_ms = instant(time, options.timezone) - back_ms
        if (Series(meter.id, name), time_ms) in self._seen:  # in autumn the clock shows an hour twice
            time_ms = instant(time, options.timezone, second=True) - back_ms
        value = convert(number(text, decimal_comma=self._comma))
        if options.applied is not None:
            value /= options.applied.of(meter.id, name, time_ms)
        return Reading(meter.id, name, time_ms, value, options.arrival_ms)

    def _bill(self, line: int, cells: dict[str, str]) -> None:
        meter = self._meter(cells["meter"])
        if meter.interval_s < DAY_S:
            raise LineError(
                f"meter {meter.id} sends a value every {meter.interval_s} s, which a bill would contradict; "
                f"bills are for meters read by hand (interval_s of {DAY_S} or more in the registry)"
            )
        told = [(column, cells[column]) for column in _BILLED if cells.get(column)]
        if len(told) != 1:
            raise LineError("it must tell either kwh or m3")
        column, text = told[0]
        amount = number(text, decimal_comma=self._comma)
        start, end = day(cells["from"]), day(cells["to"]) + timedelta(days=self._options.last_day_included)
        if end <= start or amount < 0:
            raise LineError("a bill's end must lie after its start, and its amount must not be negative")
        name = _BILLED[column]
        borders = day_start_ms(start, self._options.timezone), day_start_ms(end, self._options.timezone)
        if self._options.applied is not None:
            amount /= self._options.applied.of(meter.id, name, borders[0])
        self.parsed.bills.append(Bill(Series(meter.id, name), *borders, amount, line))

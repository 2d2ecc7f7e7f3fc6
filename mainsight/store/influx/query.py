"""InfluxQL: names from a list of our own, values bound, so that no text from outside becomes part of a statement."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from mainsight.core.readings import Series

READING = "reading"
FINAL = "final"
ROLLUPS = {900: "rollup_15m", 3600: "rollup_1h", 86_400: "rollup_1d"}
"""Measurement of each step, seconds."""
MINUTES = "rollup_1m"
FORECAST = "forecast"
FORECAST_LATEST = "forecast_latest"
SCHEMA = "mainsight_schema"
BY_SERIES = ("meter", "quantity")
READING_FIELDS = ("v", "lag_s", "flags")
FINAL_FIELDS = ("v", "quality", "rule", "version")
QUANTILE_FIELDS = ("p05", "p10", "p25", "p50", "p75", "p90", "p95")
_NAMES = frozenset(
    {READING, MINUTES, FINAL, *ROLLUPS.values(), FORECAST, FORECAST_LATEST, SCHEMA, *QUANTILE_FIELDS}
    | {*BY_SERIES, "target", "lead"}
    | {*READING_FIELDS, "quality", "rule", "version", "timezone"}
    | {"mean", "min", "max", "last", "sum", "count", "expected"}
    | {"issue", "until", "step_s", "model", "fallback", "inputs", "remarks"}
)
_MS_IN_NS = 1_000_000
_MOST_METERS = 250
"""Meters named in one statement."""


class Value(NamedTuple):
    """A value in a statement; instants are nanoseconds."""

    of: str | int


Part = str | Value


class Statement(NamedTuple):
    """Text and values in turn."""

    parts: tuple[Part, ...]

    def rendered(self) -> str:
        """With values as literals, for servers that bind none (InfluxDB 3)."""
        return "".join(part if isinstance(part, str) else _literal(part.of) for part in self.parts)


def bound(statements: Sequence[Statement]) -> tuple[str, dict[str, str | int]]:
    """Statements as one text with named parameters, and their values."""
    names: dict[str | int, str] = {}
    texts = []
    for statement in statements:
        text = ""
        for part in statement.parts:
            text += part if isinstance(part, str) else "$" + names.setdefault(part.of, f"p{len(names)}")
        texts.append(text)
    return ";".join(texts), {name: value for value, name in names.items()}


def _literal(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def name(identifier: str) -> str:
    """A name of ours, quoted.

    Raises:
        ValueError: it is not one of ours.

    """
    if identifier not in _NAMES:
        raise ValueError(f"{identifier!r} is not a measurement, tag or field of mainsight")
    return f'"{identifier}"'


def select(fields: Iterable[str], measurement: str, where: Sequence[Part], group_by: Sequence[str] = (), tail: str = "") -> Statement:
    """`SELECT fields FROM measurement WHERE ... GROUP BY ... tail`."""
    start = f"SELECT {', '.join(map(name, fields))} FROM {name(measurement)}"  # noqa: S608 - names of ours
    return Statement((*_where(start, where), _grouped(group_by) + tail))


def select_last(field: str, others: Iterable[str], measurement: str, where: Sequence[Part] = (), group_by: Sequence[str] = ()) -> Statement:
    """The latest point of each group: time, `last` (the field) and other fields of the same point."""
    start = f"SELECT {', '.join([f'last({name(field)})', *map(name, others)])} FROM {name(measurement)}"  # noqa: S608 - names of ours
    return Statement((*_where(start, where), _grouped(group_by)))


def counted(field: str, measurement: str, where: Sequence[Part], group_by: Sequence[str] = ()) -> Statement:
    """How many points of each group have a field: `count`."""
    start = f"SELECT count({name(field)}) FROM {name(measurement)}"  # noqa: S608 - names of ours
    return Statement((*_where(start, where), _grouped(group_by)))


def first_of(field: str, measurement: str) -> Statement:
    """The earliest point of all: its time."""
    return Statement((f"SELECT first({name(field)}) FROM {name(measurement)}",))  # noqa: S608 - names of ours


def before(end_ms: int) -> list[Part]:
    """Time before an instant."""
    return ["time < ", Value(end_ms * _MS_IN_NS)]


def delete(measurement: str, where: Sequence[Part]) -> Statement:
    """`DELETE FROM measurement WHERE ...`, which 1.x and 2.x know."""
    return Statement(tuple(_where(f"DELETE FROM {name(measurement)}", where)))  # noqa: S608 - names of ours


def _where(start: str, where: Sequence[Part]) -> list[Part]:
    return [f"{start} WHERE ", *where] if where else [start]


def _grouped(group_by: Sequence[str]) -> str:
    return f" GROUP BY {', '.join(map(name, group_by))}" if group_by else ""


def during(start_ms: int, end_ms: int) -> list[Part]:
    """Time in [start, end)."""
    return ["time >= ", Value(start_ms * _MS_IN_NS), " AND time < ", Value(end_ms * _MS_IN_NS)]


def equal(**tags: str) -> list[Part]:
    """Tags that have these values."""
    parts: list[Part] = []
    for tag, value in tags.items():
        parts += [" AND " if parts else "", f"{name(tag)} = ", Value(value)]
    return parts


def of_series(series: Iterable[Series]) -> Iterator[tuple[str, list[Part]]]:
    """Conditions that together pick series, each of one quantity: (quantity, condition)."""
    meters: dict[str, list[str]] = defaultdict(list)
    for one in dict.fromkeys(series):
        meters[one.quantity].append(one.meter)
    for quantity, named in meters.items():
        for at in range(0, len(named), _MOST_METERS):
            condition = equal(quantity=quantity)
            for n, meter in enumerate(named[at : at + _MOST_METERS]):
                condition += [" OR " if n else " AND (", f"{name('meter')} = ", Value(meter)]
            yield quantity, [*condition, ")"]

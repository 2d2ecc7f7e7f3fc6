"""From a device's number to a value in the quantity's canonical unit, or a reason why not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from typing import Any, Final, cast

from collector.numbers import Reason, RefusedError, number
from mainsight.core.quantities import Kind, quantity
from mainsight.core.units import conversion

_LARGE: Final = (-1e9, 1e9)
_REGISTER: Final = (-1e12, 1e12)
_POSSIBLE: Final[dict[str, tuple[float, float]]] = {
    "voltage": (-1e6, 1e6),
    "current": (-1e6, 1e6),
    "power_factor": (-1.0, 1.0),
    "frequency": (0.0, 1e3),
    "thd_voltage": (0.0, 1e3),
    "thd_current": (0.0, 1e4),
    "unbalance": (0.0, 1e3),
    "tap_position": (-100.0, 100.0),
    "flow": (-1e6, 1e6),
    "pressure": (-1.1, 1e3),
    "level": (-1e3, 1e4),
    "temperature": (-90.0, 500.0),
    "temperature_flow": (-60.0, 500.0),
    "temperature_return": (-60.0, 500.0),
    "temperature_ambient": (-90.0, 100.0),
    "temperature_oil": (-60.0, 300.0),
    "temperature_winding": (-60.0, 400.0),
    "chlorine": (0.0, 1e3),
    "turbidity": (0.0, 1e5),
    "ph": (0.0, 14.0),
    "irradiance": (-100.0, 2e3),
    "rain": (0.0, 1e5),
}
"""What no meter of the kind can read, canonical unit. A meter's own limits are the registry's and are checked later."""

_BINARY: Final[dict[Any, float]] = {0: 0.0, 1: 1.0, "0": 0.0, "1": 1.0, "true": 1.0, "false": 0.0}


def possible_range(base: str, kind: Kind) -> tuple[float, float]:
    """Least and greatest possible value of a quantity, canonical unit."""
    if kind is Kind.STATUS:
        return (0.0, 1.0)
    return _POSSIBLE.get(base, _REGISTER if kind is Kind.REGISTER else _LARGE)


@dataclass(frozen=True, slots=True)
class Column:
    """How one field of a message becomes readings of one quantity.

    Attributes:
        quantity: name of the vocabulary.
        scale, offset: canonical value = number * scale + offset.
        low, high: canonical values outside are refused.
        sentinels: numbers as sent that mean "no value".
        status: a boolean counts (and nothing but 0 and 1 does).
        shift_ms: added to the time (a mean over an interval belongs to its start).
        plain: a number in range is a value: neither status nor sentinels nor shift.

    """

    quantity: str
    scale: float
    offset: float
    low: float
    high: float
    sentinels: frozenset[float] = frozenset()
    status: bool = False
    shift_ms: int = 0
    plain: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plain", not (self.status or self.sentinels or self.shift_ms))

    def read(self, raw: Any) -> float:
        """Convert one value.

        Raises:
            RefusedError: not_a_number, not_finite, sentinel or out_of_range.

        """
        if self.status:
            return self._read_status(raw)
        sent = raw if type(raw) is float else number(raw)
        if sent in self.sentinels:
            raise RefusedError("sentinel")
        value = sent * self.scale + self.offset
        if self.low <= value <= self.high:
            return value
        raise RefusedError("out_of_range" if isfinite(value) else "not_finite")

    def _read_status(self, raw: Any) -> float:
        if type(raw) in {bool, int, float, str}:
            value = _BINARY.get(raw.casefold() if type(raw) is str else raw)
            if value is not None:
                return value
        raise RefusedError("not_a_number" if type(raw) is not float and type(raw) is not int else "out_of_range")

    def read_all(self, raws: Sequence[Any]) -> tuple[list[float | None], Reason | None]:
        """Convert many values; None stays None. What is refused becomes None, with the first reason."""
        if not self.status and not self.sentinels and set(map(type, raws)) <= _PLAIN:
            values = self._read_plain(raws)
            if values is not None:
                return values, None
        return self._read_each(raws)

    def _read_plain(self, raws: Sequence[float]) -> list[float | None] | None:
        """Convert numbers all at once; None when one of them is refused."""
        scale, offset = self.scale, self.offset
        try:
            values = [raw * scale + offset for raw in raws] if offset or scale != 1.0 else list(map(float, raws))
        except OverflowError:
            return None
        if values and self.low <= min(values) and max(values) <= self.high and isfinite(sum(values)):
            return cast("list[float | None]", values)
        return None

    def _read_each(self, raws: Sequence[Any]) -> tuple[list[float | None], Reason | None]:
        values: list[float | None] = []
        reason: Reason | None = None
        for raw in raws:
            try:
                values.append(None if raw is None else self.read(raw))
            except RefusedError as refused:
                values.append(None)
                reason = reason or refused.reason
        return values, reason


_PLAIN: Final = {float, int}


@lru_cache(maxsize=4096)
def column(name: str, unit: str, *, sentinels: frozenset[float] = frozenset()) -> Column:
    """Column of a quantity sent in a unit.

    Raises:
        UnknownQuantityError, UnknownUnitError: not in the vocabulary, or the unit is not of the quantity's dimension.

    """
    what = quantity(name)
    to_canonical = conversion(unit, what.unit)
    low, high = possible_range(what.base, what.kind)
    return Column(name, to_canonical.scale, to_canonical.offset, low, high, sentinels, status=what.kind is Kind.STATUS)

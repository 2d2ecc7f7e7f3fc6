"""Two fields of one record for one quantity (`power_kw`, `power_w`): they must tell the same, as far as each is written."""

import re
from typing import Any, Final, NamedTuple

from collector.normalise import Column

_DECIMALS: Final = re.compile(r"[+-]?\d*\.?(\d*)(?:[eE]([+-]?\d{1,3}))?", re.ASCII)
_SLACK: Final = 1.000001


class Sent(NamedTuple):
    """A value in the canonical unit, with the least step of the number as it was written."""

    name: str
    column: Column
    value: float
    step: float


def sent(name: str, column: Column, raw: Any, value: float) -> Sent:
    """Note a value that was read."""
    found = _DECIMALS.fullmatch(str(raw))
    step = 0.0 if found is None else 10.0 ** (int(found[2] or 0) - len(found[1].rstrip("0") if type(raw) is float else found[1]))
    return Sent(name, column, value, step * abs(column.scale))


def finest(values: list[Sent]) -> Sent | None:
    """Of several values of one quantity the one that was written finest; None when another is not its rounding."""
    best = min(values, key=lambda value: value.step)
    agree = all(abs(value.value - best.value) <= (value.step + best.step) / 2 * _SLACK for value in values)
    return best if agree else None

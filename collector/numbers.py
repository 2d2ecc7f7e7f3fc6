"""Numbers as devices write them, and what is refused.

Python's own `float()` takes `1_000`, Arabic digits, `nan` and `infinity`; none of these is a number here.
"""

import re
from math import isfinite
from typing import Any, Final, Literal

Reason = Literal[
    "too_large",
    "too_deep",
    "bad_topic",
    "not_decodable",
    "unknown_format",
    "needs_mapping",
    "needs_birth",
    "not_finite",
    "not_a_number",
    "out_of_range",
    "sentinel",
    "stale",
    "history",
    "no_unit",
    "too_many_fields",
]
"""Why a message or a field gave no reading: the closed list of `mainsight decode`."""

_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_NOT_FINITE: Final = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


class RefusedError(ValueError):
    """A field that is no reading; `reason` is from the closed list."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def number(raw: Any) -> float:
    """Read a number from a decoded JSON value or a text.

    A text counts only when it is an ASCII decimal number and nothing else (`-0012.50`, `1e3`); a boolean never does.

    Raises:
        RefusedError: not_a_number or not_finite.

    """
    kind = type(raw)
    if kind is float:
        value = raw
    elif kind is int:
        try:
            value = float(raw)
        except OverflowError:
            raise RefusedError("not_finite") from None
    elif kind is str:
        value = _from_text(raw)
    else:
        raise RefusedError("not_a_number")
    if not isfinite(value):
        raise RefusedError("not_finite")
    return float(value)


def is_number(raw: Any) -> bool:
    """Whether a value is what `number` reads."""
    try:
        number(raw)
    except RefusedError:
        return False
    return True


def _from_text(text: str) -> float:
    if _NUMBER.fullmatch(text):
        return float(text)
    raise RefusedError("not_finite" if _NOT_FINITE.fullmatch(text) else "not_a_number")

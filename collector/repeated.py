"""Keys that one JSON object holds twice: no parser says which value is meant, and most take the last one in silence.

It does happen: scripts that users write give two values of a meter one name.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

_KEY_END: Final = b'":'
"""How keys end; with a space before the colon, as few write, repeated ones are not found."""


def has_repeated(payload: bytes, parsed: dict[str, Any] | list[Any]) -> bool:
    """Whether more keys may be written than were parsed."""
    written = payload.count(_KEY_END)
    return written > len(parsed) and written > _keys(parsed)  # most objects are flat, and this is the hot path


def without_repeated(payload: bytes, parsed: Any) -> tuple[Any, tuple[str, ...]]:
    """Parse once more and leave out what is written twice; which keys these are. What cannot be parsed so is as it was."""
    repeated: dict[str, None] = {}

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    repeated[key] = None
                    found.pop(key, None)
                seen.add(key)
        return found

    try:
        cleared = json.loads(payload, object_pairs_hook=once)
    except ValueError:
        return parsed, ()
    return (cleared, tuple(repeated)) if repeated else (parsed, ())


def _keys(parsed: dict[str, Any] | list[Any]) -> int:
    """How many keys there are in all."""
    values: Iterable[Any] = parsed
    count = 0
    if type(parsed) is dict:
        values, count = parsed.values(), len(parsed)
    for value in values:
        kind = type(value)
        if kind is dict or kind is list:
            count += _keys(value)
    return count

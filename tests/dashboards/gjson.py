"""The part of GJSON that our selectors use, in Python: the Infinity data source selects rows and cells by GJSON.

`gjson_cases.json` holds what GJSON itself (v1.20.1, Go) gave for each form; a test holds this to it. Anything else is refused.
"""

import re
from typing import Any

_QUERY = re.compile(r'#\((\w+)=="([^"]*)"\)')
_COLUMNS = re.compile(r"\{(\w+(?:,\w+)*)\}\|@group")


class NotThereError(Exception):
    """The path leads nowhere; or this is not a form we use."""


def get(value: Any, path: str) -> Any:
    """What a path leads to.

    Raises:
        NotThereError: nothing.

    """
    if path == "":
        return value
    if columns := _COLUMNS.fullmatch(path):
        names = columns[1].split(",")
        return [dict(zip(names, row, strict=True)) for row in zip(*(get(value, name) for name in names), strict=True)]
    if path.endswith("|@flatten"):
        return [inner for one in get(value, path.removesuffix("|@flatten")) for inner in (one if isinstance(one, list) else [one])]
    return _walk(value, re.findall(r"#\([^)]*\)|[^.]+", path))


def _walk(value: Any, parts: list[str]) -> Any:
    if not parts:
        return value
    part, *rest = parts
    if part == "#" and isinstance(value, list):
        return [_walk(one, rest) for one in value if _has(one, rest)]
    if (query := _QUERY.fullmatch(part)) and isinstance(value, list):
        for one in value:
            if one.get(query[1]) == query[2]:
                return _walk(one, rest)
    elif part.isdecimal() and isinstance(value, list) and int(part) < len(value):
        return _walk(value[int(part)], rest)
    elif isinstance(value, dict) and part in value:
        return _walk(value[part], rest)
    raise NotThereError(".".join(parts))


def _has(value: Any, parts: list[str]) -> bool:
    try:
        _walk(value, parts)
    except NotThereError:
        return False
    return True

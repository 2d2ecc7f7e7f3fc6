"""Formats of messages: one module each, its samples beside it in `samples/<module>.jsonl`.

A further profile is one module that offers a class `Profile` (see `collector.envelope.Profile`) and its samples; it is
found by being here.
"""

import pkgutil
from functools import cache
from typing import Final

_LAST: Final = frozenset({"homeassistant"})
"""Recognised after all others: they read topics of any shape, which others may know better."""


@cache
def profile_names() -> tuple[str, ...]:
    """Names of all profiles, in the order they are tried: the alphabet's, but for the last; nothing is imported for it."""
    return tuple(sorted((module.name for module in pkgutil.iter_modules(__path__)), key=lambda name: (name in _LAST, name)))

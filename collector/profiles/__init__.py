"""Formats of messages: one module each, its samples beside it in `samples/<module>.jsonl`.

A further profile is one module that offers a class `Profile` (see `collector.envelope.Profile`) and its samples; it is
found by being here.
"""

import pkgutil
from functools import cache


@cache
def profile_names() -> tuple[str, ...]:
    """Names of all profiles, in order of the alphabet; nothing is imported for it."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")))

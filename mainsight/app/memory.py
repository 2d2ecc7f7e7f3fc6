"""How Python's search for reference cycles is set for a process that makes readings by the ten thousand."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG, _MIDDLE, _OLD = 50_000, 20, 100


@contextmanager
def calm_garbage_collector() -> Iterator[None]:
    """Leave what lives by now out of the search for cycles and search less often, while the context lasts.

    Readings are named tuples, which CPython looks through again and again though they are never in a cycle: at its
    default of every 700 new objects a third of the decoder's CPU goes there. Reference counting frees them all the same.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()

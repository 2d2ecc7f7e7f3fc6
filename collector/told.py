"""What devices tell of themselves before they send values, kept by topic: bounded, the oldest goes first."""

from collections import OrderedDict
from typing import Final, Generic, TypeVar

_T = TypeVar("_T")
_MOST: Final = 50_000
_LONGEST: Final = 1_024


class Told(Generic[_T]):
    """A bounded memory by name."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _T] = OrderedDict()

    def get(self, name: str) -> _T | None:
        """What was told of a name."""
        return self._kept.get(name)

    def put(self, name: str, told: _T) -> None:
        """Keep what was told of a name, instead of what was told before; names that are absurdly long are not kept."""
        if len(name) > _LONGEST:
            return
        self._kept[name] = told
        self._kept.move_to_end(name)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def forget(self, name: str) -> None:
        """Drop what was told of a name."""
        self._kept.pop(name, None)

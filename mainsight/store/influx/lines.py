"""Line protocol: points as text, and the series this process knows."""

import re
from collections.abc import Iterable

import numpy as np

from mainsight.core.intervals import IntArray
from mainsight.core.readings import Series
from mainsight.store.batch import Batch
from mainsight.store.influx.query import READING

NEVER = np.iinfo(np.int64).min
_SPECIAL = re.compile(r"([,= ])")
_ESCAPED = r"\\\1"
_WRITABLE = re.compile(r"[^\x00-\x1f\\]+")


def writable(tag: str) -> bool:
    """Whether line protocol can carry a text as a tag's value: not empty, no control characters, no backslash."""
    return _WRITABLE.fullmatch(tag) is not None


def tags(**values: str) -> str:
    """`tag=value,tag=value`, escaped.

    Raises:
        ValueError: a value cannot be a tag.

    """
    for tag, value in values.items():
        if not writable(value):
            raise ValueError(f"{tag} {value!r} cannot be kept: it is empty or has control characters or a backslash")
    return ",".join(f"{tag}={_SPECIAL.sub(_ESCAPED, value)}" for tag, value in values.items())


def text(value: str) -> str:
    """A text as the value of a field."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Known:
    """Series by number, with the tags of each and the latest device time this process knows of."""

    def __init__(self) -> None:
        """No series is known."""
        self.ids: dict[tuple[str, str], int] = {}
        self.series: list[Series] = []
        self.tags: list[str] = []
        self.last_ms: IntArray = np.full(0, NEVER, np.int64)

    def register(self, series: Iterable[Series]) -> None:
        """Give numbers to series that have none; their meters are `writable`."""
        for one in series:
            if one not in self.ids:
                self.ids[one] = len(self.series)
                self.series.append(one)
                self.tags.append(tags(meter=one.meter, quantity=one.quantity))
        if len(self.series) > len(self.last_ms):
            grown = np.full(2 * len(self.series), NEVER, np.int64)
            grown[: len(self.last_ms)] = self.last_ms
            self.last_ms = grown

    def reading_lines(self, batch: Batch) -> list[str]:
        """Readings as lines."""
        of = self.tags
        rows = zip(*(column.tolist() for column in batch), strict=True)
        return [f"{READING},{of[one]} v={value},lag_s={lag}i,flags={flags}i {at}" for one, at, value, lag, flags in rows]

"""What all derivations offer, and the trail of readings that most of them keep."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from mainsight.alarms.signal import Sample
from mainsight.core.readings import Series


class Fed(NamedTuple):
    """A reading as derivations take it: ratio applied; `doubted` where it is outside its limits or its device doubts it."""

    series: Series
    at_ms: int
    value: float
    doubted: bool = False


class Derivation(Protocol):
    """Turns readings of some series into samples of one alarm point."""

    @property
    def inputs(self) -> tuple[Series, ...]:
        """Series it needs; with the first gone silent, the point is unknown (where `ends_with_input`)."""
        ...

    @property
    def ends_with_input(self) -> bool:
        """Whether silence of the first input makes the value unknown."""
        ...

    @property
    def looks_back_ms(self) -> int:
        """How much of the past it needs before it gives right samples."""
        ...

    def take(self, fed: Sequence[Fed]) -> list[Sample]:
        """Samples that readings give, in any order; those given before for the same instants are replaced."""
        ...


class Trail:
    """Values in order of time, each instant once."""

    def __init__(self) -> None:
        """Start empty."""
        self.at: list[int] = []
        self.value: list[float] = []
        self.closed_ms = 0
        """Values up to this instant are too late."""

    def __len__(self) -> int:
        """Number of values."""
        return len(self.at)

    def put(self, at_ms: int, value: float) -> int | None:
        """Put a value in its place, or in that of the one of its instant; its index, None where nothing has changed."""
        if at_ms <= self.closed_ms:
            return None
        if not self.at or at_ms > self.at[-1]:
            self.at.append(at_ms)
            self.value.append(value)
            return len(self.at) - 1
        index = bisect_left(self.at, at_ms)
        if self.at[index] != at_ms:
            self.at.insert(index, at_ms)
            self.value.insert(index, value)
            return index
        if self.value[index] == value:
            return None
        self.value[index] = value
        return index

    def forget(self, number: int) -> None:
        """Drop the oldest; nothing is put before them any more."""
        if number:
            self.closed_ms = self.at[number - 1]
        del self.at[:number]
        del self.value[:number]

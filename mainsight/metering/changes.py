"""Ratios and exchanges of meters over time: what the registry says, overlaid with what people entered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from mainsight.core.factors import Steps, factor_steps
from mainsight.core.network import Meter
from mainsight.store.metering_port import MeterChange, entered_factors


@dataclass(frozen=True, slots=True)
class Exchange:
    """A register that was put in another's place: last reading of the old one, first of the new one, at the terminals."""

    at_ms: int
    last: float
    first: float


@dataclass(frozen=True, slots=True)
class Basis:
    """What a meter's final values are computed with, besides its readings.

    Attributes:
        ratios: factor by its first instant; 1 before the first.
        exchanges: quantity -> exchanges of its register, in order of time.

    """

    ratios: Steps = ()
    exchanges: tuple[tuple[str, tuple[Exchange, ...]], ...] = ()

    @classmethod
    def of(cls, meter: Meter, changes: Iterable[MeterChange], timezone: str) -> "Basis":
        """Take the registry's ratios, and of the changes that stand the latest made of those of one instant.

        Ratios of the registry hold from the start of a local day of `timezone`.
        """
        standing = sorted((one for one in changes if one.undone is None and one.meter == meter.id), key=lambda one: one.id)
        ratios = factor_steps(meter, entered_factors(standing).get(meter.id, ()), timezone)
        registers: dict[str, dict[int, Exchange]] = {}
        for change in standing:
            for name, (last, first) in change.registers.items():
                registers.setdefault(name, {})[change.from_ms] = Exchange(change.from_ms, last, first)
        exchanges = tuple((name, tuple(found[at] for at in sorted(found))) for name, found in sorted(registers.items()))
        return cls(ratios, exchanges)

    def exchanges_of(self, name: str) -> tuple[Exchange, ...]:
        """Exchanges of one register."""
        return next((found for quantity, found in self.exchanges if quantity == name), ())

    def text(self) -> str:
        """As it is kept beside the final values."""
        return orjson.dumps(self._entries()).decode()

    def _entries(self) -> list[list[object]]:
        ratios: list[list[object]] = [[at, "", factor, 0.0] for at, factor in self.ratios]
        return ratios + [[one.at_ms, name, one.last, one.first] for name, found in self.exchanges for one in found]

    def differs_from(self, kept: str) -> tuple[int, bool] | None:
        """Since when it differs from a kept text, and whether in a ratio (else only registers count); None where it does not."""
        before, now = ({tuple(entry) for entry in entries} for entries in (orjson.loads(kept), self._entries()))
        apart = before ^ now
        if not apart:
            return None
        return min(int(entry[0]) for entry in apart), any(entry[1] == "" for entry in apart)


def in_force(changes: Sequence[MeterChange]) -> dict[str, list[MeterChange]]:
    """Changes that stand, by meter."""
    found: dict[str, list[MeterChange]] = {}
    for change in changes:
        if change.undone is None:
            found.setdefault(change.meter, []).append(change)
    return found

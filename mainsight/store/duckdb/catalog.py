"""Series and their numbers, and what the writer remembers of each."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.quantities import quantity
from mainsight.core.readings import Series
from mainsight.store.duckdb.engine import Connection, fetch, milliseconds, transaction
from mainsight.store.marks import Marks, Stretch
from mainsight.store.port import Level

Ids = NDArray[np.int32]
Place = tuple[str, str]
"""Zone and quantity."""
Weighted = tuple[Ids, FloatArray]
"""Numbers of series and their weights, shapes (n,)."""
NEVER = np.iinfo(np.int64).min


class Catalog:
    """Numbers of all series, and the latest device time of each. Changed by the writing thread alone."""

    def __init__(self, zone_of: Callable[[str], str | None]) -> None:
        """Start empty; `zone_of` gives the zone a meter belongs to."""
        self._zone_of = zone_of
        self._clear(0)

    def _clear(self, number: int) -> None:
        self.ids: dict[tuple[str, str], int] = {}
        self.series: dict[int, Series] = {}
        self.last_ms: IntArray = np.full(0, NEVER, np.int64)
        self.marks: Marks[int] = Marks(number)
        self.rules: dict[str, int] = {}
        self.kept_from: dict[Level, int] = {}
        self._places: dict[tuple[str, str], Place] = {}
        self._members: dict[Place, list[int]] = {}
        self._next = 0

    def load(self, connection: Connection) -> None:
        """Read everything from the file."""
        self._clear(self.marks.number)
        for one, zone, meter, name in connection.execute("SELECT id, zone, meter, quantity FROM series ORDER BY id").fetchall():
            self._keep(one, zone, Series(meter, name))
        last = fetch(connection, "SELECT series, ts FROM last")
        self.last_ms[last["series"]] = milliseconds(last["ts"])
        dirty = connection.execute("SELECT series, epoch_ms(start), epoch_ms(stop) FROM dirty ORDER BY rowid").fetchall()
        self.marks.touch(Stretch(*row) for row in dirty)
        self.rules = {name: one for one, name in connection.execute("SELECT * FROM rule").fetchall()}
        kept = connection.execute("SELECT level, epoch_ms(since) FROM retention").fetchall()
        self.kept_from = {Level(level): since_ms for level, since_ms in kept}

    def _keep(self, one: int, zone: str, series: Series) -> None:
        self.ids[series] = one
        self.series[one] = series
        self._places[series] = place = zone, series.quantity
        self._members.setdefault(place, []).append(one)
        self._next = max(self._next, one + 1)
        if one >= len(self.last_ms):
            grown = np.full(max(2 * len(self.last_ms), self._next), NEVER, np.int64)
            grown[: len(self.last_ms)] = self.last_ms
            self.last_ms = grown

    def register(self, connection: Connection, new: Iterable[Series]) -> None:
        """Give numbers to series, durably, those of a zone together. Their quantities are in the vocabulary.

        Numbers have no gaps: where every series reports at every instant, the next row's number is one more than the last,
        which DuckDB stores in no space at all. With a gap at each zone's end it took 1.2 bytes a reading.
        """
        placed = sorted((self._zone_of(series.meter) or "", series) for series in new)
        rows = [(one, zone, series) for one, (zone, series) in enumerate(placed, self._next)]
        with transaction(connection):
            connection.executemany(
                "INSERT INTO series VALUES (?, ?, ?, ?, ?)",
                [(one, zone, *series, str(quantity(series.quantity).kind)) for one, zone, series in rows],
            )
        for row in rows:
            self._keep(*row)

    def known(self, series: Iterable[Series]) -> list[Series]:
        """Those of the series that have a number."""
        return [one for one in series if one in self.ids]

    def numbers(self, series: Sequence[Series]) -> Ids:
        """Numbers of known series, shape (n,)."""
        return np.array([self.ids[one] for one in series], np.int32)

    def place(self, series: Series) -> Place:
        """Zone and quantity that a known series is counted under."""
        return self._places[series]

    def zones(self, weights: Mapping[Series, float], least: float) -> dict[Place, float]:
        """Zones and quantities of whose series at least that share is asked for, with one and the same weight, and that weight."""
        counts: Counter[Place] = Counter()
        weight: dict[Place, float] = {}
        mixed: set[Place] = set()
        for series, one in weights.items():
            place = self._places.get(series)
            if place is not None:
                counts[place] += 1
                if weight.setdefault(place, one) != one:
                    mixed.add(place)
        return {at: one for at, one in weight.items() if at not in mixed and counts[at] >= least * len(self._members[at])}

    def lacking(self, zones: Mapping[Place, float], asked: Iterable[Series]) -> Weighted:
        """Series of zones that are not asked for, with the weights of their zones."""
        known = {self.ids[one] for one in asked}
        rows = [(one, weight) for place, weight in zones.items() for one in self._members[place] if one not in known]
        return np.array([one for one, _ in rows], np.int32), np.array([weight for _, weight in rows], np.float64)

    def province(self, whole: Mapping[Place, float]) -> tuple[float, str] | None:
        """Weight and quantity, where zones are all there are of one quantity and have one weight: they need not be picked out."""
        weights, names = set(whole.values()), {name for _, name in whole}
        if len(weights) != 1 or len(names) != 1:
            return None
        [weight], [name] = weights, names
        return (weight, name) if len(whole) == sum(of == name for _, of in self._members) else None

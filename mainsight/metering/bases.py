"""Ratios and exchanges in force, and what has to be computed again because they changed."""

import logging
from collections.abc import Callable, Sequence

from mainsight.core.network import RATIO_UNITS, Meter, Network
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Series
from mainsight.core.zonetime import rfc3339
from mainsight.metering.changes import Basis, in_force
from mainsight.metering.kin import Kin
from mainsight.metering.values import SLOT_MS
from mainsight.store.metering_port import MeterChange, MeteringState
from mainsight.store.port import Dirty, Level, TimeSeriesStore

logger = logging.getLogger(__name__)
_TOLD = 5
"""Meters named in one warning."""


class Bases:
    """What final values of each meter stand on besides readings; notices changes of the registry's files and of people alike.

    What final values were last computed with is kept beside them. Where that differs from what holds now, everything from the
    first difference on is marked, and computed again like what readings changed; only then is the new basis kept. One who dies in
    between marks it again.
    """

    def __init__(self, store: TimeSeriesStore, state: MeteringState, network: Network, kin: Kin, clock: Callable[[], int]) -> None:
        """`clock` gives UTC milliseconds."""
        self._store = store
        self._state = state
        self._network = network
        self._kin = kin
        self._clock = clock
        self._changes: list[MeterChange] | None = None
        self._of: dict[str, Basis] = {}

    def of(self, meter: str) -> Basis:
        """The basis of a meter; nothing for one that is not registered."""
        return self._of.get(meter, Basis())

    async def follow(self) -> bool:
        """Look for changes and mark what they move; whether there were any."""
        changes = await self._state.meter_changes()
        if changes == self._changes:
            return False
        standing = in_force(changes)
        now = {
            meter.id: Basis.of(meter, standing.get(meter.id, ()), self._kin.place(meter.id).timezone)
            for meter in self._network.meters.values()
        }
        kept = await self._state.bases()
        stretches = [
            stretch
            for meter, basis in now.items()
            if meter in kept and (apart := basis.differs_from(kept[meter])) is not None
            for stretch in self._moved(self._network.meters[meter], *apart)
        ]
        if stretches:
            await self._warn(stretches)
            await self._store.mark(stretches)
        fresh = {meter: text for meter, basis in now.items() if kept.get(meter) != (text := basis.text())}
        if fresh:
            await self._state.save_bases(fresh)
        self._of, self._changes = now, changes
        return True

    async def _warn(self, stretches: Sequence[Dirty]) -> None:
        """Say which values a change of the registry's files cannot move any more; over the API such a change is refused."""
        since_ms = (await self._store.kept_from()).get(Level.RAW, 0)
        meters = sorted({one.series.meter for one in stretches if one.start_ms < since_ms})
        if meters:
            told = f"{', '.join(meters[:_TOLD])}{' and others' if len(meters) > _TOLD else ''}"
            logger.warning("readings before %s are gone: ratios and exchanges of %s change nothing before it", rfc3339(since_ms), told)

    def _moved(self, meter: Meter, since_ms: int, ratio: bool) -> list[Dirty]:
        """What a change of a meter since an instant moves."""
        end_ms = -(-self._clock() // SLOT_MS) * SLOT_MS
        start_ms = since_ms // SLOT_MS * SLOT_MS
        if end_ms <= start_ms:
            return []
        names = [
            name for name in meter.quantities if quantity(name).kind is Kind.REGISTER or (ratio and quantity(name).unit in RATIO_UNITS)
        ]
        return [Dirty(Series(meter.id, name), start_ms, end_ms) for name in names]

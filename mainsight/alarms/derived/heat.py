"""A transformer's temperatures from its load and the ambient temperature, by IEC 60076-7.

A reading holds until the next one of its kind: the temperature at an instant follows from the loads before it.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from math import isnan, nan
from typing import Any, Literal, NamedTuple

from mainsight.alarms.derived.port import Fed
from mainsight.alarms.signal import Sample
from mainsight.core.kpi import ThermalModel, ThermalState, ageing_rate, apparent_power, heat, steady_state
from mainsight.core.readings import Series
from mainsight.core.zonetime import DAY_S, HOUR_MS, MINUTE_MS, SECOND_MS

_DAY_MS = DAY_S * SECOND_MS
_MARK_MS = 15 * MINUTE_MS
_KVA_PER_MVA = 1e3


class _Hot(NamedTuple):
    """What is known after a reading: temperatures, the newest ambient temperature and powers, life lost so far (hours)."""

    at_ms: int
    state: ThermalState | None
    newest: tuple[float, ...]
    lost_h: float


class Heat:
    """Hot-spot or top-oil temperature, degC, or hours of life lost in the last 24 h.

    It begins in the steady state of the first load, or with what `restore` gives.
    """

    ends_with_input = True

    def __init__(
        self,
        model: ThermalModel,
        measure: Literal["hot_spot", "top_oil", "loss_of_life"],
        *,
        upgraded_paper: bool,
        rated_mva: float,
        ambient_c: float,
        power: Series,
        reactive: Series | None,
        ambient: Series | None,
        lateness_ms: int,
    ) -> None:
        """Watch a transformer; `ambient_c` stands in where nothing measures it."""
        self.inputs = tuple(series for series in (power, reactive, ambient) if series is not None)
        slots = ((ambient, ambient_c), (power, nan), (reactive, 0.0 if reactive is None else nan))
        self.looks_back_ms = _DAY_MS
        self._model, self._measure, self._upgraded = model, measure, upgraded_paper
        self._rated_mva = rated_mva
        self._lateness_ms = lateness_ms
        self._slots = {series: slot for slot, (series, _) in enumerate(slots) if series is not None}
        self._base = _Hot(0, None, tuple(value for _, value in slots), 0.0)
        self._events: list[tuple[int, int, float]] = []
        self._after: list[_Hot] = []
        self._marks: list[tuple[int, float]] = []

    def take(self, fed: Sequence[Fed]) -> list[Sample]:
        """See `Derivation.take`."""
        first = len(self._events)
        for one in fed:
            if one.at_ms > self._base.at_ms and not isnan(one.value):
                first = min(first, self._put(one))
        del self._after[first:]
        samples = [self._extend(n) for n in range(first, len(self._events))]
        if self._events:
            self._settle(bisect_left(self._events, (self._events[-1][0] - self._lateness_ms,)))
        return [sample for sample in samples if sample is not None]

    def kept(self) -> dict[str, Any] | None:
        """What a restart needs, as plain data; None while nothing is known."""
        newest = self._after[-1] if self._after else self._base
        if newest.state is None:
            return None
        plain = [None if isnan(value) else value for value in newest.newest]
        return {"at_ms": newest.at_ms, "state": list(newest.state), "newest": plain, "lost_h": newest.lost_h, "marks": list(self._marks)}

    def restore(self, kept: dict[str, Any]) -> None:
        """Go on from what `kept` gave."""
        newest = tuple(nan if value is None else value for value in kept["newest"])
        self._base = _Hot(kept["at_ms"], ThermalState(*kept["state"]), newest, kept["lost_h"])
        self._marks = [(at, lost) for at, lost in kept["marks"]]
        self._events, self._after = [], []

    def _put(self, one: Fed) -> int:
        """Put a reading in its place; the index from which all is to be worked out again."""
        slot = self._slots[one.series]
        index = bisect_left(self._events, (one.at_ms, slot))
        if index < len(self._events) and self._events[index][:2] == (one.at_ms, slot):
            if self._events[index][2] == one.value:
                return len(self._events)
            self._events[index] = (one.at_ms, slot, one.value)
        else:
            insort(self._events, (one.at_ms, slot, one.value))
        return index

    def _extend(self, n: int) -> Sample | None:
        before = self._after[n - 1] if n else self._base
        after = self._fold(before, *self._events[n])
        self._after.append(after)
        if after.state is None:
            return None
        if self._measure == "loss_of_life":
            return Sample(after.at_ms, after.lost_h - self._lost_by(after.at_ms - _DAY_MS))
        return Sample(after.at_ms, after.state.hot_spot if self._measure == "hot_spot" else after.state.top_oil)

    def _fold(self, before: _Hot, at_ms: int, slot: int, value: float) -> _Hot:
        state, lost_h = before.state, before.lost_h
        if state is not None and at_ms > before.at_ms:
            state = heat(self._model, state, self._load(before.newest), before.newest[0], (at_ms - before.at_ms) / MINUTE_MS)
            mean = (self._ageing(before.state) + self._ageing(state)) / 2
            lost_h += mean * (at_ms - before.at_ms) / HOUR_MS
        newest = (*before.newest[:slot], value, *before.newest[slot + 1 :])
        if state is None and not isnan(self._load(newest)):
            state = steady_state(self._model, self._load(newest), newest[0])
        return _Hot(at_ms, state, newest, lost_h)

    def _load(self, newest: Sequence[float]) -> float:
        return apparent_power(newest[1], newest[2]) / _KVA_PER_MVA / self._rated_mva

    def _ageing(self, state: ThermalState | None) -> float:
        return 0.0 if state is None else ageing_rate(state.hot_spot, upgraded_paper=self._upgraded)

    def _lost_by(self, at_ms: int) -> float:
        """Life lost by an instant, hours; by the first that is remembered where that is later."""
        index = bisect_left(self._marks, (at_ms + 1,)) - 1
        return self._marks[max(index, 0)][1] if self._marks else 0.0

    def _settle(self, number: int) -> None:
        """Fold what no late reading can come before into the base, and mark the life lost now and then."""
        if not number:
            return
        for after in self._after[:number]:
            if after.state is not None and (not self._marks or after.at_ms - self._marks[-1][0] >= _MARK_MS):
                self._marks.append((after.at_ms, after.lost_h))
        self._base = self._after[number - 1]
        del self._events[:number], self._after[:number]
        old = bisect_left(self._marks, (self._base.at_ms - _DAY_MS,)) - 1
        del self._marks[: max(0, old)]

"""A case to score rules by: a network, its readings, and what is known to be wrong in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import Network
from mainsight.core.readings import Series
from mainsight.metering.judge import Judge
from mainsight.metering.kin import Kin
from mainsight.metering.parameters import Parameters
from mainsight.metering.score import Fault, GapScore, RuleScore, gap_error, gap_score, score
from mainsight.metering.values import SLOT_MS
from mainsight.store.port import Raw

DAY_MS = 86_400_000
WARM_UP_MS = 29 * DAY_MS
"""History that rules compare with before they are scored."""
GAP_HOURS = (1.0, 2.0, 4.0, 8.0, 24.0, 72.0, 168.0)
_ARRIVAL_MS = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What is judged."""

    network: Network
    raw: Mapping[Series, Raw]
    faults: Sequence[Fault]
    start_ms: int
    end_ms: int

    def rules(self, parameters: Parameters) -> list[RuleScore]:
        """Scores of every rule; the last day, on which later readings are missing, is left out."""
        judge = Judge(self.network, parameters, self.start_ms, self.end_ms)
        values = judge.judge(self.raw)
        whole = judge.time_ms < self.end_ms - DAY_MS
        for judged in values.values():
            judged.found[~whole] = 0
        # What begins at the end is not asked for: too little of it is seen. A finding there is right all the same.
        late_ms = self.end_ms - 2 * DAY_MS
        faults = [fault if fault.start_ms < late_ms else replace(fault, rules=frozenset()) for fault in self.faults]
        return score(values, judge.time_ms, faults, self._related(), self.start_ms + WARM_UP_MS)

    def _related(self) -> dict[str, tuple[str, ...]]:
        kin = Kin(self.network)
        found = {}
        for meter in self.network.meters.values():
            relatives: set[str] = {meter.id}
            for name in meter.quantities:
                series = Series(meter.id, name)
                check = kin.check(series)
                relatives |= {one.meter for one in kin.children(series)} | ({check.meter} if check else set())
            found[meter.id] = tuple(sorted(relatives))
        return found


def gap_scores(case: Case, chosen: Sequence[Series], parameters: Parameters, seed: int, each: int) -> list[GapScore]:
    """Take gaps out of series without faults, have them estimated, and compare; `each` gaps of each length and series."""
    truth = Judge(case.network, parameters, case.start_ms, case.end_ms)
    whole = truth.judge({series: case.raw[series] for series in chosen})
    random = np.random.default_rng(seed)
    scores = []
    for hours in GAP_HOURS:
        errors = []
        for series in chosen:
            count = round(hours * 4)
            firsts = _places(random, truth.time_ms, case, count, each)
            cut = _without(case.raw[series], truth.time_ms, firsts, count)
            judge = Judge(case.network, parameters, case.start_ms, case.end_ms)
            filled = judge.judge({series: cut})[series].value
            true = whole[series].value
            errors += [
                gap_error(true, filled, first, first + count) for first in firsts if np.isfinite(true[[first - 1, first + count]]).all()
            ]
        scores.append(gap_score(hours, errors))
    return scores


def _places(random: np.random.Generator, time_ms: IntArray, case: Case, count: int, each: int) -> list[int]:
    """First quarter hours of gaps, after the warm-up, at least a day apart."""
    low = int(np.searchsorted(time_ms, case.start_ms + WARM_UP_MS))
    high = int(np.searchsorted(time_ms, case.end_ms)) - count - 96
    stride = max((high - low) // each, count + 96)
    return [
        at + int(random.integers(0, max(stride - count - 95, 1))) for at in range(low, high, stride) if at + stride <= high + count + 96
    ]


def _without(raw: Raw, time_ms: IntArray, firsts: Sequence[int], count: int) -> Raw:
    kept = np.ones(len(raw.time_ms), np.bool_)
    for first in firsts:
        start = int(time_ms[first])
        kept &= (raw.time_ms < start) | (raw.time_ms >= start + count * SLOT_MS)
    return Raw(raw.time_ms[kept], raw.value[kept], raw.arrival_ms[kept], raw.flags[kept])


def readings(time_ms: IntArray, value: FloatArray, arrival_ms: IntArray | None = None, flags: IntArray | None = None) -> Raw:
    """Readings at instants; where the value is NaN there is none. They arrive after two seconds unless told otherwise."""
    there = np.isfinite(value)
    arrival = time_ms + _ARRIVAL_MS if arrival_ms is None else arrival_ms
    marks = np.zeros(len(time_ms), np.int64) if flags is None else flags
    order = np.argsort(time_ms[there], kind="stable")
    return Raw(time_ms[there][order], value[there][order], arrival[there][order], marks[there][order])

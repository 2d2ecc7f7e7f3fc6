"""Final values as they were known at an instant: the latest, overlaid with what was replaced since.

Good to about an hour for the newest values: those first computed within an hour of their interval's end count as known from
that end on.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from mainsight.core.intervals import Intervals
from mainsight.core.quality import Quality
from mainsight.core.quantities import quantity
from mainsight.core.readings import Series
from mainsight.core.zonetime import rfc3339
from mainsight.metering.values import SLOT_MS
from mainsight.store.metering_port import FinalRevision, MeteringState
from mainsight.store.port import FinalValues, Raw, Revision, TimeSeriesStore
from mainsight.store.rollup import Grid, add_up, roll_up


class ForgottenError(ValueError):
    """What was known at an instant cannot be told any more: retention took away what replaced final values were."""


def overlaid(latest: FinalValues | None, revisions: Sequence[FinalRevision], start_ms: int, end_ms: int, as_of_ms: int) -> FinalValues:
    """Final values of one series as known at an instant.

    Args:
        latest: what is stored now in [start, end); None where nothing is.
        revisions: what was known after the instant, in order of replacement.
        start_ms: of the range, on a quarter hour.
        end_ms: end of the range.
        as_of_ms: the instant; intervals that end after it were not known.

    """
    known: dict[int, tuple[float, int, str, int]] = {}
    if latest is not None:
        rows = zip(latest.value.tolist(), latest.quality.tolist(), latest.rule, latest.version.tolist(), strict=True)
        known = dict(zip(latest.time_ms.tolist(), rows, strict=True))
    for kept in reversed(revisions):
        replaced = zip(kept.time_ms.tolist(), kept.value.tolist(), kept.quality.tolist(), kept.rule, strict=True)
        for at, value, rank, rule in replaced:
            if rank == Quality.MISSING:
                known.pop(at, None)
            else:
                known[at] = value, rank, rule, 0
    times = sorted(at for at in known if start_ms <= at < end_ms and at + SLOT_MS <= as_of_ms)
    values, ranks, rules, versions = zip(*(known[at] for at in times), strict=True) if times else ((),) * 4
    return FinalValues(
        np.array(times, np.int64), np.array(values, np.float64), np.array(ranks, np.uint8), tuple(rules), np.array(versions, np.int64)
    )


async def finals_as_of(
    store: TimeSeriesStore, state: MeteringState, series: Sequence[Series], start_ms: int, end_ms: int, as_of_ms: int
) -> dict[Series, FinalValues]:
    """Final values by the quarter hour as known at an instant, of every series asked for; `version` is 0 for replaced ones.

    Raises:
        ForgottenError: the instant is before what is kept of replaced values.

    """
    since_ms = await state.finals_kept_from()
    if as_of_ms < since_ms:
        raise ForgottenError(f"what was known is kept from {rfc3339(since_ms)} on (store.retention.replaced_days): ask for a later instant")
    latest = await store.final(series, start_ms, end_ms)
    revisions: dict[Series, list[FinalRevision]] = {one: [] for one in series}
    for kept in await state.final_revisions(series, start_ms, end_ms, as_of_ms):
        revisions[kept.series].append(kept)
    return {one: overlaid(latest.get(one), revisions[one], start_ms, end_ms, as_of_ms) for one in series}


async def intervals_as_of(
    store: TimeSeriesStore, state: MeteringState, series: Sequence[Series], onto: Grid, as_of_ms: int
) -> dict[Series, Intervals]:
    """Like `TimeSeriesStore.intervals`, as known at an instant."""
    if not len(onto.start_ms):
        return {one: onto.blank() for one in series}
    found = await finals_as_of(store, state, series, int(onto.start_ms[0]), onto.end_ms, as_of_ms)
    return {one: roll_up(quantity(one.quantity).kind, values.time_ms, values.value, values.quality, onto) for one, values in found.items()}


async def total_as_of(store: TimeSeriesStore, state: MeteringState, series: Mapping[Series, float], onto: Grid, as_of_ms: int) -> Intervals:
    """Like `TimeSeriesStore.total`, as known at an instant."""
    found = await intervals_as_of(store, state, list(series), onto, as_of_ms)
    return add_up(((found[one], weight) for one, weight in series.items()), onto)


def raw_as_of(raw: Raw, revisions: Sequence[Revision], as_of_ms: int) -> Raw:
    """Readings of one series that had arrived by an instant, with the values they had then.

    Args:
        raw: all readings of a range.
        revisions: values of that range that were replaced.
        as_of_ms: the instant.

    """
    known = raw.arrival_ms <= as_of_ms
    rows = {
        at: (value, arrival, flags)
        for at, value, arrival, flags in zip(
            raw.time_ms[known].tolist(), raw.value[known].tolist(), raw.arrival_ms[known].tolist(), raw.flags[known].tolist(), strict=True
        )
    }
    rows |= {r.time_ms: (r.value, r.known_from_ms, 0) for r in revisions if r.known_from_ms <= as_of_ms < r.known_to_ms}
    times = sorted(rows)
    values, arrivals, flags = zip(*(rows[at] for at in times), strict=True) if times else ((),) * 3
    return Raw(np.array(times, np.int64), np.array(values, np.float64), np.array(arrivals, np.int64), np.array(flags, np.int64))

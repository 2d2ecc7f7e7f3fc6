"""Rules over a history, before they are switched on: what they would have announced, to the second of the readings' own time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from mainsight.alarms.engine import Engine
from mainsight.alarms.metrics import AlarmMetrics, measure
from mainsight.alarms.rules import Rule
from mainsight.alarms.settings import AlarmSettings
from mainsight.core.network import Network
from mainsight.core.readings import Reading
from mainsight.store.state_port import Transition


@dataclass(frozen=True, slots=True)
class Replayed:
    """What rules make of a history: transitions in order of event, their metrics, the first and last instant."""

    transitions: tuple[Transition, ...]
    metrics: AlarmMetrics
    start_ms: int
    end_ms: int


def replay(network: Network, rules: Iterable[Rule], settings: AlarmSettings, readings: Sequence[Reading]) -> Replayed:
    """Run rules over readings as if each had arrived at its own time.

    Args:
        network: what the readings' meters belong to; those of others are left out.
        rules: any; those that stand on forecasts have nothing to say.
        settings: lateness and the like.
        readings: in any order.

    """
    ordered = sorted(readings, key=lambda reading: reading.time_ms)
    if not ordered:
        return Replayed((), measure((), 0, 0), 0, 0)
    start_ms, end_ms = ordered[0].time_ms, ordered[-1].time_ms + 1
    engine = Engine(network, rules, settings, start_ms)
    found = sorted(_run(engine, ordered), key=lambda transition: transition.event_ms)
    return Replayed(tuple(found), measure(found, start_ms, end_ms), start_ms, end_ms)


def _run(engine: Engine, ordered: Sequence[Reading]) -> Iterator[Transition]:
    """Look just before each instant, for what silence has brought, then at its readings."""
    now_ms = ordered[-1].time_ms
    for now_ms, batch in groupby(ordered, key=lambda reading: reading.time_ms):
        yield from engine.tick(now_ms - 1).transitions
        yield from engine.observe(list(batch), now_ms).transitions
    yield from engine.tick(now_ms).transitions

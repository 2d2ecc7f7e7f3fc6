"""Rules over a history, before they are switched on: what they would have announced, to the second of the readings' own time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

from mainsight.alarms.engine import Engine
from mainsight.alarms.metrics import AlarmMetrics, measure
from mainsight.alarms.past import Past
from mainsight.alarms.rules import Rule
from mainsight.alarms.settings import AlarmSettings
from mainsight.core.factors import Entered
from mainsight.core.network import Network
from mainsight.core.readings import Reading
from mainsight.store.alarm_port import Transition


@dataclass(frozen=True, slots=True)
class Replayed:
    """What rules make of a history: transitions in order of event, their metrics, the first and last instant."""

    transitions: tuple[Transition, ...]
    metrics: AlarmMetrics
    start_ms: int
    end_ms: int


def replay(
    network: Network, rules: Iterable[Rule], settings: AlarmSettings, past: Past, entered: Entered = MappingProxyType({})
) -> Replayed:
    """Run rules over a history as if each reading had arrived at its own time.

    Meters that say nothing in it are no part of it: their silence is not judged.

    Args:
        network: what the readings' meters belong to; those of others are left out.
        rules: any; those that stand on forecasts have nothing to say.
        settings: lateness and the like.
        past: the history.
        entered: factors that people entered for meters.

    Raises:
        RuleMismatchError: a rule names what the network does not have.

    """
    first_ms, last_ms = past.span_ms
    engine = Engine(network, rules, settings, first_ms, present=past.meters)
    engine.enter(entered)
    if not len(past):
        return Replayed((), measure((), 0, 0), 0, 0)
    found = sorted(_run(engine, past.relevant(engine, network), last_ms), key=lambda transition: transition.event_ms)
    return Replayed(tuple(found), measure(found, first_ms, last_ms + 1), first_ms, last_ms + 1)


def _run(engine: Engine, ordered: Sequence[Reading], last_ms: int) -> Iterator[Transition]:
    """Look just before each instant, for what silence has brought, then at its readings."""
    for now_ms, batch in groupby(ordered, key=lambda reading: reading.time_ms):
        yield from engine.tick(now_ms - 1).transitions
        yield from engine.observe(list(batch), now_ms).transitions
    yield from engine.tick(last_ms).transitions

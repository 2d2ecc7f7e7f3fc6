"""A made-up plant of any size for the measurements: meters on one feeder, one limit rule on each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np

from mainsight.alarms.past import Column, Past
from mainsight.alarms.rules import Rule, RuleFile
from mainsight.core.network import Feeder, Meter, Network, Role, Substation, Text, Transformer, Utility, Zone
from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import to_ms

DAY_MS = 86_400_000
START_MS = to_ms(datetime(2026, 1, 1, tzinfo=UTC))
_HERE = (106.1, 21.2)
_WORDS = {"vi": "thử", "en": "trial"}


def network_of(meters: int) -> Network:
    """A zone with one feeder and so many customers' meters."""
    text = Text("thử", "trial")
    every = [
        Meter(f"m{n:05}", text, f"m{n:05}", "f1", Role.SUB, Utility.POWER, ("power",), interval_s=900, reports_s=900) for n in range(meters)
    ]
    return Network(
        id="province",
        name=text,
        as_of=date(2026, 1, 1),
        zones={"z1": Zone("z1", text, "Asia/Ho_Chi_Minh", "VN", _HERE)},
        substations={"s1": Substation("s1", text, _HERE, "z1")},
        transformers={"t1": Transformer("t1", text, "s1", 63.0, 110.0, 22.0)},
        feeders={"f1": Feeder("f1", text, "t1", "z1", 22.0, 12.0)},
        water_plants={},
        pump_stations={},
        reservoirs={},
        dmas={},
        meters={meter.id: meter for meter in every},
    )


def rules_of(network: Network, limit_kw: float) -> tuple[Rule, ...]:
    """A limit rule for each meter, each by itself."""
    common = {
        "kind": "limit",
        "name": _WORDS,
        "measure": "power",
        "side": "high",
        "threshold": limit_kw,
        "deadband": 5,
        "priority": "medium",
        "cause": _WORDS,
        "consequence": _WORDS,
        "response": _WORDS,
        "respond_within_min": 10,
        "runbook": "trial.md",
    }
    raw = [common | {"id": f"high-{meter}", "watches": {"kind": "meter", "assets": [meter]}} for meter in network.meters]
    return RuleFile.model_validate({"rules": raw}).rules


def year_of(network: Network, days: int) -> Past:
    """The columns below, as a replay takes them."""
    return Past(columns_of(network, days))


def columns_of(network: Network, days: int) -> dict[Series, Column]:
    """Quarter hours with a daily wave and noise; each meter passes 100 kW on some days."""
    at_ms = START_MS + np.arange(days * 96, dtype=np.int64) * 900_000
    wave = 70 + 22 * np.sin(np.arange(days * 96) / 96 * 2 * np.pi)
    flags = np.zeros(len(at_ms), dtype=np.int64)
    random = np.random.default_rng(3)
    return {Series(meter, "power"): Column(at_ms, wave + random.normal(0, 3, len(wave)), flags) for meter in network.meters}


@dataclass
class Notes:
    """A notifier that notes how long each announcement took from the arrival of its reading."""

    clock: Callable[[], int]
    waited_ms: list[int] = field(default_factory=list)
    _arrived: dict[str, int] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)

    def expect(self, readings: Iterable[Reading], limit: float) -> None:
        """Note the first reading of each meter above its limit."""
        for reading in readings:
            if reading.value > limit:
                self._arrived.setdefault(reading.meter, reading.arrival_ms)

    @property
    def missing(self) -> int:
        """Announcements that were expected and have not come."""
        return len(self._arrived.keys() - self._done)

    async def send(self, target: str, subject: str, body: str) -> str:
        """Take an announcement; its body names the meter in brackets."""
        meter = next(name for name in _names(body) if name in self._arrived)
        self._done.add(meter)
        self.waited_ms.append(self.clock() - self._arrived[meter])
        return f"{target}: {subject}"


def _names(body: str) -> Sequence[str]:
    return [part.partition(")")[0] for part in body.split("(")[1:]]

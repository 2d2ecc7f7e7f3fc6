"""Alarm transitions and planned outages as points: a copy for Grafana. The truth is relational."""

import logging
from collections.abc import Iterator, Sequence

from mainsight.store.alarm_port import Transition
from mainsight.store.influx.lines import tags, text
from mainsight.store.influx.writing import Sender, write_lines
from mainsight.store.rule_port import PlannedOutage

ALARM = "alarm"
PLANNED_OUTAGE = "planned_outage"
logger = logging.getLogger(__name__)


async def write_transitions(sender: Sender, transitions: Sequence[Transition]) -> None:
    """Write one point a transition, at the time of its event; the same again changes nothing.

    Two transitions of one alarm in the same millisecond share a point: the later one stays.
    """
    refused = await write_lines(sender, list(_lines(transitions)))
    if refused:
        logger.error("InfluxDB refused %d alarm transitions: %s", len(refused), next(iter(refused.values())))


async def write_outages(sender: Sender, outages: Sequence[PlannedOutage]) -> None:
    """Write one point a notice, at its start; the same again changes nothing, and one that was withdrawn says so."""
    refused = await write_lines(sender, list(map(_outage_line, outages)))
    if refused:
        logger.error("InfluxDB refused %d planned outages: %s", len(refused), next(iter(refused.values())))


def _outage_line(one: PlannedOutage) -> str:
    state = "planned" if one.withdrawn_ms is None else "withdrawn"
    fields = [
        f"end_ms={one.end_ms}i",
        f"state={text(state)}",
        f"person={text(one.person)}",
        f"text_vi={_line(one.reason_vi)}",
        f"text_en={_line(one.reason_en)}",
    ]
    return f"{PLANNED_OUTAGE},{tags(notice=one.id, asset=one.asset)} {','.join(fields)} {one.start_ms}"


def _lines(transitions: Sequence[Transition]) -> Iterator[str]:
    for one in transitions:
        fields = [
            f"priority={text(one.priority)}",
            f"state={text(one.after)}",
            f"text_vi={_line(one.text_vi)}",
            f"text_en={_line(one.text_en)}",
        ]
        fields += [f"{name}={value}" for name, value in (("value", one.value), ("limit", one.limit)) if value is not None]
        yield f"{ALARM},{tags(rule=one.rule, asset=one.asset)} {','.join(fields)} {one.event_ms}"


def _line(of: str) -> str:
    """A text on one line: a digest has several, and not every server's parser takes them."""
    return text(of.replace("\n", " "))

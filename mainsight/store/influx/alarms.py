"""Alarm transitions as points: a copy for Grafana. The truth is relational."""

import logging
from collections.abc import Iterator, Sequence

from mainsight.store.influx.lines import tags, text
from mainsight.store.influx.writing import Sender, write_lines
from mainsight.store.state_port import Transition

ALARM = "alarm"
logger = logging.getLogger(__name__)


async def write_transitions(sender: Sender, transitions: Sequence[Transition]) -> None:
    """Write one point a transition, at the time of its event; the same again changes nothing.

    Two transitions of one alarm in the same millisecond share a point: the later one stays.
    """
    refused = await write_lines(sender, list(_lines(transitions)))
    if refused:
        logger.error("InfluxDB refused %d alarm transitions: %s", len(refused), next(iter(refused.values())))


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

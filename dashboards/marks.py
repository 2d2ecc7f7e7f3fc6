"""Annotations kept by Grafana itself: alarms and supply orders. Each carries a tag of its own, by which it is found again."""

from dataclasses import dataclass
from typing import Any

from mainsight.core.network import SupplyOrder
from mainsight.core.zonetime import to_ms
from mainsight.store.alarm_port import Transition

TAG = "mainsight"
"""Tag of everything of ours in Grafana."""
_SHOWN = frozenset({"UNACK", "ACKED", "RTNUN", "NORM", "SHLVD"})
"""States whose beginning is marked. What topology suppresses is not: its cause is marked already."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An annotation.

    Attributes:
        name: tag that no other annotation has.
        start_ms, end_ms: UTC milliseconds; an instant where they are equal.
        text: what is shown.
        tags: by which dashboards choose.

    """

    name: str
    start_ms: int
    end_ms: int
    text: str
    tags: tuple[str, ...]

    def arguments(self) -> dict[str, Any]:
        """As grafana-client's add_annotation takes it."""
        return {"time_from": self.start_ms, "time_to": self.end_ms, "tags": [TAG, *self.tags, self.name], "text": self.text}

    def search(self) -> dict[str, Any]:
        """As grafana-client's find_annotations takes it: all instants, this mark alone."""
        return {"tags": [self.name], "ann_type": "annotation", "limit": 1}


def mark_of_order(order: SupplyOrder) -> Mark:
    """A supply order, from its start to its end."""
    unit = "MW" if order.utility.value == "power" else "m³/h"
    zones = tuple(f"zone:{zone}" for zone in order.zones)
    text = f"Supply order: {order.quota:g} {unit} of {order.utility.value}. {order.reason.en}"
    return Mark(f"order:{order.id}", to_ms(order.start), to_ms(order.end), text, ("supply-order", *zones))


def mark_of_transition(transition: Transition, zone: str | None) -> Mark | None:
    """A change of an alarm's state; None where it is not worth a mark."""
    if transition.after not in _SHOWN or transition.before == transition.after:
        return None
    tags = ("alarm", f"rule:{transition.rule}", f"asset:{transition.asset}", transition.priority, transition.after)
    where = (f"zone:{zone}",) if zone is not None else ()
    text = f"{transition.text_en} ({transition.before} to {transition.after})"
    return Mark(f"transition:{transition.id}", transition.event_ms, transition.event_ms, text, (*tags, *where))

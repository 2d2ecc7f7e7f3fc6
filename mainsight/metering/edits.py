"""Edits (E6): what people decided, laid over what was computed."""

from collections.abc import Sequence

import numpy as np

from mainsight.core.intervals import IntArray
from mainsight.core.quality import Quality
from mainsight.metering.rules import Rule
from mainsight.metering.values import SLOT_MS, Values
from mainsight.store.metering_port import Edit

LONGEST_MS = 31 * 96 * SLOT_MS
"""One edit covers at most so much."""
LARGEST = 1e12
"""Far beyond all canonical units of a province; sums of it stay finite."""


class EditError(ValueError):
    """An edit that makes no sense; the message says what to mend, `field` of the edit where."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def check(edit: Edit, now_ms: int) -> None:
    """Refuse an edit that makes no sense.

    Raises:
        EditError: off the quarter hours, empty, too long, not over yet, values that do not fit it, no person, or no reason.

    """
    count = (edit.end_ms - edit.start_ms) // SLOT_MS
    if edit.start_ms % SLOT_MS or edit.end_ms % SLOT_MS or count < 1:
        raise EditError("start and end must lie on quarter hours, and end after start", "start_ms" if edit.start_ms % SLOT_MS else "end_ms")
    if edit.end_ms - edit.start_ms > LONGEST_MS:
        raise EditError("an edit covers at most 31 days: make several", "end_ms")
    if edit.end_ms > now_ms:
        raise EditError("the last quarter hour is not over yet: end the edit before it", "end_ms")
    if edit.action == "set" and len(edit.values) != count:
        raise EditError(f"{count} quarter hours need {count} values, not {len(edit.values)}", "values")
    if edit.action != "set" and edit.values:
        raise EditError(f"{edit.action} takes no values", "values")
    if not np.all(np.isfinite(edit.values)):
        raise EditError("values must be finite; discard says that nothing is known", "values")
    if np.any(np.abs(edit.values) > LARGEST):
        raise EditError(f"a value lies beyond {LARGEST:g}, which no meter measures", "values")
    signed(edit.person, edit.reason)


def signed(person: str, reason: str) -> None:
    """Refuse what nobody decided, or for no reason.

    Raises:
        EditError: one is empty.

    """
    if not reason.strip():
        raise EditError("say why: a reason is part of every edit, and of taking it back", "reason")
    if not person.strip():
        raise EditError("say who: a person is part of every edit, and of taking it back", "person")


def apply(edits: Sequence[Edit], starts: IntArray, values: Values) -> None:
    """Lay edits that stand over values of one series, in place; the one of the greatest id last.

    Args:
        edits: in any order; those that were undone are left out.
        starts: of the n intervals, shape (n,).
        values: of these.

    """
    for edit in sorted((one for one in edits if one.undone is None), key=lambda one: one.id):
        inside = (starts >= edit.start_ms) & (starts < edit.end_ms)
        if not inside.any():
            continue
        if edit.action == "discard":
            values.value[inside], values.quality[inside], values.rule[inside] = np.nan, Quality.MISSING, Rule.NONE
            continue
        if edit.action == "set":
            values.value[inside] = np.array(edit.values)[(starts[inside] - edit.start_ms) // SLOT_MS]
        there = inside & ~np.isnan(values.value)
        values.quality[there], values.rule[there] = Quality.EDITED, Rule.E6
        values.found[there] |= np.uint32(1 << Rule.E6)

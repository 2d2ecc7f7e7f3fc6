"""Estimates for what is missing in a block: which rule fills which gap, decisions only."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mainsight.core.intervals import FloatArray
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind, quantity
from mainsight.metering import estimates
from mainsight.metering.parameters import Checks
from mainsight.metering.registers import LONGEST_SPREAD_MS
from mainsight.metering.rules import Rule
from mainsight.metering.values import SLOT_MS, Mask, Values

_HOUR = 4


class Known(NamedTuple):
    """What is known beside one series' own readings, arrays of shape (n,).

    Attributes:
        like: gives like days' values, nearest first, shape (k, n): asked for only where there is a gap to fill.
        open: whether a breaker above was open throughout.
        check: the check meter's values; None where there is none.
        register: increments of the register of a gauge; None where there is none.

    """

    like: Callable[[], FloatArray]
    open: Mask
    check: FloatArray | None
    register: FloatArray | None


def fill(name: str, values: Values, due: Mask, checks: Checks, known: Known) -> None:
    """Estimate the missing values of one series; in place.

    A gap lies between two values, both there, and is filled as a whole: zero during an outage (E5), by the check meter (E1), by like
    days (E3, or E5 where fewer than three are known), scaled to what the register counted (E4). Gaps of up to an hour are left to E2,
    which went before. A register's difference that was shared out evenly (E4) over more than an hour takes the shape of like days.

    Args:
        name: of the quantity.
        values: of n intervals.
        due: intervals that may be filled, shape (n,).
        checks: of the class.
        known: what is known besides.

    """
    kind = quantity(name).kind
    if kind is Kind.STATUS:
        return
    if kind is Kind.REGISTER:
        _shape(values, due, known)
        return
    values.fill(due & known.open & (values.quality == Quality.MISSING), 0.0 if _flows(name) else np.nan, Rule.E5)
    if known.check is not None:
        values.fill(due, estimates.from_check(values.value, known.check), Rule.E1)
    if checks.like_days:
        for first, end in estimates.gaps(values.quality == Quality.MISSING):
            if first > 0 and end < len(due) and due[first:end].all() and end - first <= checks.longest_h * _HOUR:
                _fill_gap(values, first, end, known)
    long = estimates.too_long(values.quality == Quality.ESTIMATED, checks.estimated_h * _HOUR)
    values.mark(long, Quality.ESTIMATED, Rule.V19)


def _flows(name: str) -> bool:
    """Whether a quantity is nothing when the current is off; a level or a temperature is not."""
    return quantity(name).base in {"power", "power_export", "reactive_power", "apparent_power", "current", "voltage"}


def _fill_gap(values: Values, first: int, end: int, known: Known) -> None:
    like = known.like()
    estimate = estimates.from_like_days(values.value, like, first, end)
    rule = Rule.E3 if np.all((~np.isnan(like[:, first:end])).sum(axis=0) >= estimates.NEAREST) else Rule.E5
    if known.register is not None and np.all(np.isfinite(estimate)) and np.all(np.isfinite(known.register[first:end])):
        estimate, rule = estimates.scaled_to_register(estimate, known.register[first:end]), Rule.E4
    whole = np.full(len(values.value), np.nan)
    whole[first:end] = estimate
    values.fill(~np.isnan(whole), whole, rule)


def _shape(values: Values, due: Mask, known: Known) -> None:
    shared = values.rule == Rule.E4
    longest = LONGEST_SPREAD_MS // SLOT_MS
    for first, end in estimates.gaps(shared & due):
        if _HOUR < end - first <= longest + 1:
            shaped = estimates.shared_by_shape(values.value, estimates.mean_of_nearest(known.like()), first, end)
            values.value[first:end] = shaped.round(6)

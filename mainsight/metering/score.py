"""How good the rules are: findings against known faults, estimates against values that were taken out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.readings import Series
from mainsight.metering.estimates import gaps
from mainsight.metering.rules import Rule
from mainsight.metering.values import SLOT_MS, Mask, Values

_WEEK = 7 * 96
SLACK_MS = 8 * SLOT_MS
"""A finding so near to a fault is of it: V13 looks at two hours at a time."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something known to be wrong.

    Attributes:
        kind: what.
        rules: those that ought to find it; none where it is only not to be taken for a false alarm.
        series: those that it is to be found on.
        start_ms, end_ms: from when until when.

    """

    kind: str
    rules: frozenset[Rule]
    series: tuple[Series, ...]
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class RuleScore:
    """One rule's findings, counted by run (one after the other on one series), and faults, counted one by one.

    Attributes:
        findings: runs that the rule found.
        right: of those, near a known fault of the series, or of one that the rule compares it with.
        faults: that the rule ought to find.
        caught: of those, found by this rule.
        noticed: of those, found by any rule.

    """

    rule: str
    findings: int
    right: int
    faults: int
    caught: int
    noticed: int

    @property
    def precision(self) -> float | None:
        """Share of its findings that are right; None without any."""
        return self.right / self.findings if self.findings else None

    @property
    def recall(self) -> float | None:
        """Share of its faults that it caught; None without any."""
        return self.caught / self.faults if self.faults else None


def score(
    values: Mapping[Series, Values], time_ms: IntArray, faults: Sequence[Fault], related: Mapping[str, Iterable[str]], from_ms: int
) -> list[RuleScore]:
    """Score every rule that spoke or ought to have.

    Args:
        values: judged, each of shape (n,).
        time_ms: starts of the n intervals.
        faults: known.
        related: meter -> meters whose faults may show on it (itself, its children, its check meter).
        from_ms: findings and faults before are left out: there was no history yet.

    """
    late = time_ms >= from_ms
    by_meter: dict[str, list[Fault]] = {}
    for fault in faults:
        for meter in {series.meter for series in fault.series}:
            by_meter.setdefault(meter, []).append(fault)
    scores = []
    for rule in (one for one in Rule if one.id.startswith("V")):
        findings = right = 0
        for series, judged in values.items():
            near = [fault for meter in related.get(series.meter, (series.meter,)) for fault in by_meter.get(meter, ())]
            for first, end in gaps(judged.told(rule) & late):
                start_ms, end_ms = int(time_ms[first]) - SLACK_MS, int(time_ms[end - 1]) + SLOT_MS + SLACK_MS
                findings += 1
                right += any(fault.start_ms < end_ms and fault.end_ms > start_ms for fault in near)
        asked = [fault for fault in faults if rule in fault.rules and fault.start_ms >= from_ms]
        caught = sum(_found(values, time_ms, fault, rule) for fault in asked)
        noticed = sum(_found(values, time_ms, fault, None) for fault in asked)
        if findings or asked:
            scores.append(RuleScore(rule.id, findings, right, len(asked), caught, noticed))
    return scores


def _found(values: Mapping[Series, Values], time_ms: IntArray, fault: Fault, rule: Rule | None) -> bool:
    inside = (time_ms + SLOT_MS > fault.start_ms) & (time_ms < fault.end_ms + SLACK_MS)
    return any(bool(_spoke(values[one], rule)[inside].any()) for one in fault.series if one in values)


def _spoke(values: Values, rule: Rule | None) -> Mask:
    if rule is not None:
        return values.told(rule)
    any_of = np.uint32(sum(1 << one for one in Rule if one.id.startswith("V")))
    spoke: Mask = (values.found & any_of) != 0
    return spoke


@dataclass(frozen=True, slots=True)
class GapScore:
    """Errors of estimates over gaps of one length: sums of absolute errors over sums of true values (WAPE)."""

    hours: float
    gaps: int
    filled: float
    """Share of the intervals that were estimated."""
    error: float | None
    linear: float | None
    """Of plain linear interpolation between the values on either side, over the same intervals."""
    week: float | None
    """Of the values of the same time a week before, likewise."""


class GapError(NamedTuple):
    """Absolute errors over one gap, the true amount, and how many intervals they are of."""

    ours: float
    linear: float
    week: float
    amount: float
    intervals: int


def gap_error(truth: FloatArray, estimate: FloatArray, first: int, end: int) -> GapError:
    """Errors of an estimate over one gap, beside those of linear interpolation and of last week's same time.

    Intervals that were not estimated, or of which the truth or one of the others is not known, are left out.

    Args:
        truth: shape (n,).
        estimate: shape (n,), NaN where there is none.
        first: of the gap.
        end: of the gap, excluded.

    """
    line = np.interp(np.arange(first, end), [first - 1, end], [truth[first - 1], truth[end]])
    at = np.arange(first, end) - _WEEK
    week = np.where(at >= 0, truth[np.maximum(at, 0)], np.nan)
    true, ours = truth[first:end], estimate[first:end]
    both = np.isfinite(true) & np.isfinite(ours) & np.isfinite(line) & np.isfinite(week)
    mine, straight, before = (float(np.abs(one - true)[both].sum()) for one in (ours, line, week))
    return GapError(mine, straight, before, float(np.abs(true)[both].sum()), int(np.count_nonzero(both)))


def gap_score(hours: float, errors: Sequence[GapError]) -> GapScore:
    """Add up errors of gaps of one length."""
    amount = sum(error.amount for error in errors)
    expected = max(round(hours * 4) * len(errors), 1)
    filled = sum(error.intervals for error in errors) / expected
    ours, linear, week = (sum(error[n] for error in errors) / amount if amount > 0 else None for n in range(3))
    return GapScore(hours, len(errors), filled, ours, linear, week)

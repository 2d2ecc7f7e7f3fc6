"""A block of series on one grid, with all that validating and estimating them needs: decisions only, no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind, quantity
from mainsight.core.readings import Series
from mainsight.metering import agreement, checks
from mainsight.metering.checks import DAY
from mainsight.metering.parameters import Checks
from mainsight.metering.rules import Rule
from mainsight.metering.series import RATE_OF
from mainsight.metering.values import Mask, Values

_ELECTRICAL = frozenset({"reactive_power", "apparent_power", "voltage", "current"})


class Relations(Protocol):
    """Who has to do with whom."""

    def children(self, parent: Series) -> tuple[Series, ...]:
        """Series that add up to (a part of) a main meter's."""
        ...

    def interrupted(self, breaker: Series) -> tuple[Series, ...]:
        """What a breaker interrupts."""
        ...

    def check(self, main: Series) -> Series | None:
        """The check meter beside a main one."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Series on whole UTC days of quarter hours, m rows by n columns; the first day is there to be compared with.

    Attributes:
        series: of the rows; those of one meter follow each other.
        checks: what is asked of each row.
        parts: quarter hours of each row's registered interval, (m,).
        factors: ratio that is in each row's values, (m, n).
        values: computed from readings where that is due, as stored elsewhere; changed in place.
        like: measured values at the same clock time one to four weeks before, (m, 4, n); NaN where there is none, where it was a
            holiday, and where nothing is to be judged.
        explained: outages, planned ones too, and times a customer was closed, (m, n).
        holiday: public holidays, (n,).
        others: measured values of children and check meters, (n,) each.

    """

    series: Sequence[Series]
    checks: Sequence[Checks]
    parts: IntArray
    factors: FloatArray
    values: Values
    like: FloatArray
    explained: Mask
    holiday: Mask
    others: Mapping[Series, FloatArray]

    def measured(self) -> FloatArray:
        """Values that devices measured, whatever is thought of them; NaN elsewhere, (m, n)."""
        there = (self.values.quality == Quality.MEASURED) | (self.values.quality == Quality.SUSPECT)
        return np.where(there, self.values.value, np.nan)

    def asked(self, name: str) -> FloatArray:
        """A threshold of each row, infinite where the rule is off, (m, 1). A register that stands still is V12's."""
        found = [
            None if name == "static" and quantity(series.quantity).kind is Kind.REGISTER else getattr(one, name)
            for series, one in zip(self.series, self.checks, strict=True)
        ]
        return np.array([[np.inf if value is None else float(value)] for value in found])

    def about_explained(self) -> Mask:
        """What outages and notices explain, with the half hour before and the hour after: the load goes and comes back, (m, n)."""
        wide = self.explained.copy()
        for step in range(1, 5):
            wide[:, step:] |= self.explained[:, :-step]
        for step in (1, 2):
            wide[:, :-step] |= self.explained[:, step:]
        return wide

    def suspect(self, where: Mask, rule: Rule) -> None:
        """Mark measured values; in place."""
        _suspect(self.values, where, rule)

    def suspect_rows(self, rows: Sequence[int], where: Mask, rule: Rule) -> None:
        """Mark measured values of some rows, at the same times (n,); in place."""
        for row in rows:
            _suspect(self.values.row(row), where, rule)


def _suspect(values: Values, where: Mask, rule: Rule) -> None:
    if where.any():
        values.mark(where & (values.quality >= Quality.SUSPECT) & (values.quality != Quality.EDITED), Quality.SUSPECT, rule)


def validate(block: Block, relations: Relations) -> None:
    """Mark what rules V9 to V14 and V16 to V18 find in a block; in place."""
    x = block.measured()
    about_explained = block.about_explained()
    _against_own_course(block, x, about_explained)
    for rows in _by_meter(block.series):
        _against_siblings(block, x, rows, about_explained)
    for row, series in enumerate(block.series):
        _against_relatives(block, x[row], row, series, relations, about_explained[row])


def _against_own_course(block: Block, x: FloatArray, about_explained: Mask) -> None:
    """V9 to V13, day by day where the days about matter."""
    spike, zero = block.asked("spike"), block.asked("zero")
    usual, usual_step = np.full(x.shape, np.nan), np.zeros(x.shape)
    for day in range(1, x.shape[1] // DAY):
        today, two_days = slice(day * DAY, (day + 1) * DAY), x[:, (day - 1) * DAY : (day + 1) * DAY]
        like = block.like[:, :, today]
        third = checks.third_highest(np.concatenate([two_days, like.reshape(len(x), -1)], axis=1), block.parts)
        usual[:, today], usual_step[:, today] = third, checks.third_greatest_step(two_days, like)
        found = np.zeros(x.shape, np.bool_)
        found[:, today] = checks.spikes(x[:, today], checks.third_highest_by_block(two_days, like, third, block.parts), spike)
        block.suspect(found, Rule.V9)
        found[:, today] = checks.unexplained_zeros(x[:, today], like, third, zero, block.explained[:, today])
        block.suspect(found, Rule.V12)
    usual[:, :DAY] = usual[:, DAY : 2 * DAY]  # the day before is looked at by V13, and not judged
    block.suspect(checks.unlike_history(x, block.like, usual, block.asked("history"), about_explained | block.holiday), Rule.V13)
    block.suspect(checks.static(x, block.asked("static") * block.parts[:, None]), Rule.V11)
    block.suspect(checks.steps(x, usual, usual_step, block.asked("step")) & ~about_explained, Rule.V10)


def _by_meter(series: Sequence[Series]) -> list[dict[str, int]]:
    """Rows of each meter by quantity."""
    found: dict[str, dict[str, int]] = {}
    for row, one in enumerate(series):
        found.setdefault(one.meter, {})[one.quantity] = row
    return list(found.values())


def _against_siblings(block: Block, x: FloatArray, rows: Mapping[str, int], about_explained: Mask) -> None:
    """V14, V17 and V18 of one meter."""
    if len(rows) < 2:
        return
    there = ~np.isnan(x)
    for name, row in rows.items():
        siblings = [there[other] for other in rows.values() if other != row]
        block.values.found[row][agreement.sibling_missing(there[row], siblings)] |= np.uint32(1 << Rule.V18)
        rate = rows.get(RATE_OF.get(quantity(name).base, ""))
        allowed = block.checks[row].sums
        if rate is not None and allowed is not None and quantity(name).base == name:
            wrong = agreement.sums_differ(x[rate], x[row], allowed, _resolution(x[row])) & ~about_explained[row]
            block.suspect_rows((rate, row), wrong, Rule.V14)
    power = rows.get("power")
    if power is None or block.checks[power].electrical is None:
        return
    others = {name: row for name, row in rows.items() if quantity(name).base in _ELECTRICAL}
    told = {name: x[row] / block.factors[row] for name, row in others.items()}
    wrong = agreement.electrical_differ(x[power] / block.factors[power], told, block.checks[power].electrical or np.inf)
    block.suspect_rows((power, *others.values()), wrong, Rule.V17)


def _resolution(increment: FloatArray) -> float:
    """Least step between two increments of a register that is not noise of computing; 0 where there is only one."""
    known = np.unique(increment[np.isfinite(increment)].round(4))
    return float(np.diff(known).min()) if len(known) > 1 else 0.0


def _against_relatives(block: Block, x: FloatArray, row: int, series: Series, relations: Relations, about_explained: Mask) -> None:
    """V16 of one main meter: against its children, and against the check meter beside it."""
    allowed = block.checks[row].balance
    if allowed is None:
        return
    children = relations.children(series)
    if children and all(child in block.others for child in children):
        wrong = agreement.children_exceed(x, [block.others[child] for child in children], allowed)
        block.suspect_rows((row,), wrong & ~about_explained, Rule.V16)
    check = relations.check(series)
    if check is not None and check in block.others:
        block.suspect_rows((row,), agreement.check_differs(x, block.others[check], allowed / 2), Rule.V16)

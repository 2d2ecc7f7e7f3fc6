"""Kinds of days: which work, which rest, and how a province closes for Tet and opens again."""

from collections.abc import Mapping
from datetime import date, timedelta

TET = "tet"
HOLIDAY = "holiday"

_CLOSING = {1: 0.60, 2: 0.35, 3: 0.18, 4: 0.08}
"""Days until Tet -> share of activity already gone."""
_OPENING = {1: 0.75, 2: 0.55, 3: 0.35, 4: 0.22, 5: 0.12, 6: 0.06}
"""Days since Tet -> share of activity still missing."""


class DaysError(ValueError):
    """A holiday is of a kind that is not known."""


class Days:
    """Answers how much of a province rests on a local day."""

    def __init__(self, holidays: Mapping[date, str]) -> None:
        """Take public holidays by date: `tet` for the days of the Tet closure, `holiday` for all others.

        Raises:
            DaysError: another kind.

        """
        for day, kind in holidays.items():
            if kind not in {TET, HOLIDAY}:
                message = f"holiday {day.isoformat()}: kind {kind!r} is not known; use {TET!r} or {HOLIDAY!r}"
                raise DaysError(message)
        self._kinds = dict(holidays)

    def closure(self, day: date) -> float:
        """Share of industry that is closed for Tet: 1 inside, ramping over days before and after."""
        if self._kinds.get(day) == TET:
            return 1.0
        before = next((share for n, share in _CLOSING.items() if self._kinds.get(day + timedelta(days=n)) == TET), 0.0)
        after = next((share for n, share in _OPENING.items() if self._kinds.get(day - timedelta(days=n)) == TET), 0.0)
        return max(before, after)

    def rests(self, day: date) -> bool:
        """Whether a day is kept like a Sunday."""
        return day.isoweekday() == 7 or self._kinds.get(day) == HOLIDAY

    def is_saturday(self, day: date) -> bool:
        """Whether a day is a Saturday on which people work."""
        return day.isoweekday() == 6 and day not in self._kinds

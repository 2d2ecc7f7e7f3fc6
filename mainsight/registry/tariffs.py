"""Time of use as the registry's files hold it; one tariff out of a file, for who has no registry."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from mainsight.core import tariff as core
from mainsight.registry.fields import Date, Identified, MinuteOfDay, Name, Strictly
from mainsight.registry.positions import load_yaml
from mainsight.registry.problems import ProblemsError
from mainsight.registry.validation import validate

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MIDNIGHT = 24 * 60
_A_MONDAY = date(2024, 1, 1)


class Span(Strictly):
    """Hours of some days of the week, all where none are named; an end not after the start is on the next day."""

    days: tuple[Weekday, ...] = Field(default=WEEKDAYS, min_length=1)
    start: MinuteOfDay
    end: MinuteOfDay

    @model_validator(mode="after")
    def _is_a_start(self) -> Self:
        if self.start == _MIDNIGHT:
            raise ValueError('a stretch starts before "24:00"; write "00:00" of the next day')
        return self

    def part(self) -> core.Span:
        """Give the core's stretch."""
        return core.Span(tuple(sorted({WEEKDAYS.index(day) for day in self.days})), self.start, self.end)


class TariffHours(Strictly):
    """Hours of a tariff from a day on; what is neither peak nor off-peak is normal."""

    since: Date
    peak: tuple[Span, ...] = ()
    off_peak: tuple[Span, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> Self:
        part = replace(self.part(), since=_A_MONDAY)
        both = core.Tariff("", (part,)).shares(np.datetime64(_A_MONDAY, "D") + np.arange(7), 60).sum(axis=2) > 1
        if both.any():
            day, minute = np.argwhere(both)[0].tolist()
            raise ValueError(f"{WEEKDAYS[day]} {minute // 60:02d}:{minute % 60:02d} is both peak and off-peak; leave it in one")
        return self

    def part(self) -> core.TariffHours:
        """Give the core's hours."""
        return core.TariffHours(self.since, tuple(one.part() for one in self.peak), tuple(one.part() for one in self.off_peak))


class Tariff(Identified):
    """Time of use: peak and off-peak hours, and since when."""

    name: Name
    hours: tuple[TariffHours, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if any(later.since <= one.since for one, later in pairwise(self.hours)):
            raise ValueError("its hours do not stand in order of since; write the earliest first, each day once")
        return self

    def part(self) -> core.Tariff:
        """Give the core's tariff."""
        return core.Tariff(self.id, tuple(one.part() for one in self.hours))


def load_tariff(path: Path) -> core.Tariff:
    """Read the one tariff of a file with the list `tariffs`.

    Raises:
        ProblemsError: with every problem: file, line, key, what is wrong, how to mend.

    """
    located = load_yaml(path)
    listed = located.data.get("tariffs") if isinstance(located.data, dict) else None
    if not isinstance(listed, list) or len(listed) != 1:
        count = len(listed) if isinstance(listed, list) else 0
        raise ProblemsError([located.problem(("tariffs",), f"{count} tariffs are listed here", "one is needed")])
    model, problems = validate(Tariff, located, ("tariffs", 0))
    if model is None:
        raise ProblemsError(problems)
    return model.part()

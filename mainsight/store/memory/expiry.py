"""What stays in memory when finer levels have been taken away."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from mainsight.core.forecasts import Forecast
from mainsight.core.intervals import Intervals
from mainsight.core.readings import Series
from mainsight.core.zonetime import DAY_S, SECOND_MS

_DAY_MS = DAY_S * SECOND_MS
_COLUMNS = ("value", "low", "high", "quality", "completeness")
Rows = dict[int, Any]


class Rolled:
    """Roll-ups of one step whose final values are gone."""

    def __init__(self, step_s: int) -> None:
        """Nothing is gone yet."""
        self.step_s = step_s
        self.rows: dict[Series, dict[int, tuple[float, ...]]] = defaultdict(dict)

    def keep(self, series: Series, found: Intervals, since_ms: int, before_ms: int) -> None:
        """Keep intervals that begin in [since, before) and hold something."""
        for n, at in enumerate(found.start_ms.tolist()):
            if since_ms <= at < before_ms and not np.isnan(found.value[n]):
                self.rows[series][at] = tuple(float(getattr(found, name)[n]) for name in _COLUMNS)

    def lay_over(self, series: Series, found: Intervals, since_ms: int) -> None:
        """Put in place what is kept of intervals that begin before an instant."""
        rows = self.rows.get(series, {})
        for n, at in enumerate(found.start_ms.tolist()):
            if at < since_ms:
                for name, value in zip(_COLUMNS, rows.get(at, (np.nan, np.nan, np.nan, 0, 0.0)), strict=True):
                    getattr(found, name)[n] = value


def older(of: Iterable[Rows], before_ms: int) -> Iterator[tuple[Rows, list[int]]]:
    """Rows before an instant: where they are, and their instants."""
    for rows in of:
        yield rows, [t for t in rows if t < before_ms]


def expired_raw(raw: Mapping[Series, Rows], held: Collection[Series], before_ms: int) -> Iterator[tuple[Rows, list[int]]]:
    """Readings before an instant, without those of the UTC day of each series' last one, and of series that are held."""
    for series, rows in raw.items():
        times = [t for t in rows if t < before_ms]
        if times and series not in held:
            yield rows, [t for t in times if t < max(times) // _DAY_MS * _DAY_MS]


def past_issues(of: Iterable[dict[int, Forecast]], before_ms: int) -> Iterator[tuple[dict[int, Forecast], list[int]]]:
    """Issues of forecasts of which all instants lie before one: where they are, and the instants of issue."""
    for issues in of:
        yield issues, [at for at, one in issues.items() if (one.time_ms < before_ms).all()]

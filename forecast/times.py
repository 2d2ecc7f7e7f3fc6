"""Times as people write them in files: instants, local times, Unix time."""

import numpy as np
import pandas as pd

from forecast.errors import DataError
from mainsight.core.intervals import IntArray
from mainsight.core.zonetime import DAY_S, SECOND_MS

_UNIX_PER_MS = {9: 1e-3, 10: 1e-3, 12: 1.0, 13: 1.0, 15: 1e3, 16: 1e3, 18: 1e6, 19: 1e6}
"""Digits of a Unix time -> its units in a millisecond."""
_SLACK = 0.02
"""How far, as a share, the usual distance of rows may lie from a step that divides a day: clocks of loggers drift."""


def instants(text: pd.Series, timezone: str) -> IntArray:
    """UTC milliseconds of a column of times, shape (n,).

    With an offset or Z they are instants, and so are whole numbers of 9 digits or more (Unix time in seconds, or in milli-,
    micro- or nanoseconds by their length). Without, they are local to `timezone`: of an hour that occurs twice the rows come in
    order, and when it was written once it is the first pass; times that do not exist are refused.

    Raises:
        DataError: a time cannot be told; the message gives its line, without the file's name.

    """
    written = text.astype(str).str.strip()
    written = written.mask(text.isna(), "")
    if (written == "").any():
        raise DataError(_at(written == "", "no time"))
    if written.str.fullmatch(r"\d{9,19}").all():
        return _unix(written)
    aware = written.str.contains(r"\d(?:Z|[+-]\d\d:?\d\d|\+\d\d)$", regex=True)
    if aware.any() and not aware.all():
        raise DataError(_at(aware != aware.iloc[0], "times with and without an offset are mixed; write one kind"))
    parsed = pd.to_datetime(written, utc=bool(aware.all()), format="ISO8601", errors="coerce")
    if parsed.isna().any():
        line = int(np.argmax(parsed.isna()))
        wrong = f"{written.iloc[line]!r} is no time; write times as 2026-02-17T08:15:00Z, or local ones with --timezone"
        raise DataError(_at(parsed.isna(), wrong))
    times = pd.DatetimeIndex(parsed)
    return _ms(times if aware.all() else _localised(times, timezone))


def step_of(instants_ms: IntArray) -> int:
    """Usual distance of rows, seconds: the nearest step that divides a day.

    Raises:
        DataError: there is none; the message is without the file's name.

    """
    apart = np.diff(np.unique(instants_ms))
    if not len(apart):
        message = "all rows have the same time"
        raise DataError(message)
    kinds, counts = np.unique(apart, return_counts=True)
    usual = kinds[counts.argmax()] / SECOND_MS
    if DAY_S % usual and 22 * 3600 < np.median(apart) / SECOND_MS < 26 * 3600:
        return DAY_S
    if DAY_S % usual:
        usual = float(np.median(apart)) / SECOND_MS
    steps = np.array([step for step in range(60, DAY_S + 1, 60) if DAY_S % step == 0] + [s for s in range(1, 60) if DAY_S % s == 0])
    nearest = int(steps[np.abs(steps / max(usual, 1e-9) - 1).argmin()])
    if abs(nearest / max(usual, 1e-9) - 1) > _SLACK:
        message = f"rows are {usual:g} s apart; steps that divide a day are needed"
        raise DataError(message)
    return nearest


def _unix(written: pd.Series) -> IntArray:
    digits = written.str.len()
    per_ms = _UNIX_PER_MS.get(int(digits.max()))
    if per_ms is None or per_ms != _UNIX_PER_MS.get(int(digits.min())):
        message = f"column {written.name!r}: {written.iloc[0]!r} is no Unix time in s, ms, us or ns"
        raise DataError(message)
    return (written.astype(np.int64).to_numpy() / per_ms).astype(np.int64)


def _localised(times: pd.DatetimeIndex, timezone: str) -> pd.DatetimeIndex:
    missing = np.asarray(times.tz_localize(timezone, ambiguous=np.ones(len(times), np.bool_), nonexistent="NaT").isna())
    if missing.any():
        told = times[int(np.argmax(missing))]
        wrong = f"{told} does not exist in {timezone}, whose clocks go forward then; give the zone of these times, such as Etc/GMT-1"
        raise DataError(_at(missing, wrong))
    try:
        return times.tz_localize(timezone, ambiguous="infer")
    except ValueError:  # some repeated hour was written once, or not in order: repeats within a local time tell the passes
        later = pd.Series(times).duplicated().to_numpy()
        return times.tz_localize(timezone, ambiguous=~later)


def _ms(times: pd.DatetimeIndex) -> IntArray:
    return np.asarray(times.tz_convert("UTC").tz_localize(None).astype("datetime64[ms]").astype(np.int64), dtype=np.int64)


def _at(wrong: pd.Series | np.ndarray, what: str) -> str:
    return f"line {int(np.argmax(np.asarray(wrong))) + 2}: {what}"

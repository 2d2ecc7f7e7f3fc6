"""Days that a country's calendar does not know, out of a CSV file: a tenant's shut-down, a make-up working day."""

import csv
from datetime import date
from pathlib import Path

from forecast.errors import DataError
from forecast.settings import ZoneDays

COLUMNS = ("date", "kind")
KINDS = ("closed", "worked")


def read_days(path: Path) -> ZoneDays:
    """Read days: date, kind (closed or worked); further columns are left alone.

    Raises:
        DataError: the file or a row of it cannot be used; the message has one line a fault.

    """
    problems: list[str] = []
    days: dict[str, set[date]] = {kind: set() for kind in KINDS}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
            if missing:
                message = f"{path}: line 1: no column {missing[0]}; there must be {', '.join(COLUMNS)}"
                raise DataError(message)
            for row in rows:
                kind, day = (row["kind"] or "").strip(), (row["date"] or "").strip()
                if kind not in days:
                    problems.append(f"{path}: line {rows.line_num}, column kind: {kind!r} is not one of {', '.join(KINDS)}")
                    continue
                try:
                    days[kind].add(date.fromisoformat(day))
                except ValueError:
                    problems.append(f"{path}: line {rows.line_num}, column date: {day!r} is no date; write 2026-02-16")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"{path}: not a readable CSV file ({error})"
        raise DataError(message) from error
    if problems:
        raise DataError("\n".join(problems))
    return ZoneDays(closures=tuple(sorted(days["closed"])), workdays=tuple(sorted(days["worked"])))

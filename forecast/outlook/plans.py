"""What planners know: applications for connection and capacity projects, out of CSV files or their text."""

import csv
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import TypeVar

from forecast.errors import DataError
from mainsight.core.network import Network

T = TypeVar("T")
APPLICATION_COLUMNS = ("zone", "MW", "m3/day", "date", "probability")
PROJECT_COLUMNS = ("asset", "MVA", "m3/day", "date")


@dataclass(frozen=True, slots=True)
class Application:
    """An application for connection.

    Attributes:
        zone: id.
        mw: MW asked for, 0 without.
        m3_day: m3/day asked for, 0 without.
        start: local day from which it draws.
        probability: that it comes, 0 to 1.

    """

    zone: str
    mw: float
    m3_day: float
    start: date
    probability: float


@dataclass(frozen=True, slots=True)
class Project:
    """More firm capacity: of an asset, MVA and m3/day, from a local day on."""

    asset: str
    mva: float
    m3_day: float
    start: date


def read_applications(file: Path | str, zones: Collection[str]) -> list[Application]:
    """Read applications: zone, MW, m3/day, date, probability.

    Args:
        file: where they are, or the text itself.
        zones: ids that are known.

    Raises:
        DataError: the file or any row of it cannot be used; the message has one line a fault, with file, line and column.

    """

    def row(cells: "_Row") -> Application:
        zone = cells.one_of("zone", zones)
        return Application(zone, cells.size("MW"), cells.size("m3/day"), cells.day("date"), cells.share("probability"))

    return _read(file, APPLICATION_COLUMNS, row)


def read_projects(file: Path | str, assets: Collection[str]) -> list[Project]:
    """Read capacity projects: asset, MVA, m3/day, date; arguments as `read_applications`.

    Raises:
        DataError: as `read_applications`.

    """

    def row(cells: "_Row") -> Project:
        return Project(cells.one_of("asset", assets), cells.size("MVA"), cells.size("m3/day"), cells.day("date"))

    return _read(file, PROJECT_COLUMNS, row)


def project_assets(network: Network) -> list[str]:
    """Ids whose capacity a project can raise: those that belong to one zone."""
    groups = (network.zones, network.substations, network.transformers, network.feeders, network.dmas)
    return [asset for group in groups for asset in group]


class _Row:
    """Cells of one line; what is wrong with them is gathered rather than raised, so that all of it is told at once."""

    def __init__(self, cells: dict[str, str], where: str, problems: list[str]) -> None:
        self._cells, self._where, self._problems = cells, where, problems

    def one_of(self, column: str, known: Collection[str]) -> str:
        """Check an id."""
        text = self._cells[column]
        if text not in known:
            self._wrong(column, f"{text!r} is not in the registry; there are {', '.join(sorted(known)[:12])}")
        return text

    def size(self, column: str) -> float:
        """Read a number that is not below 0; empty is 0."""
        value = self._number(column) if self._cells[column] else 0.0
        if value < 0:
            self._wrong(column, f"{self._cells[column]!r} is below 0")
        return value

    def share(self, column: str) -> float:
        """Read a number from 0 to 1."""
        value = self._number(column)
        if not 0 <= value <= 1:
            self._wrong(column, f"{self._cells[column]!r} does not lie between 0 and 1")
        return value

    def day(self, column: str) -> date:
        """Read a date."""
        try:
            return date.fromisoformat(self._cells[column])
        except ValueError:
            self._wrong(column, f"{self._cells[column]!r} is no date; write 2027-03-01")
            return date.min

    def _number(self, column: str) -> float:
        try:
            value = float(self._cells[column])
        except ValueError:
            value = float("nan")
        if isfinite(value):
            return value
        self._wrong(column, f"{self._cells[column]!r} is not a number")
        return 0.0

    def _wrong(self, column: str, what: str) -> None:
        self._problems.append(f"{self._where}, column {column}: {what}")


def _read(file: Path | str, columns: tuple[str, ...], make: Callable[["_Row"], T]) -> list[T]:
    where = f"{file}: " if isinstance(file, Path) else ""
    problems: list[str] = []
    found: list[T] = []
    try:
        text = file.read_text(encoding="utf-8-sig") if isinstance(file, Path) else file
        rows = csv.DictReader(StringIO(text, newline=""))
        missing = [column for column in columns if column not in (rows.fieldnames or ())]
        if missing:
            message = f"{where}line 1: no column {missing[0]}; there must be {', '.join(columns)}"
            raise DataError(message)
        for cells in rows:
            tidy = {column: (cells[column] or "").strip() for column in columns}
            if any(tidy.values()):
                found.append(make(_Row(tidy, f"{where}line {rows.line_num}", problems)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"{where}not readable as CSV ({error})"
        raise DataError(message) from error
    if problems:
        raise DataError("\n".join(problems))
    return found

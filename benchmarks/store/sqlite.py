"""The same history in one SQLite table, as a plain script would keep it: a primary key, full synchronisation, one transaction a batch."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from mainsight.core.readings import Reading, Series

_HOUR, _DAY = 3_600_000, 86_400_000


class Plain:
    """Readings in a file."""

    def __init__(self, file: Path) -> None:
        """Make the file."""
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(
            "CREATE TABLE reading (meter TEXT, quantity TEXT, ts INTEGER, v REAL, arrival INTEGER, flags INTEGER, "
            "PRIMARY KEY (meter, quantity, ts)) WITHOUT ROWID"
        )

    async def write(self, batch: Sequence[Reading]) -> None:
        """Write or overwrite readings."""
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?)", batch)
        self._connection.execute("COMMIT")

    async def last(self, names: Sequence[Series]) -> object:
        """Latest reading of each series, by the key."""
        query = "SELECT * FROM reading WHERE meter = ? AND quantity = ? ORDER BY ts DESC LIMIT 1"
        return [self._connection.execute(query, one).fetchone() for one in names]

    async def hours(self, names: Sequence[Series], start: int, end: int) -> object:
        """Means by the hour, out of readings: there are no roll-ups."""
        query = (
            f"SELECT ts / {_HOUR}, avg(v), min(v), max(v) FROM reading "  # noqa: S608 - a number of ours
            "WHERE meter = ? AND quantity = ? AND ts >= ? AND ts < ? GROUP BY ts / 3600000"
        )
        return [self._connection.execute(query, (*one, start, end)).fetchall() for one in names]

    async def days(self) -> object:
        """Means of all series by the day, added up."""
        query = f"SELECT day, sum(v) FROM (SELECT ts / {_DAY} AS day, avg(v) AS v FROM reading GROUP BY meter, quantity, day) GROUP BY day"  # noqa: S608 - a number of ours
        return self._connection.execute(query).fetchall()

    async def raw(self, one: Series, start: int, end: int) -> object:
        """Readings of one series."""
        query = "SELECT * FROM reading WHERE meter = ? AND quantity = ? AND ts >= ? AND ts < ?"
        return self._connection.execute(query, (*one, start, end)).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

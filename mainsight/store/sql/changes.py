"""Changed stretches and replaced values in SQL, for a time-series store that has no transactions of its own.

A writer enters the stretches of a batch before it sends the batch and closes the entry once the batch can be read. Only
closed entries become marks, which metering is told of and hands back: so it never hands back what it could not have read.
The entry of a writer that died stands for at most `LEASE_MS`, then it counts as closed: what it wrote may be there.
Several processes may share the tables; each call is one transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from mainsight.core.readings import Series
from mainsight.store.marks import Marks, Stretch
from mainsight.store.port import Dirty, Revision
from mainsight.store.sql.database import Database, add_new
from mainsight.store.sql.tables import change_entry, change_mark, change_number, raw_revision

LEASE_MS = 300_000
"""Longer than any batch takes to be sent."""
_FOLD_EVERY = 500
"""Entries are made marks of at least so often, so that they do not pile up while nobody asks for changes."""
_FEW = 200
"""Up to so many series are looked up by name; for more, all marks are read."""


class Entry(NamedTuple):
    """What a batch under way changes: the entry's id and its stretches as they are kept."""

    id: int
    stretches: str


class Change(NamedTuple):
    """A raw value that another takes the place of."""

    series: Series
    revision: Revision


class SqlChanges:
    """Journal of changed stretches, and the values that were replaced."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        """Work on an open database; `clock` gives UTC milliseconds."""
        self._database = database
        self._clock = clock

    async def enter(self, stretches: Iterable[Stretch[Series]], replaced: Sequence[Change]) -> Entry:
        """Note what a batch is about to change; on disk when this returns.

        A value that was noted as replaced before, known from the same instant, is not noted again.
        """
        text = orjson.dumps([[*stretch.key, stretch.start_ms, stretch.end_ms] for stretch in stretches]).decode()
        row = {"stretches": text, "open_until_ms": self._clock() + LEASE_MS}
        revisions: list[Mapping[str, Any]] = [
            {
                "meter": change.series.meter,
                "quantity": change.series.quantity,
                "time_ms": change.revision.time_ms,
                "value": change.revision.value,
                "known_from_ms": change.revision.known_from_ms,
                "known_to_ms": change.revision.known_to_ms,
            }
            for change in replaced
        ]

        def work(connection: sa.Connection) -> int:
            add_new(connection, raw_revision, revisions)
            entry = _insert(connection, row)
            if entry % _FOLD_EVERY == 0:
                self._fold(connection)
            return entry

        return Entry(await self._database.run(work), text)

    async def close_entry(self, entry: Entry) -> None:
        """The batch can be read, or will never be: tell of its stretches."""

        def work(connection: sa.Connection) -> None:
            closed = connection.execute(sa.update(change_entry).where(change_entry.c.id == entry.id).values(open_until_ms=0))
            if not closed.rowcount:  # its lease ran out and it was told already, perhaps before the batch could be read
                _insert(connection, {"stretches": entry.stretches, "open_until_ms": 0})

        await self._database.run(work)

    async def changed(self, limit: int, before_ms: int | None) -> list[Dirty]:
        """See `TimeSeriesStore.dirty`."""

        def work(connection: sa.Connection) -> list[Dirty]:
            marks = self._fold(connection)
            return [Dirty(*stretch, marks.number) for stretch in marks.changed(limit, before_ms)]

        return await self._database.run(work)

    async def forget(self, done: Sequence[Dirty]) -> None:
        """Forget stretches up to their marks."""
        keys = {one.series for one in done}

        def work(connection: sa.Connection) -> None:
            marks = _load(connection, keys)
            for one in done:
                marks.forget(Stretch(one.series, one.start_ms, one.end_ms), one.mark)
            _save(connection, marks, keys)

        await self._database.run(work)

    async def count(self) -> int:
        """How many marks there are."""
        return await self._database.run(lambda connection: len(self._fold(connection)))

    async def revisions(self, series: Series, start_ms: int, end_ms: int) -> list[Revision]:
        """See `TimeSeriesStore.revisions`."""
        of = raw_revision.c
        query = (
            sa.select(of.time_ms, of.value, of.known_from_ms, of.known_to_ms)
            .where(of.meter == series.meter, of.quantity == series.quantity, of.time_ms >= start_ms, of.time_ms < end_ms)
            .order_by(of.time_ms, of.seq)
        )
        return [Revision(*row) for row in await self._database.run(lambda c: c.execute(query).all())]

    def _fold(self, connection: sa.Connection) -> Marks[Series]:
        """Turn closed entries into marks, numbered in order of entry; gives all marks."""
        marks = _load(connection, None)
        closed = change_entry.c.open_until_ms <= self._clock()
        entries = connection.execute(sa.select(change_entry.c.id, change_entry.c.stretches).where(closed).order_by(change_entry.c.id)).all()
        if not entries:
            return marks
        touched: set[Series] = set()
        for _, text in entries:
            stretches = [Stretch(Series(meter, name), start, end) for meter, name, start, end in orjson.loads(text)]
            marks.touch(stretches)
            touched.update(stretch.key for stretch in stretches)
        _save(connection, marks, touched)
        connection.execute(sa.delete(change_entry).where(change_entry.c.id == sa.bindparam("one")), [{"one": one} for one, _ in entries])
        connection.execute(sa.update(change_number).values(number=marks.number))
        return marks


def _insert(connection: sa.Connection, row: dict[str, object]) -> int:
    key = connection.execute(sa.insert(change_entry), row).inserted_primary_key
    return int(key[0]) if key else 0


def _load(connection: sa.Connection, keys: set[Series] | None) -> Marks[Series]:
    """Marks of some series, or of all."""
    of = change_mark.c
    query = sa.select(change_mark).order_by(of.first)
    if keys is not None and len(keys) <= _FEW:
        query = query.where(sa.tuple_(of.meter, of.quantity).in_(sorted(keys)))
    marks: Marks[Series] = Marks(connection.execute(sa.select(change_number.c.number)).scalar_one())
    marks.restore((Series(meter, name), *mark) for meter, name, *mark in connection.execute(query))
    return marks


def _save(connection: sa.Connection, marks: Marks[Series], keys: set[Series]) -> None:
    """Write the marks of some series anew."""
    of = change_mark.c
    if not keys:
        return
    connection.execute(
        sa.delete(change_mark).where(of.meter == sa.bindparam("m"), of.quantity == sa.bindparam("q")), [{"m": m, "q": q} for m, q in keys]
    )
    names = [column.name for column in change_mark.columns]
    rows = [dict(zip(names, (*key, *mark), strict=True)) for key, *mark in marks.rows(keys)]
    if rows:
        connection.execute(sa.insert(change_mark), rows)

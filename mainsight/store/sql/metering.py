"""What metering keeps, in SQL."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import orjson
import sqlalchemy as sa

from mainsight.core.readings import Series
from mainsight.store.metering_port import REPLACED, Edit, FinalRevision, MeterChange, Undone
from mainsight.store.sql import tables
from mainsight.store.sql.database import Database, row_of, upsert
from mainsight.store.sql.kept import keep_from

_AT_ONCE = 300
"""Series named in one statement."""


class SqlMetering:
    """`MeteringState`."""

    def __init__(self, database: Database) -> None:
        """Work on an open database."""
        self._database = database

    async def save_edit(self, edit: Edit) -> int:
        """See `MeteringState.save_edit`."""
        return await self._database.run(lambda c: _add(c, tables.edit, edit))

    async def edits(
        self,
        series: Sequence[Series] | None = None,
        start_ms: int = 0,
        end_ms: int | None = None,
        *,
        undone: bool = True,
        before_id: int | None = None,
        limit: int | None = None,
    ) -> list[Edit]:
        """See `MeteringState.edits`."""
        of = tables.edit.c
        query = sa.select(tables.edit).where(of.end_ms > start_ms).order_by(of.id.desc())
        if end_ms is not None:
            query = query.where(of.start_ms < end_ms)
        if not undone:
            query = query.where(of.undone.is_(None))
        if before_id is not None:
            query = query.where(of.id < before_id)
        if series is None:
            rows = await self._database.read(lambda c: c.execute(query.limit(limit)).mappings().all())
            return [_edit(row) for row in rows]
        found = [_edit(row) for part in _parts(series) for row in await self._rows(query.where(_named(of, part)).limit(limit))]
        return sorted(found, key=lambda edit: -edit.id)[:limit]

    async def undo_edit(self, edit: int, by: Undone) -> Edit | None:
        """See `MeteringState.undo_edit`."""
        row = await self._database.run(lambda c: _undo(c, tables.edit, edit, by))
        return None if row is None else _edit(row)

    async def save_change(self, change: MeterChange) -> int:
        """See `MeteringState.save_change`."""
        return await self._database.run(lambda c: _add(c, tables.meter_change, change))

    async def meter_changes(self, meter: str | None = None) -> list[MeterChange]:
        """See `MeteringState.meter_changes`."""
        of = tables.meter_change.c
        query = sa.select(tables.meter_change).order_by(of.id.desc())
        return [_change(row) for row in await self._rows(query if meter is None else query.where(of.meter == meter))]

    async def undo_change(self, change: int, by: Undone) -> MeterChange | None:
        """See `MeteringState.undo_change`."""
        row = await self._database.run(lambda c: _undo(c, tables.meter_change, change, by))
        return None if row is None else _change(row)

    async def keep_finals(self, revisions: Sequence[FinalRevision]) -> None:
        """See `MeteringState.keep_finals`."""
        packed = _Packing()
        rows = [
            {
                "meter": kept.series.meter,
                "quantity": kept.series.quantity,
                "start_ms": int(kept.time_ms[0]),
                "end_ms": int(kept.time_ms[-1]) + 1,
                "known_to_ms": kept.known_to_ms,
                "columns": packed.columns(kept),
            }
            for kept in revisions
        ]
        if rows:
            await self._database.run(lambda c: c.execute(sa.insert(tables.final_revision), rows))

    async def final_revisions(self, series: Sequence[Series], start_ms: int, end_ms: int, after_ms: int) -> list[FinalRevision]:
        """See `MeteringState.final_revisions`."""
        of = tables.final_revision.c
        query = sa.select(of.meter, of.quantity, of.known_to_ms, of.columns, of.seq).where(
            of.end_ms > start_ms, of.start_ms < end_ms, of.known_to_ms > after_ms
        )
        rows = [row for part in _parts(series) for row in await self._rows(query.where(_named(of, part)))]
        rows.sort(key=lambda row: (row["known_to_ms"], row["seq"]))
        return [_revision(row) for row in rows]

    async def finals_kept_from(self) -> int:
        """See `MeteringState.finals_kept_from`."""
        of = tables.kept_from.c
        return await self._database.read(lambda c: c.execute(sa.select(of.since_ms).where(of.level == REPLACED)).scalar() or 0)

    async def expired_finals(self, before_ms: int) -> int:
        """See `MeteringState.expired_finals`."""
        old = tables.final_revision.c.known_to_ms < before_ms
        return await self._database.read(lambda c: c.execute(sa.select(sa.func.count()).where(old)).scalar_one())

    async def expire_finals(self, before_ms: int) -> int:
        """See `MeteringState.expire_finals`."""
        old = tables.final_revision.c.known_to_ms < before_ms

        def work(connection: sa.Connection) -> int:
            keep_from(connection, REPLACED, before_ms)
            return connection.execute(sa.delete(tables.final_revision).where(old)).rowcount

        return await self._database.run(work)

    async def bases(self) -> dict[str, str]:
        """See `MeteringState.bases`."""
        return {row["meter"]: row["basis"] for row in await self._rows(sa.select(tables.meter_basis))}

    async def save_bases(self, bases: Mapping[str, str]) -> None:
        """See `MeteringState.save_bases`."""
        rows: list[Mapping[str, Any]] = [{"meter": meter, "basis": basis} for meter, basis in bases.items()]
        await self._database.run(lambda c: upsert(c, tables.meter_basis, rows))

    async def _rows(self, query: sa.Select[Any]) -> Sequence[sa.RowMapping]:
        return await self._database.read(lambda c: c.execute(query).mappings().all())


def _add(connection: sa.Connection, into: sa.Table, record: Edit | MeterChange) -> int:
    row = row_of(record) | {"undone": None if record.undone is None else asdict(record.undone)}
    del row["id"]
    key = connection.execute(sa.insert(into), row).inserted_primary_key
    assert key is not None, "one row was added"
    return int(key[0])


def _undo(connection: sa.Connection, of: sa.Table, number: int, by: Undone) -> sa.RowMapping | None:
    connection.execute(sa.update(of).where(of.c.id == number, of.c.undone.is_(None)).values(undone=asdict(by)))
    return connection.execute(sa.select(of).where(of.c.id == number)).mappings().one_or_none()


def _edit(row: sa.RowMapping) -> Edit:
    told = dict(row)
    told["before"] = tuple((at, value, quality, rule) for at, value, quality, rule in told["before"])
    told["values"] = tuple(told["values"])
    return Edit(**told | {"undone": _undone(row)})


def _change(row: sa.RowMapping) -> MeterChange:
    registers = {name: (old, new) for name, (old, new) in row["registers"].items()}
    return MeterChange(**dict(row) | {"registers": registers, "undone": _undone(row)})


def _undone(row: sa.RowMapping) -> Undone | None:
    return None if row["undone"] is None else Undone(**row["undone"])


class _Packing:
    """Columns in few bytes: most revisions are long runs of one distance, and of nothing known, which many series share."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, bytes, bytes, tuple[str, ...]], bytes] = {}

    def columns(self, kept: FinalRevision) -> bytes:
        """Times, values, qualities and rules."""
        key = kept.time_ms.tobytes(), kept.value.tobytes(), kept.quality.tobytes(), kept.rule
        if key not in self._known:
            value = [None if np.isnan(v) else v for v in kept.value.tolist()]
            steps = np.diff(kept.time_ms, prepend=0).tolist()
            self._known[key] = zlib.compress(orjson.dumps([steps, value, kept.quality.tolist(), kept.rule]), level=1)
        return self._known[key]


def _revision(row: sa.RowMapping) -> FinalRevision:
    steps, value, quality, rule = orjson.loads(zlib.decompress(row["columns"]))
    return FinalRevision(
        Series(row["meter"], row["quantity"]),
        row["known_to_ms"],
        np.cumsum(np.array(steps, np.int64)),
        np.array(value, np.float64),
        np.array(quality, np.uint8),
        tuple(rule),
    )


def _parts(series: Sequence[Series]) -> Iterator[Sequence[Series]]:
    for at in range(0, len(series), _AT_ONCE):
        yield series[at : at + _AT_ONCE]


def _named(of: Any, series: Sequence[Series]) -> sa.ColumnElement[bool]:
    return sa.tuple_(of.meter, of.quantity).in_([tuple(one) for one in series])

"""Names of devices, their health and mapping rules in SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from mainsight.store.device_port import DeviceHealth, SavedMappings
from mainsight.store.sql import tables
from mainsight.store.sql.database import Database, add_new, row_of, upsert
from mainsight.store.state_port import UnknownDevice, combined


class SqlDevices:
    """`DeviceState`, `HealthState` and `MappingState`."""

    def __init__(self, database: Database) -> None:
        """Work on an open database."""
        self._database = database

    async def aliases(self) -> dict[str, str]:
        """See `DeviceState.aliases`."""
        rows = await self._database.run(lambda c: c.execute(sa.select(tables.alias.c.device, tables.alias.c.meter)).all())
        return {row[0]: row[1] for row in rows}

    async def adopt(self, device: str, meter: str) -> None:
        """See `DeviceState.adopt`."""

        def save(connection: sa.Connection) -> None:
            upsert(connection, tables.alias, [{"device": device, "meter": meter}])
            connection.execute(sa.delete(tables.unknown_device).where(tables.unknown_device.c.device == device))

        await self._database.run(save)

    async def note_unknown(self, devices: Sequence[UnknownDevice]) -> None:
        """See `DeviceState.note_unknown`."""
        if devices:
            await self._database.run(lambda c: _note(c, devices))

    async def unknown_devices(self) -> list[UnknownDevice]:
        """See `DeviceState.unknown_devices`."""
        of = tables.unknown_device.c
        query = sa.select(tables.unknown_device).order_by(of.last_seen_ms.desc(), of.device)
        rows = await self._database.run(lambda c: c.execute(query).mappings().all())
        return [_device(row) for row in rows]

    async def save_health(self, devices: Sequence[DeviceHealth]) -> None:
        """See `HealthState.save_health`."""
        if devices:
            await self._database.run(lambda c: upsert(c, tables.device_health, [row_of(device) for device in devices]))

    async def health(self, after: str = "", limit: int = 100_000) -> list[DeviceHealth]:
        """See `HealthState.health`."""
        of = tables.device_health
        query = sa.select(of).where(of.c.device > after).order_by(of.c.device).limit(limit)
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [DeviceHealth(**row) for row in rows]

    async def saved_mappings(self, limit: int = 1) -> list[SavedMappings]:
        """See `MappingState.saved_mappings`."""
        query = sa.select(tables.saved_mappings).order_by(tables.saved_mappings.c.version.desc()).limit(limit)
        rows = await self._database.read(lambda c: c.execute(query).mappings().all())
        return [SavedMappings(**row) for row in rows]

    async def save_mappings(self, saved: SavedMappings) -> bool:
        """See `MappingState.save_mappings`."""
        same = sa.select(tables.saved_mappings.c.version).where(tables.saved_mappings.c.version == saved.version)

        def save(connection: sa.Connection) -> bool:
            if connection.execute(same).first() is not None:
                return False
            add_new(connection, tables.saved_mappings, [row_of(saved)])
            return True

        return await self._database.run(save)


def _note(connection: sa.Connection, devices: Sequence[UnknownDevice]) -> None:
    known: dict[str, UnknownDevice] = {}
    for seen in devices:
        before = known.get(seen.device) or _find(connection, seen.device)
        known[seen.device] = seen if before is None else combined(before, seen)
    upsert(connection, tables.unknown_device, [row_of(device) for device in known.values()])


def _find(connection: sa.Connection, device: str) -> UnknownDevice | None:
    query = sa.select(tables.unknown_device).where(tables.unknown_device.c.device == device)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _device(row)


def _device(row: Mapping[Any, Any]) -> UnknownDevice:
    return UnknownDevice(**dict(row) | {"quantities": tuple(row["quantities"])})

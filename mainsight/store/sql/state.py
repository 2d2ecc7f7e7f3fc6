"""`StateStore` by SQLAlchemy."""

import asyncio

from mainsight.store.settings import StoreSettings
from mainsight.store.sql.access import SqlAccess
from mainsight.store.sql.alarms import SqlAlarms
from mainsight.store.sql.database import Database
from mainsight.store.sql.devices import SqlDevices
from mainsight.store.sql.duty import SqlDuty
from mainsight.store.sql.forecasts import SqlForecasts
from mainsight.store.sql.metering import SqlMetering
from mainsight.store.sql.people import SqlPeople
from mainsight.store.sql.quarantine import SqlQuarantine
from mainsight.store.sql.requests import SqlRequests
from mainsight.store.sql.rules import SqlRules
from mainsight.store.sql.sessions import SqlSessions


class SqlState(
    SqlAlarms,
    SqlRules,
    SqlQuarantine,
    SqlDevices,
    SqlRequests,
    SqlAccess,
    SqlPeople,
    SqlMetering,
    SqlDuty,
    SqlForecasts,
    SqlSessions,
):
    """All of the relational state in one SQLite file: each call is one transaction, on disk when it returns."""

    def __init__(self, database: Database, settings: StoreSettings) -> None:
        """See `open`."""
        SqlQuarantine.__init__(self, database, settings.quarantine)

    @classmethod
    async def open(cls, settings: StoreSettings) -> "SqlState":
        """Open or make the file, migrating one of an older version.

        Raises:
            StoreUnavailableError: it cannot be opened now.
            StoreFormatError: it is not a file this version can use.

        """
        return cls(await asyncio.to_thread(Database, settings.state), settings)

    async def close(self) -> None:
        """See `StateStore.close`."""
        await self._database.close()

"""Bringing the SQLite file to this version's format. Imported only where that is to be done: Alembic takes 10 MB."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from mainsight.store.port import StoreFormatError
from mainsight.store.sql.database import MIGRATIONS


def migrations(connection: sa.Connection) -> Config:
    """Alembic's configuration for a connection."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def migrate(connection: sa.Connection, path: Path) -> None:
    """Migrate what is in an older format.

    Raises:
        StoreFormatError: it is not a file this version can use.

    """
    config = migrations(connection)
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None and sa.inspect(connection).get_table_names():
        raise StoreFormatError(f"{path} is a SQLite file of something else; name another file (store.state)")
    try:
        ScriptDirectory.from_config(config).get_revision(revision or "base")
    except CommandError as error:
        raise StoreFormatError(
            f"{path} was written by a later mainsight (its format {revision} is not known here); update mainsight or name another file"
        ) from error
    command.upgrade(config, "head")

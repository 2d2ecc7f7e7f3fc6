"""Runs migrations on the connection that `mainsight.store.sql` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()

"""Relational state by SQLAlchemy, in a SQLite file."""

from mainsight.store.sql.state import SqlState

__all__ = ["SqlState"]

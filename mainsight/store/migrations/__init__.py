"""Alembic migrations of the relational state, run when it is opened."""
